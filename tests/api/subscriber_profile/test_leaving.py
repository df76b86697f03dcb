"""«Удаление личного кабинета»: what goes, what stays, and a death between any two calls."""

from datetime import timedelta
from typing import Any

import pytest

from cabinet.accounts import paperless
from cabinet.accounts.binding_store import set_paperless
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.identity import consent, users
from cabinet.identity.credentials import change_phone
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.model import SavedCard, SavedCards
from cabinet.payments.given_consent import GivenConsent
from cabinet.profile.cabinet_deletion import delete_cabinet
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, PASSWORD, emails, register, sign_in
from tests.support.aws import Aws
from tests.support.factories.merchants import merchant
from tests.support.identity_fixtures import rows

DAY = timedelta(days=1)
LEFT = {f"AGREED#{consent.VERSION}", *(f"AGREED#supplier-uk{number}-1" for number in range(12))}
REFUSED = ("uk:3", "uk:7")
"""The accounts for which the leaving subscriber has refused paper."""


def leave(client: AppClient, password: str | None = PASSWORD) -> Any:
    return client.request("DELETE", "/api/profile", json={"password": password})


def furnish(client: AppClient, aws: Aws) -> str:
    """Bind accounts, fill the cart, ask for links, sign in elsewhere."""
    user_id: str = client.get("/api/profile").json()["user_id"]
    for number in range(20):
        account = f"uk:{number}"
        aws.table("USERS_TABLE").put_item(
            Item={"pk": f"USER#{user_id}", "sk": f"BINDING#{account}", "account_id": account}
        )
    for number in range(12):
        agreed = {"pk": f"USER#{user_id}", "sk": f"AGREED#supplier-uk{number}-1", "address": "198.51.100.7"}
        aws.table("USERS_TABLE").put_item(Item=agreed)
    for account in REFUSED:
        set_paperless(user_id, account, {"enabled": True, "at": "2026", "version": "v", "sha256": "h"})
    aws.table("PAYMENTS_TABLE").put_item(Item={"pk": f"CART#{user_id}", "sk": "ITEM#1"})
    client.post(
        "/api/profile/tokens",
        json={"name": "Дом", "scopes": ["read:debts"], "expires_on": (clock.now() + DAY).date().isoformat()},
    )
    client.post("/api/profile/calendar")
    client.post("/api/profile/archive")
    for pk, sk in [(f"READER#{user_id}", "NOTICES"), (f"SENT#{user_id}", "ACCOUNT#uk:1")]:
        aws.table("MESSAGES_TABLE").put_item(Item={"pk": pk, "sk": sk})
    aws.table("PAYMENTS_TABLE").put_item(Item={"pk": "ORDER#1", "sk": "ORDER", "user_id": user_id})
    client.post("/api/profile/email-changes", json={"email": "new@example.ru", "password": PASSWORD})
    client.post("/api/auth/password-resets", json={"email": EMAIL, "captcha": auth_client.solved(client)})
    sign_in(auth_client.browser())
    return user_id


def remains(aws: Aws, user_id: str) -> set[str]:
    kept = [row for row in rows(aws) if not row["pk"].startswith(("LIMIT#", "NONCE#"))]
    return {row["sk"] if row["pk"] == f"USER#{user_id}" else row["pk"] for row in kept}


def told_of_paper() -> list[tuple[str, int]]:
    """Return what waits for the supplier: an account's number, and whether paper is refused."""
    rows = [
        row
        for shard in range(paperless.QUEUE_SHARDS)
        for row in dynamo.query_all(Table.ACCOUNTS, paperless.queue_partition("uk", shard))
    ]
    return [(row["ls"], row["refused"]) for row in sorted(rows, key=lambda row: (row["ls"], row["turn"]))]


def test_the_cabinet_goes_and_payments_stay(signed_in: AppClient, local: Aws) -> None:
    user_id = furnish(signed_in, local)
    assert leave(signed_in).status_code == 204
    assert remains(local, user_id) == LEFT
    assert [row["pk"] for row in local.rows("PAYMENTS_TABLE")] == ["ORDER#1"]
    told = [row["pk"] for row in local.rows("MESSAGES_TABLE")]
    assert not [pk for pk in told if pk.startswith(("READER#", "SENT#"))]
    for record in rows(local, "AGREED#"):
        assert record["withdrawn_at"], record["sk"]
        assert record["expires_at"] > clock.epoch(clock.now() + 365 * DAY)
        assert "address" not in record
    assert emails(local, EMAIL)[-1]["params"]["what"] == "Личный кабинет удалён."


