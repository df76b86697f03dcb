"""The API in a process of its own, for the tests of the Home Assistant integration (docs/adr/0066).

`python -m tests.support.home_assistant_api` prints its origin and serves until its standard input ends. The
functions are the real ones, over tables in memory; beside their routes a test changes the world by
``POST /control/<name>``: what else a resident, a fitter or an outage would do.
"""

import asyncio
import json
import os
import sys
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.metering.keys import meter_key
from cabinet.metering.model import Meter, ZoneReading
from cabinet.web.auth import COOKIE
from infra.build.template import Template
from tests.support import all_apps, aws_calls
from tests.support.app_client import AppClient
from tests.support.aws import LOCAL_ENVIRONMENT, REGION, Aws, clear_caches
from tests.support.aws_calls import Call
from tests.support.factories import bound_accounts, receipts
from tests.support.factories.bound_accounts import PAYEE
from tests.support.loopback_server import serving
from tests.support.moto_snapshot import Provisioned

OLD_METER, NEW_METER = "meter-1", "meter-2"


def water_meter(meter_id: str, value: str, **changes: Any) -> Meter:
    """A cold-water meter with one reading of two months ago."""
    taken = clock.now().date() - timedelta(days=60)
    last = ZoneReading(
        reading_id=f"r-{meter_id}", value=value, taken_on=taken, source="billing",
        period=taken.isoformat()[:7], delta="2.000",
    )  # fmt: skip
    fields: dict[str, Any] = {"meter_id": meter_id, "number": f"N-{meter_id}", "service": "ХВС", "unit": "м3"}
    months = {(taken - timedelta(days=30 * back)).isoformat()[:7]: "2.000" for back in range(6)}
    return Meter(**fields | {"last": {"T1": last}, "monthly": {"T1": months}} | changes)


class World:
    """One resident with one account, and what happens to them."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._is_out = False
        bound_accounts.supplier()
        self._account = bound_accounts.account()
        account_id = self._account.account_id
        bound_accounts.receipt(account_id, receipts.receipt(123_456, 789, ("Вода", PAYEE.inn, 123_456)))
        bound_accounts.meter(account_id, water_meter(OLD_METER, "36.000"))
        energy = {
            "service": "Электроэнергия",
            "unit": "кВт*ч",
            "zones": 2,
            "last": {},
            "monthly": {},
            "digits": 6,
            "decimals": 0,
        }
        bound_accounts.meter(account_id, water_meter("meter-e", "0", **energy))
        session = bound_accounts.user("u1", self._account)
        self._owner = AppClient(
            all_apps.site(), base_url="https://127.0.0.1:8000", cookies={COOKIE: session},
            headers=bound_accounts.HEADERS | {"Origin": LOCAL_ENVIRONMENT["SITE_ORIGIN"]},
        )  # fmt: skip

    def respond(self, call: Call) -> tuple[int, dict[str, Any]] | None:
        """Answer a call about items; during an outage nobody does."""
        if self._is_out and call.service == "dynamodb":
            raise EndpointConnectionError(endpoint_url="dynamodb")
        return self._aws.tables.respond(call)

    def token(self, scopes: list[str]) -> dict[str, Any]:
        """Make a token as its owner does."""
        ends = (clock.now() + timedelta(days=30)).date().isoformat()
        body = {"name": "Умный дом", "scopes": scopes, "expires_on": ends}
        answer = self._owner.post("/api/profile/tokens", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def revoke(self) -> None:
        """End all tokens."""
        for each in self._owner.get("/api/profile/tokens").json()["items"]:
            answer = self._owner.delete(f"/api/profile/tokens/{each['token_id']}")
            assert answer.status_code == 204, answer.text

    def outage(self, is_out: bool) -> None:
        """Let the database stop answering, or answer again."""
        self._is_out = is_out

    def pay(self, amount: int) -> None:
        """Pay so many kopecks, which no receipt counts yet."""
        entry = {"paid_at": clock.timestamp(clock.now()), "amount": amount}
        dynamo.update(
            Table.ACCOUNTS, account_key(self._account.account_id), "SET #unaccounted.#id = :entry",
            condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, names={"id": "P1"}, entry=entry,
        )  # fmt: skip

    def replace_meter(self) -> None:
        """Take the water meter down and put another one up."""
        account_id, today = self._account.account_id, clock.now().date()
        pk, sk = meter_key(account_id, OLD_METER)
        self._aws.table(Table.ACCOUNTS.value).delete_item(Key={"pk": pk, "sk": sk})
        removed = {"calculated_to": today - timedelta(days=1), "removal_reason": "замена"}
        bound_accounts.meter(account_id, water_meter(OLD_METER, "36.000", **removed))
        bound_accounts.meter(account_id, water_meter(NEW_METER, "0.500"))

    def readings(self) -> list[list[str]]:
        """Return what the account's meters have as their last readings: meter, zone, value."""
        rows = self._aws.table(Table.ACCOUNTS.value).scan()["Items"]
        lasts = [(row["meter_id"], row["last"]) for row in rows if "monthly" in row and "meter_id" in row]
        return sorted([meter, zone, last["value"]] for meter, of in lasts for zone, last in of.items())


class Worlds:
    """The world of now; each test begins with a new one."""

    def __init__(self, provisioned: Provisioned) -> None:
        self._provisioned = provisioned
        self.environment = provisioned.environment | LOCAL_ENVIRONMENT
        self._world: World | None = None

    def begin(self) -> None:
        """Forget all and begin anew."""
        self._world = None
        aws = Aws(self.environment, self._provisioned.session, self._provisioned.memory_tables())
        with aws_calls.answered_by(aws.tables.respond):
            self._world = World(aws)

    def respond(self, call: Call) -> tuple[int, dict[str, Any]] | None:
        """Answer by the world of now."""
        return self._world.respond(call) if self._world is not None else None

    def change(self, name: str, **arguments: Any) -> Any:
        """Let the world's method of this name happen."""
        return self.begin() if name == "begin" else getattr(self._world, name)(**arguments)


def application(worlds: Worlds) -> Any:
    """Return the API, and beside it the world's methods by their names."""
    site = all_apps.site()

    async def served(scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if not path.startswith("/control/"):
            await site(scope, receive, send)
            return
        arguments = json.loads((await receive())["body"] or b"{}")
        # Its own thread: the owner's browser waits for an answer of this process.
        answer = await asyncio.to_thread(worlds.change, path.rpartition("/")[2], **arguments)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return served


def main() -> None:
    """Serve until the standard input ends. No real account is ever reached."""
    aws_calls.watch_sessions()
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        worlds = Worlds(Provisioned(Template.load(), REGION))
        os.environ.update(worlds.environment)
        clear_caches()
        stack.enter_context(aws_calls.answered_by(worlds.respond))
        sys.stdout.write(f"{stack.enter_context(serving(application(worlds)))}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
