"""Bindings through the function's own app: search, surname, primary, unbinding, paperless."""

from datetime import timedelta
from typing import Any

import pytest

from cabinet.accounts import binding_store
from cabinet.accounts.errors import StaleBindings
from cabinet.accounts.keys import binding_key
from cabinet.accounts.store import UserBindings
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.identity.keys import profile_key
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts


@pytest.fixture
def client(aws: Aws) -> AppClient:
    from binding.app import app

    bound_accounts.supplier()
    bound_accounts.account()
    return bound_accounts.browser(app, bound_accounts.user())


def found(client: AppClient, number: str = "1234567899", house: str = "10", flat: str | None = "1010") -> Any:
    answer = client.post(
        "/api/bindings/search", json={"account_number": number, "house": house, "flat": flat}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["candidates"]


def bind(client: AppClient, surname: str = "Иванов", primary: bool = False, **search: Any) -> Any:
    (candidate,) = found(client, **search)
    body = {"candidate": candidate["candidate"], "surname": surname, "primary": primary}
    return client.post("/api/bindings", json=body)


def test_the_mailings_are_asked_once_and_hold_for_later_bindings(aws: Aws) -> None:
    from binding.app import app

    bound_accounts.supplier()
    bound_accounts.account()
    bound_accounts.account("2")
    user = bound_accounts.browser(app, bound_accounts.user("u1"))
    agreed = {"receipts": True, "reminders": True, "notices": False}
    for number, more in (("1234567899", {"mailings": agreed}), ("2", {})):
        (candidate,) = found(user, number)
        body = {"candidate": candidate["candidate"], "surname": "Иванов"} | more
        answer = user.post("/api/bindings", json=body)
        assert (answer.status_code, answer.json()["mailings"]) == (201, agreed)
        row = dynamo.get(Table.USERS, binding_key("u1", answer.json()["account_id"]))
        assert row is not None
        record = row["mailings_record"]
        assert {kind: record[kind] for kind in agreed} == agreed
        assert [bool(record[name]) for name in ("at", "address")] == [True, True]


def test_a_binding_of_one_who_was_not_asked_mails_nothing(aws: Aws) -> None:
    from binding.app import app

    bound_accounts.supplier()
    bound_accounts.account()
    user = bound_accounts.browser(app, bound_accounts.user("u1"))
    (candidate,) = found(user)
    body = {"candidate": candidate["candidate"], "surname": "Иванов"}
    wrong = user.post("/api/bindings", json=body | {"mailings": {"receipts": "да"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    answer = user.post("/api/bindings", json=body | {"mailings": None})
    assert answer.json()["mailings"] == {"receipts": False, "reminders": False, "notices": False}


@pytest.mark.parametrize("house", ["10", " 10", "д. 10", "дом 10", "\u2068д.\u200b 10\u2069"])
def test_a_house_is_found_however_it_is_typed(client: AppClient, house: str) -> None:
    (candidate,) = found(client, house=house)
    assert candidate["supplier_name"] == "ООО «УК Тест»"
    assert candidate["check"] == "surname"


@pytest.mark.parametrize(
    ("number", "house", "flat"),
    [
        ("1234567899", "11", "1010"), ("1234567899", "10", "1011"), ("1234567899", "10", None),
        ("9999999999", "10", "1010"), ("123456789", "10", "1010"),
    ],
)  # fmt: skip
def test_a_near_miss_finds_nothing(client: AppClient, number: str, house: str, flat: str | None) -> None:
    assert found(client, number, house, flat) == []


def test_accounts_of_two_suppliers_may_share_a_number(client: AppClient) -> None:
    bound_accounts.supplier("water", name="МУП «Вода»")
    bound_accounts.account(supplier_id="water")
    assert {each["supplier_name"] for each in found(client)} == {"ООО «УК Тест»", "МУП «Вода»"}


@pytest.mark.parametrize("surname", ["Иванов", " иванов ", "ИВАНОВ", "Ивaнoв"])
def test_the_right_surname_binds_and_the_first_binding_is_primary(client: AppClient, surname: str) -> None:
    answer = bind(client, surname)
    assert answer.status_code == 201
    assert answer.json() == {
        "account_id": "uk-test:1234567899",
        "number": "1234567899",
        "address": "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
        "supplier_name": "ООО «УК Тест»",
        "primary": True,
        "paperless": "off",
        "features": ["payments", "requests", "notices", "paperless"],
        "mailings": {"receipts": False, "reminders": False, "notices": False},
        "needs_surname": False,
        "history_until": None,
        "history_from": None,
        "closed_on": None,
    }
    assert client.get("/api/bindings").json() == {"items": [answer.json()]}


@pytest.mark.parametrize("accent", [None, "#7a2f0b"])
def test_a_suppliers_look_comes_with_its_account(aws: Aws, accent: str | None) -> None:
    from binding.app import app

    phone = {"title": "Абонентский отдел", "number": "+7 (351) 200-20-20", "hours": ""}
    bound_accounts.supplier(branding={"name": "УК Тест", "accent": accent, "phones": [phone]})
    bound_accounts.account()
    user = bound_accounts.browser(app, bound_accounts.user("u1"))
    branding = bind(user).json()["branding"]
    assert (branding["name"], branding["phones"]) == ("УК Тест", [phone])
    assert (branding["light"] or {}).get("accent") == accent
    assert (branding["dark"] is None) == (accent is None)
    assert user.get("/api/bindings").json()["items"][0]["branding"] == branding


def test_a_wrong_surname_binds_nothing(client: AppClient) -> None:
    answer = bind(client, "Петров")
    assert (answer.status_code, answer.json()["code"]) == (422, "check_failed")
    assert answer.json()["errors"][0]["field"] == "surname"
    assert client.get("/api/bindings").json() == {"items": []}


def test_guessing_surnames_ends(client: AppClient) -> None:
    answers = [bind(client, f"Петров{email}") for email in "абвгдежзиклм"]
    assert [answer.status_code for answer in answers[:10]] == [422] * 10
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert bind(client).status_code == 429


def test_an_account_is_bound_once(client: AppClient) -> None:
    assert bind(client).status_code == 201
    answer = bind(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_bound")


def test_a_candidate_is_the_finders_alone_and_dies_in_ten_minutes(
    client: AppClient, time_machine: Any
) -> None:
    from binding.app import app

    (candidate,) = found(client)
    body = {"candidate": candidate["candidate"], "surname": "Иванов"}
    other = bound_accounts.browser(app, bound_accounts.user("u2", email="other@example.com"))
    assert other.post("/api/bindings", json=body).json()["code"] == "token_invalid"
    assert client.post("/api/bindings", json=body | {"candidate": "x.y.z"}).status_code == 422
    time_machine.move_to(clock.now() + timedelta(seconds=601))
    assert client.post("/api/bindings", json=body).json()["code"] == "token_invalid"


def test_a_cabinet_holds_twenty_accounts(client: AppClient) -> None:
    for index in range(20):
        bound_accounts.account(f"70000000{index:02d}")
        assert bind(client, number=f"70000000{index:02d}").status_code == 201
    answer = bind(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_accounts")
    assert len(client.get("/api/bindings").json()["items"]) == 20


def numbers(client: AppClient) -> list[tuple[str, bool]]:
    return [(item["number"], item["primary"]) for item in client.get("/api/bindings").json()["items"]]


def test_the_primary_account_is_chosen_and_passes_on_when_unbound(client: AppClient) -> None:
    for number in ("7000000001", "7000000002"):
        bound_accounts.account(number)
        bind(client, number=number)
    bind(client, primary=True)
    assert numbers(client) == [("7000000001", False), ("7000000002", False), ("1234567899", True)]
    assert client.put("/api/bindings/uk-test:7000000002/primary").status_code == 204
    assert numbers(client)[1] == ("7000000002", True)
    assert client.delete("/api/bindings/uk-test%3A7000000002").status_code == 204
    assert numbers(client) == [("7000000001", True), ("1234567899", False)]
    assert client.delete("/api/bindings/uk-test:1234567899").status_code == 204
    assert client.delete("/api/bindings/uk-test:7000000001").status_code == 204
    assert numbers(client) == []


def test_an_unbinding_does_not_undo_a_choice_made_meanwhile(client: AppClient) -> None:
    for number in ("7000000001", "7000000002"):
        bound_accounts.account(number)
        bind(client, number=number)
    bind(client)
    rows = dynamo.query(Table.USERS, profile_key("u1")[0], consistent=True).items
    (profile,) = [row for row in rows if row["sk"] == "PROFILE"]
    seen = UserBindings("u1", profile, [row for row in rows if row["sk"].startswith("BINDING#")])
    binding_store.choose_primary("u1", "uk-test:7000000002")
    with pytest.raises(StaleBindings):
        binding_store.unbind(seen, "uk-test:1234567899")
    assert client.delete("/api/bindings/uk-test:1234567899").status_code == 204
    assert numbers(client) == [("7000000001", False), ("7000000002", True)]


@pytest.mark.parametrize("number", ["\x1c", "\x1f \x1f"])
def test_a_number_of_mere_separators_finds_nothing(client: AppClient, number: str) -> None:
    assert found(client, number) == []


def test_anothers_account_is_not_there(client: AppClient) -> None:
    for answer in (
        client.put("/api/bindings/uk-test:1234567899/primary"),
        client.delete("/api/bindings/uk-test:1234567899"),
        client.get("/api/bindings/uk-test:1234567899/paperless/statement"),
        client.put("/api/bindings/uk-test:1234567899/paperless", json={"enabled": False}),
        client.delete("/api/bindings/nonsense"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_paper_is_refused_by_the_statement_in_force(client: AppClient, aws: Aws) -> None:
    bind(client)
    path = "/api/bindings/uk-test:1234567899/paperless"
    statement = client.get(f"{path}/statement").json()
    assert "УЛ. КЫШТЫМСКАЯ, 10 - 1010" in statement["text"]
    stale = client.put(path, json={"enabled": True, "statement_version": "old"})
    assert (stale.status_code, stale.json()["code"]) == (422, "statement_outdated")
    done = client.put(path, json={"enabled": True, "statement_version": statement["version"]})
    assert (done.status_code, done.json()["paperless"]) == (200, "on")
    row = aws.table("USERS_TABLE").get_item(Key={"pk": "USER#u1", "sk": "BINDING#uk-test:1234567899"})["Item"]
    assert row["paperless"]["version"] == statement["version"]
    assert len(row["paperless"]["sha256"]) == 64
    assert client.put(path, json={"enabled": False}).json()["paperless"] == "off"


def test_a_supplier_without_the_service_offers_no_refusal(client: AppClient) -> None:
    bound_accounts.supplier("water", features=[])
    bound_accounts.account("42", "water")
    answer = bind(client, number="42")
    assert answer.json()["paperless"] == "unavailable"
    assert answer.json()["features"] == []
    refused = client.put("/api/bindings/water:42/paperless", json={"enabled": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "feature_unavailable")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/bindings"), ("POST", "/api/bindings"), ("POST", "/api/bindings/search"),
        ("PUT", "/api/bindings/a:1/primary"), ("DELETE", "/api/bindings/a:1"),
        ("GET", "/api/bindings/a:1/paperless/statement"), ("PUT", "/api/bindings/a:1/paperless"),
    ],
)  # fmt: skip
def test_nothing_is_told_without_a_session(aws: Aws, method: str, path: str) -> None:
    from binding.app import app

    for cookie in (None, "forged"):
        answer = bound_accounts.browser(app, cookie).request(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "x", {"account_number": 1}, {"account_number": "1", "house": []},
        {"account_number": "", "house": "1"}, {"account_number": "1" * 65, "house": "1"},
        {"account_number": "1", "house": "1", "flat": {"a": 1}},
    ],
)  # fmt: skip
def test_a_malformed_search_is_a_field_error(client: AppClient, body: Any) -> None:
    answer = client.post("/api/bindings/search", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "typed",
    [
        "74С-001", "74C-001", "74c-001", " 74с - 001",  # Cyrillic, Latin, small
        "\u206874С-001\u2069", "74\u200bС-\u2060001\ufeff", "№\u00a074С\u2011001", "７４Ｃ\u2212００１",
    ],
)  # fmt: skip
def test_a_number_with_letters_is_found_in_either_alphabet_and_case(client: AppClient, typed: str) -> None:
    bound_accounts.account("74С-001", flat="")
    answer = bind(client, number=typed)
    assert (answer.status_code, answer.json()["number"]) == (201, "74С-001")