def test_saved_cards_stay_until_the_bank_has_deleted_them(signed_in: AppClient, local: Aws) -> None:
    user_id: str = signed_in.get("/api/profile").json()["user_id"]
    consent_given = GivenConsent(
        version="1", text_sha256="h", agreed_at=clock.now(), client_ip="198.51.100.7"
    )
    card = SavedCard(
        saved_card_id="c1", merchant=merchant("http://127.0.0.1:9", "rbs"), bank_card_id="b1",
        consent=consent_given, saved_at=clock.now(),
    )  # fmt: skip
    card_store.replace(SavedCards(user_id=user_id), SavedCards(user_id=user_id, cards={"c1": card}))
    assert leave(signed_in).status_code == 204
    (left,) = card_store.load(user_id).cards.values()
    assert (left.status, left.consent, left.bank_card_id) == ("ending", None, "b1")
    assert left.due_at is not None
    assert remains(local, user_id) == {f"AGREED#{consent.VERSION}"}


def test_every_session_ends_and_the_address_can_register_again(signed_in: AppClient, local: Aws) -> None:
    other = auth_client.browser()
    sign_in(other)
    cookie = signed_in.cookies["__Host-session"]
    leave(signed_in)
    signed_in.cookies.set("__Host-session", cookie)
    assert signed_in.get("/api/profile").status_code == 401
    assert other.get("/api/profile").status_code == 401
    assert sign_in(auth_client.browser()).status_code == 401
    register(auth_client.browser(), local)
    assert sign_in(auth_client.browser()).status_code == 201


@pytest.mark.parametrize(("password", "code"), [("wrong", "password_wrong"), (None, "required")])
def test_leaving_needs_the_password(signed_in: AppClient, password: str | None, code: str) -> None:
    assert leave(signed_in, password).json()["code"] == code
    assert signed_in.get("/api/profile").status_code == 200


class Killed(BaseException):
    """The function died: nothing after this line ran."""


def test_killed_before_any_call_and_repeated_it_ends_the_same(
    signed_in: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.core import clock

    user_id = furnish(signed_in, local)
    made = 0

    def count(**_: Any) -> None:
        nonlocal made
        made += 1

    dynamo.dynamodb_client().meta.events.register("before-call.dynamodb", count)
    survived, calls = 0, 0
    for deadly in range(200):
        made, calls = 0, deadly

        def kill(**_: Any) -> None:
            if made > calls:  # noqa: B023 - each round reads its own
                raise Killed

        dynamo.dynamodb_client().meta.events.register("before-call.dynamodb", kill, unique_id="killer")
        try:
            delete_cabinet(user_id, clock.now())
        except Killed:
            survived += 1
        else:
            break
        finally:
            dynamo.dynamodb_client().meta.events.unregister("before-call.dynamodb", unique_id="killer")
    assert survived > 10
    assert remains(local, user_id) == LEFT
    assert told_of_paper() == [("3", 1), ("3", 0), ("7", 1), ("7", 0)], "the supplier prints again"


def test_a_binding_made_meanwhile_is_not_left_behind(signed_in: AppClient, local: Aws) -> None:
    from cabinet.accounts.keys import binding_key
    from cabinet.identity.keys import profile_key

    user_id = furnish(signed_in, local)
    rival = iter([True])

    def bind_meanwhile(params: dict[str, Any], **_: Any) -> None:
        wanted = "BINDING#" not in str(params) and '"Delete"' in str(params).replace("'", '"')
        if wanted and "#credentials" in str(params) and next(rival, False):
            pk, sk = binding_key(user_id, "uk:late")
            table = local.table("USERS_TABLE")
            table.put_item(Item={"pk": pk, "sk": sk, "account_id": "uk:late"})
            table.update_item(
                Key=dict(zip(("pk", "sk"), profile_key(user_id), strict=True)),
                UpdateExpression="SET bindings = :renewed", ExpressionAttributeValues={":renewed": "late"},
            )  # fmt: skip

    dynamo.dynamodb_client().meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems", bind_meanwhile
    )
    delete_cabinet(user_id, clock.now())
    assert next(rival, None) is None
    assert remains(local, user_id) == LEFT


def test_a_telephone_changed_meanwhile_is_not_left_behind(signed_in: AppClient, local: Aws) -> None:
    user_id = furnish(signed_in, local)
    loaded = users.get_user(user_id)
    assert loaded is not None
    rival = iter([True])

    def change_meanwhile(params: dict[str, Any], **_: Any) -> None:
        is_the_end = any("#entries" in str(action.get("Delete")) for action in params["TransactItems"])
        if is_the_end and next(rival, False):
            change_phone(loaded, "+79007654321", clock.now(), "198.51.100.7")

    dynamo.dynamodb_client().meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems", change_meanwhile
    )
    delete_cabinet(user_id, clock.now())
    assert next(rival, None) is None
    assert remains(local, user_id) == LEFT
    assert users.find_by_phone("+79007654321", 5) == []
