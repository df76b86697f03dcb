"""Authentication: one read, forged cookies refused without any, ended and idle sessions refused."""

from datetime import timedelta

import jwt
import pytest
import time_machine

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core import clock
from cabinet.core.correlation import HEADER
from cabinet.core.errors import Conflict
from cabinet.identity.session_tokens import open_session
from cabinet.signed_tokens import Purpose, sign
from cabinet.web.app import create_app, create_router
from cabinet.web.auth import COOKIE, CurrentAccount, CurrentBindings, CurrentSubscriber
from tests.support.app_client import AppClient

PAYEE = {
    "name": "ООО", "inn": "7736520080", "account": "4", "bank_name": "Б", "bic": "0",
    "correspondent_account": "3",
}  # fmt: skip


def store(table, **item):
    dynamo.put(table, item, condition=IS_ABSENT, on_conflict=Conflict)


class Calls:
    def __init__(self):
        self.names = []
        dynamo.dynamodb_client().meta.events.register("before-call.dynamodb", self.note)

    def note(self, model, **_):
        self.names.append(model.name)


@pytest.fixture
def site(aws):
    router = create_router()

    @router.get("/api/me")
    def me(who: CurrentSubscriber) -> dict[str, str]:
        return {"user_id": who.user_id}

    @router.get("/api/all")
    def bindings(who: CurrentBindings) -> list[str]:
        return [binding["account_id"] for binding in who.bindings]

    @router.get("/api/accounts/{account_id}/x")
    def account(owned: CurrentAccount) -> dict[str, str]:
        return {"number": owned.account.number, "supplier": owned.supplier.name}

    row, token = open_session("u1", "agent", clock.now())
    store(Table.USERS, **row)
    store(Table.USERS, pk="USER#u1", sk="PROFILE", email="a@b.ru")
    store(Table.USERS, pk="USER#u1", sk="BINDING#s:1", account_id="s:1")
    for number in ("1", "2"):
        store(
            Table.ACCOUNTS, pk=f"ACCOUNT#s#{number}", sk="ACCOUNT", account_id=f"s:{number}", supplier_id="s",
            number=number, house_key="s#x#1", holder="Иванов И.", address={"house": "1"},
        )  # fmt: skip
    store(
        Table.ACCOUNTS,
        pk="SUPPLIER#s",
        sk="PROFILE",
        supplier_id="s",
        name="УК",
        inn="7736520080",
        payees=[PAYEE],
    )
    return AppClient(create_app("t", router), base_url="https://test", cookies={COOKIE: token}), row


def test_authorising_an_account_costs_one_call(site):
    client, _ = site
    calls = Calls()
    assert client.get("/api/accounts/s:1/x").json() == {"number": "1", "supplier": "УК"}
    assert calls.names == ["BatchGetItem"]


def test_all_bindings_and_the_session_come_in_one_call(site):
    client, _ = site
    calls = Calls()
    assert client.get("/api/all").json() == ["s:1"]
    assert calls.names == ["Query"]


@pytest.mark.parametrize(
    "account_id", ["s:2", "s:3", "other:1", "nonsense", "s:", ":1", "s:1%23", "S:1", "s:" + "9" * 500]
)
def test_anothers_account_and_an_unknown_one_are_the_same_404(site, account_id):
    client, _ = site
    headers = {HEADER: "one-and-the-same"}
    answer = client.get(f"/api/accounts/{account_id}/x", headers=headers)
    assert answer.status_code == 404
    assert answer.json() == client.get("/api/accounts/s:404/x", headers=headers).json()


def test_an_unbound_account_is_404_at_once(site):
    client, _ = site
    dynamo.delete(Table.USERS, ("USER#u1", "BINDING#s:1"), condition=dynamo.IS_PRESENT, on_conflict=Conflict)
    assert client.get("/api/accounts/s:1/x").status_code == 404


def forged(how):
    now = clock.epoch(clock.now())
    claims = {"sub": "u1", "sid": "x", "aud": "session", "iat": now, "exp": now + 99}
    return {
        "nonsense": "nonsense",
        "wrong key": jwt.encode(claims, "k" * 32, algorithm="HS256"),
        "alg none": jwt.encode(claims, None, algorithm="none"),
        "another purpose": sign(Purpose.CURSOR, {"sub": "u1", "sid": "x"}, timedelta(hours=1)),
        "without a subject": sign(Purpose.SESSION, {"sid": "x"}, timedelta(hours=1)),
        "expired": sign(Purpose.SESSION, {"sub": "u1", "sid": "x"}, timedelta(seconds=-1)),
    }[how]


@pytest.mark.parametrize(
    "how", ["nonsense", "wrong key", "alg none", "another purpose", "without a subject", "expired"]
)
def test_a_forged_cookie_is_refused_without_a_read(site, how):
    client, _ = site
    client.cookies.set(COOKIE, forged(how))
    calls = Calls()
    assert client.get("/api/me").status_code == 401
    assert calls.names == []


def test_a_session_ends_when_its_row_is_gone(site):
    client, row = site
    dynamo.delete(Table.USERS, (row["pk"], row["sk"]), condition=dynamo.IS_PRESENT, on_conflict=Conflict)
    assert client.get("/api/me").status_code == 401


def test_no_cookie_is_401(site):
    client, _ = site
    client.cookies.clear()
    assert client.get("/api/me").json()["code"] == "unauthenticated"


def test_an_idle_session_ends_after_an_hour_but_use_keeps_it_until_twelve(site):
    client, _ = site
    start = clock.now()
    with time_machine.travel(start, tick=False) as time:
        for minutes in range(50, 12 * 60, 50):
            time.move_to(start + timedelta(minutes=minutes))
            assert client.get("/api/me").status_code == 200
        time.move_to(start + timedelta(hours=12, minutes=1))
        assert client.get("/api/me").status_code == 401


def test_sixty_idle_minutes_are_too_many(site):
    client, _ = site
    with time_machine.travel(clock.now() + timedelta(minutes=60), tick=False):
        assert client.get("/api/me").status_code == 401


def test_use_is_noted_at_most_every_five_minutes(site):
    client, _ = site
    start = clock.now()
    calls = Calls()
    with time_machine.travel(start, tick=False) as time:
        for seconds in (0, 60, 200, 270, 310, 320, 600):
            time.move_to(start + timedelta(seconds=seconds))
            client.get("/api/me")
    assert calls.names.count("UpdateItem") == 1
