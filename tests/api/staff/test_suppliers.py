"""A supplier's settings at the desk: changed as the file is, stale forms, history, the bank's check."""

import json
from typing import Any

import pytest

from cabinet.accounts import suppliers
from cabinet.accounts.store import suppliers as read_suppliers
from cabinet.payments import contract_check_requests
from cabinet.staff.model import Role
from reconciliation.app import handler
from tests.support.desk import COMMAND, Desk, Person
from tests.support.desk_scenarios import SUPPLIER, world
from tests.support.desk_suppliers import PATH, WITHOUT_BANK
from tests.support.lambda_context import Context


@pytest.fixture
def engineer(desk: Desk) -> Person:
    """An engineer of the supplier, who has entered a code again."""
    world()
    person = desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))
    desk.confirm_code(person)
    return person


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def change(person: Person, **changes: Any) -> Any:
    current = person.browser.get(PATH).json()
    body = {"revision": current["revision"], "settings": current["settings"] | WITHOUT_BANK | changes}
    return person.browser.put(PATH, json=body)


def test_settings_are_changed_and_every_version_is_kept(desk: Desk, engineer: Person) -> None:
    first = engineer.browser.get(PATH).json()
    assert (first["revision"], first["versions"]) == (0, [])
    assert change(engineer, office="каб. 5").status_code == 200
    desk.wait(seconds=5)
    second = change(engineer, office="каб. 7", debt_reminder_threshold=100).json()
    assert [(each["revision"], each["by"]) for each in second["versions"]] == [
        (2, "Петрова Анна"), (1, "Петрова Анна"), (0, ""),
    ]  # fmt: skip
    supplier = read_suppliers([SUPPLIER])[SUPPLIER]
    assert (supplier.office, supplier.debt_reminder_threshold) == ("каб. 7", 100)
    old = engineer.browser.get(f"{PATH}/versions/1").json()
    assert old["settings"]["office"] == "каб. 5"
    assert engineer.browser.get(f"{PATH}/versions/0").json()["settings"] == first["settings"]
    assert problem(engineer.browser.get(f"{PATH}/versions/9")) == (404, "not_found")
    entry = next(each for each in desk.audit() if each.after.get("debt_reminder_threshold") == 100)
    assert (entry.before["office"], entry.after["office"]) == ("каб. 5", "каб. 7")
    assert entry.about == f"supplier:{SUPPLIER}"


def test_the_same_settings_again_change_nothing(desk: Desk, engineer: Person) -> None:
    assert change(engineer, office="каб. 5").status_code == 200
    assert change(engineer).json()["revision"] == 1
    assert [each.action for each in desk.audit()].count("SUPPLIER_CHANGED") == 1


def test_a_stale_form_is_a_conflict(engineer: Person) -> None:
    current = engineer.browser.get(PATH).json()
    assert change(engineer, office="каб. 5").status_code == 200
    body = {
        "revision": current["revision"],
        "settings": current["settings"] | WITHOUT_BANK | {"office": "каб. 9"},
    }
    assert problem(engineer.browser.put(PATH, json=body)) == (409, "conflict")
    assert read_suppliers([SUPPLIER])[SUPPLIER].office == "каб. 5"


def test_somebody_else_between_our_reading_and_writing_is_a_conflict(
    engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = suppliers.apply

    def apply_after_rival(supplier: Any, **options: Any) -> Any:
        monkeypatch.setattr(suppliers, "apply", apply)
        apply(supplier.model_copy(update={"office": "соперник"}), author=COMMAND)
        return apply(supplier, **options)

    monkeypatch.setattr(suppliers, "apply", apply_after_rival)
    assert problem(change(engineer, office="каб. 9")) == (409, "conflict")
    assert read_suppliers([SUPPLIER])[SUPPLIER].office == "соперник"


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"debt_reminder_treshold": 5}, "debt_reminder_treshold", "unknown_field"),
        ({"inn": "7421000201"}, "inn", "inn"),
        ({"payment_limit": 10**20}, "payment_limit", "number_too_large"),
        ({"payment_limit": 0}, "payment_limit", "greater_than_equal"),
        ({"branding": {"accent": "#ffff00"}}, "branding.accent", "contrast"),
        ({"branding": {"accent": "red"}}, "branding.accent", "string_pattern_mismatch"),
        ({"supplier_id": "uk-other"}, "supplier_id", "supplier_id"),
        ({"branding": {"logo": "other.png"}}, "branding.logo", "logo"),
        ({"payees": []}, "payees", "too_short"),
        ({"reading_window": {"opens_day": 20, "closes_day": 10}}, "reading_window", "window"),
        ({"registry_limits": {"sum_warned": 10**40}}, "registry_limits.sum_warned", "number_too_large"),
    ],
)
def test_what_the_file_would_be_refused_for_is_refused_here(
    desk: Desk, engineer: Person, wrong: dict[str, Any], field: str, code: str
) -> None:
    answer = change(engineer, **wrong)
    assert answer.status_code == 422, answer.text
    found = answer.json()["errors"]
    assert (field, code) in [(each["field"], each["code"]) for each in found]
    assert "SUPPLIER_CHANGED" not in [each.action for each in desk.audit()]


