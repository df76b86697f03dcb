"""Pushes and what goes by which channel: a browser subscribes and leaves, the choice is kept whole."""

from typing import Any

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.identity.keys import profile_key
from cabinet.notifications import preferences
from cabinet.web_push.encryption import from_base64url
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.aws import Aws, clear_caches
from tests.support.factories import bound_accounts
from tests.support.identity_fixtures import rows
from tests.support.pushes import KEYS
from tests.support.rivals import elsewhere

PATH = "/api/push/subscriptions"
CHOICE = "/api/profile/notifications"
GIVEN: dict[str, Any] = {"endpoint": "https://push.example.net/1", "keys": KEYS}
EVERYTHING = {
    "receipts": ["email", "push"], "reminders": ["email", "push"], "notices": ["email", "push"],
    "payments": ["email", "push"], "requests": ["email", "push"], "emergencies": ["email", "push"],
}  # fmt: skip


def subscribed(client: AppClient, **changes: Any) -> Any:
    return client.post(PATH, json=GIVEN | {"expirationTime": None} | changes)


def shown(client: AppClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/profile/sessions").json()["pushes"]
    return found


def test_the_key_is_a_point_that_a_browser_takes(signed_in: AppClient) -> None:
    point = from_base64url(signed_in.get("/api/push/key").json()["public_key"])
    assert (len(point), point[0]) == (65, 4)


def test_a_browser_subscribes_is_shown_among_the_devices_and_leaves(signed_in: AppClient, local: Aws) -> None:
    assert shown(signed_in) == []
    made = subscribed(signed_in)
    assert made.status_code == 201
    assert subscribed(signed_in).json() == made.json(), "safe to repeat"
    (device,) = shown(signed_in)
    name = made.json()["subscription_id"]
    assert (device["subscription_id"], device["current"]) == (name, True)
    (row,) = rows(local, "WEBPUSH#")
    assert row["expires_at"] > 0
    other = auth_client.browser()
    assert auth_client.sign_in(other).status_code == 201
    assert shown(other)[0]["current"] is False
    assert other.delete(f"{PATH}/{name}").status_code == 204
    assert other.delete(f"{PATH}/{name}").status_code == 404
    assert shown(signed_in) == []


def test_signing_out_ends_the_pushes_of_the_browser(signed_in: AppClient, local: Aws) -> None:
    subscribed(signed_in)
    signed_in.delete("/api/auth/sessions/current")
    assert rows(local, "WEBPUSH#") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "https://127.0.0.1/"}, "endpoint"),
        ({"endpoint": "http://127.0.0.1:8000/local/push/service/a"}, "endpoint"),
        ({"keys": KEYS | {"auth": "x"}}, "keys"),
    ],
)
def test_what_cannot_be_sent_to_is_refused_by_name(
    signed_in: AppClient, changes: dict[str, Any], field: str
) -> None:
    refused = subscribed(signed_in, **changes)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_on_the_local_stack_its_own_push_service_is_taken(
    signed_in: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTBOUND_LOCAL_ORIGIN", "http://127.0.0.1:8000")
    clear_caches()
    assert subscribed(signed_in, endpoint="http://127.0.0.1:8000/local/push/service/a").status_code == 201
    monkeypatch.setenv("LOCAL_STACK", "false")
    clear_caches()
    assert subscribed(signed_in, endpoint="http://127.0.0.1:8000/local/push/service/b").status_code == 422


@pytest.fixture
def owner(local: Aws) -> AppClient:
    """Somebody with two accounts, one of which wants mail of receipts."""
    bound_accounts.supplier()
    accounts = [bound_accounts.account(number) for number in ("1", "2")]
    token = bound_accounts.user("u1", *accounts)
    choose_mailings("uk-test:1", {"receipts": True, "reminders": False, "notices": False})
    from subscriber_profile.app import app

    return bound_accounts.browser(app, token)


def choose_mailings(account_id: str, chosen: dict[str, bool]) -> None:
    dynamo.update(
        Table.USERS, binding_key("u1", account_id), "SET #mailings = :chosen", condition=IS_PRESENT,
        on_conflict=dynamo.conflict, chosen=chosen,
    )  # fmt: skip


def mailings(account_id: str) -> dict[str, bool]:
    row = dynamo.get(Table.USERS, binding_key("u1", account_id), consistent=True)
    assert row is not None
    return dict(row["mailings"])


def test_default_preferences_are_pushes_on_and_the_accounts_mailings(
    owner: AppClient,
) -> None:
    assert owner.get(CHOICE).json() == EVERYTHING | {"reminders": ["push"], "notices": ["push"]}


def test_the_choice_is_kept_for_the_person_and_all_accounts(owner: AppClient) -> None:
    wanted = EVERYTHING | {"reminders": ["push"], "notices": ["email"], "requests": ["push"]}
    assert owner.put(CHOICE, json=wanted).json() == wanted
    assert owner.get(CHOICE).json() == wanted
    # Switched here: for both. Left as it was shown: as each account has it.
    assert mailings("uk-test:1") == {"receipts": True, "reminders": False, "notices": True}
    assert mailings("uk-test:2") == {"receipts": False, "reminders": False, "notices": True}
    row = dynamo.get(Table.USERS, binding_key("u1", "uk-test:2"), consistent=True)
    assert row is not None
    assert row["mailings_record"]["notices"] is True
    assert row["mailings_record"]["address"] == "198.51.100.7"


def test_a_choice_that_switches_no_mailing_writes_no_record(owner: AppClient) -> None:
    wanted = EVERYTHING | {"reminders": [], "notices": []}
    assert owner.put(CHOICE, json=wanted).status_code == 200
    row = dynamo.get(Table.USERS, binding_key("u1", "uk-test:1"), consistent=True)
    assert row is not None
    assert "address" not in row.get("mailings_record", {})


def test_mail_of_money_and_danger_cannot_be_switched_off(owner: AppClient) -> None:
    refused = owner.put(CHOICE, json=EVERYTHING | {"payments": ["push"], "emergencies": []})
    assert (refused.status_code, refused.json()["code"]) == (422, "channel_required")
    assert [error["field"] for error in refused.json()["errors"]] == ["payments", "emergencies"]
    assert owner.put(CHOICE, json=EVERYTHING | {"receipts": ["fax"]}).status_code == 422


def test_of_two_concurrent_choices_the_second_is_rejected_whole(
    owner: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = preferences.mailings_to_switch

    def after_a_rival(*args: Any) -> Any:
        monkeypatch.setattr(preferences, "mailings_to_switch", genuine)
        elsewhere(
            lambda: choose_mailings("uk-test:2", {"receipts": True, "reminders": True, "notices": False})
        )
        return genuine(*args)

    monkeypatch.setattr(preferences, "mailings_to_switch", after_a_rival)
    refused = owner.put(CHOICE, json=EVERYTHING | {"requests": []})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert owner.get(CHOICE).json()["requests"] == ["email", "push"]
    assert mailings("uk-test:1") == {"receipts": True, "reminders": False, "notices": False}


def test_without_an_account_there_is_nothing_to_mail(signed_in: AppClient) -> None:
    kept = signed_in.put(CHOICE, json=EVERYTHING).json()
    assert kept == EVERYTHING | {"receipts": ["push"], "reminders": ["push"], "notices": ["push"]}
    assert signed_in.get(CHOICE).json() == kept


def test_twenty_accounts_fit_into_one_choice(local: Aws) -> None:
    bound_accounts.supplier()
    token = bound_accounts.user("u1", *[bound_accounts.account(f"{number}") for number in range(20)])
    from subscriber_profile.app import app

    client = bound_accounts.browser(app, token)
    assert client.put(CHOICE, json=EVERYTHING).json() == EVERYTHING
    assert all(mailings(f"uk-test:{number}")["notices"] for number in range(20))
    profile = dynamo.get(Table.USERS, profile_key("u1"), consistent=True)
    assert profile is not None
    assert profile["notifications"]["notices"] == ["push"]