BANK = {
    "contract": "mine", "dialect": "gorod_unified", "base_url": "https://bank.example.ru/pay",
    "secret": "cabinet/bank/other-uk",
}  # fmt: skip


def refused(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_anothers_secret_is_named_by_no_engineer_of_one_supplier(desk: Desk, engineer: Person) -> None:
    assert refused(change(engineer, merchant=BANK)) == [("merchant.contract", "every_supplier_only")]
    everywhere = desk.signed_in(Role.ENGINEER)
    desk.confirm_code(everywhere)
    assert change(everywhere, merchant=BANK | {"secret": "cabinet/bank/own"}).status_code == 200
    for name in BANK:
        other = {"dialect": "rbs", "base_url": "https://evil.example.ru"}.get(name, "other")
        wrong = BANK | {"secret": "cabinet/bank/own", name: other}
        assert refused(change(engineer, merchant=wrong)) == [(f"merchant.{name}", "every_supplier_only")]
    stored = read_suppliers([SUPPLIER])[SUPPLIER].merchant
    assert stored is not None
    assert stored.secret == "cabinet/bank/own"
    # What decides nothing of where the password goes is still the engineer's own.
    kept = BANK | {"secret": "cabinet/bank/own", "methods": []}
    assert change(engineer, merchant=kept, office="каб. 8").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example.ru/", "https://169.254.169.254/latest", "https://localhost/rbs",
        "https://bank.internal/", "https://user:word@bank.example.ru/", "https://bank.example.ru/?a=",
        "http://127.0.0.1:8000/local/bank/rbs", "",
    ],
)  # fmt: skip
def test_a_banks_address_is_a_site_of_the_open_internet_for_everybody(desk: Desk, url: str) -> None:
    world()
    everywhere = desk.signed_in(Role.ENGINEER)
    desk.confirm_code(everywhere)
    assert refused(change(everywhere, merchant=BANK | {"base_url": url})) == [
        ("merchant.base_url", "bank_url")
    ]
    if url:
        rising = BANK | {"dialect": "raiffeisen", "fiscal_url": url, "methods": ["sbp"]}
        assert refused(change(everywhere, merchant=rising)) == [("merchant.fiscal_url", "bank_url")]


def test_a_colour_is_shown_in_both_themes_before_it_is_taken(engineer: Person) -> None:
    shown = engineer.browser.get("/api/staff/branding-preview", params={"accent": "#7a2f0b"}).json()
    assert (shown["light"]["accent"], shown["refusal"]) == ("#7a2f0b", None)
    light = engineer.browser.get("/api/staff/branding-preview", params={"accent": "#ffff00"}).json()
    assert "слишком светлый" in light["refusal"]
    assert engineer.browser.get("/api/staff/branding-preview", params={"accent": "x"}).status_code == 422


def messages(desk: Desk) -> list[dict[str, Any]]:
    got = desk.aws.client("sqs").receive_message(
        QueueUrl=desk.aws.environment["RECONCILIATION_QUEUE_URL"], MaxNumberOfMessages=10
    )
    return [{"messageId": "1", "body": each["Body"]} for each in got.get("Messages", [])]


def test_a_banks_contract_is_tried_by_the_worker(desk: Desk, engineer: Person) -> None:
    assert engineer.browser.get(f"{PATH}/check-bank").json()["state"] == "never"
    asked = engineer.browser.post(f"{PATH}/check-bank").json()
    assert (asked["state"], asked["asked_by"]) == ("asked", "Петрова Анна")
    waiting = messages(desk)
    assert [json.loads(each["body"])["check_bank"] for each in waiting] == [SUPPLIER]
    for _ in range(2):
        assert handler({"Records": waiting}, Context()) == {"batchItemFailures": []}
    done = engineer.browser.get(f"{PATH}/check-bank").json()
    assert done["state"] == "done"
    assert done["findings"] == [{"is_right": False, "text": "Договора с банком в настройках нет."}]


def test_a_check_that_was_asked_for_again_is_not_answered_by_the_one_before(
    desk: Desk, engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    engineer.browser.post(f"{PATH}/check-bank")

    def checks_while_asked_again(*_: Any) -> list[tuple[bool, str]]:
        desk.wait(seconds=5)
        engineer.browser.post(f"{PATH}/check-bank")
        return [(True, "прежнее")]

    with monkeypatch.context() as patched:
        patched.setattr(contract_check_requests.contract_checks, "check_contracts", checks_while_asked_again)
        contract_check_requests.run(SUPPLIER)
    assert engineer.browser.get(f"{PATH}/check-bank").json()["state"] == "asked"
    contract_check_requests.run(SUPPLIER)
    assert engineer.browser.get(f"{PATH}/check-bank").json()["state"] == "done"
    contract_check_requests.run("nobody")
