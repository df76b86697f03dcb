"""Undelivered mail at the desk: dead letters are sent again, suppressed addresses lifted with a reason."""

from typing import Any

import pytest

from cabinet.core.contacts import recipient_hash
from cabinet.identity.email_problem import email_problem
from cabinet.notifications.suppression import Report, suppress_addresses, unsuppress
from cabinet.outbox.emails import Email
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import OTHER, SUPPLIER, a_dead_letter
from tests.support.factories import bound_accounts
from tests.support.mailer import mails, run_sweep, verified_sender, write

__all__ = ["verified_sender"]

MAIL = "/api/staff/mail"
ANNA = "anna.petrova@example.ru"


@pytest.fixture
def engineer(desk: Desk) -> Person:
    """An engineer of one supplier, and a resident of each."""
    desk_scenarios.world()
    bound_accounts.user("u2", bound_accounts.account("2"), email=ANNA)
    bound_accounts.user("u3", bound_accounts.account("3", supplier_id=OTHER), email="other@example.ru")
    return desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def listed(person: Person, state: str) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        params = {"state": state} | ({"cursor": cursor} if cursor else {})
        page = person.browser.get(MAIL, params=params).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def lift(person: Person, email: str, reason: str = "Ящик исправлен") -> Any:
    path = f"/api/staff/suppressions/{recipient_hash(email)}"
    return person.browser.request("DELETE", path, json={"reason": reason})


def test_a_dead_letter_is_listed_and_sent_again_once(desk: Desk, engineer: Person) -> None:
    run_sweep()
    before = len(mails())
    mail_id = a_dead_letter("one", "uk-test:2")
    (line,) = listed(engineer, "dead")
    assert (line["mail_id"], line["email_masked"], line["reason"]) == (
        mail_id, "de…e@example.ru", "MessageRejected",
    )  # fmt: skip
    assert engineer.browser.post(f"{MAIL}/{mail_id}/retry").json() == {"sent": 1}
    assert listed(engineer, "dead") == []
    assert problem(engineer.browser.post(f"{MAIL}/{mail_id}/retry")) == (404, "not_found")
    run_sweep()
    assert len(mails()) == before + 1
    entry = next(each for each in desk.audit() if each.action == "LETTER_RESENT")
    assert (entry.about, entry.after) == (
        "account:uk-test:2", {"template": "security_event", "failure": "MessageRejected"},
    )  # fmt: skip


def test_a_letter_that_waits_again_already_is_not_sent_twice(engineer: Person) -> None:
    mail_id = a_dead_letter("one")
    write(Email("security_event", "deadone@example.ru", {"what": "x"}, "one"))
    assert problem(engineer.browser.post(f"{MAIL}/{mail_id}/retry")) == (409, "conflict")


def test_an_unsuppressed_address_gets_the_held_mail(desk: Desk, engineer: Person) -> None:
    suppress_addresses(Report("bounce", (ANNA,), "", "u2"))
    write(Email("security_event", ANNA, {"what": "x"}, "held", user_id="u2"))
    run_sweep()
    (line,) = listed(engineer, "suppressed")
    assert (line["email_masked"], line["reason"]) == ("an…a@example.ru", "bounce")
    assert ANNA not in str(line)
    assert problem(lift(engineer, ANNA, " ")) == (422, "required")
    assert lift(engineer, ANNA).json() == {"sent": 1}
    profile = desk.aws.table("USERS_TABLE").get_item(Key={"pk": "USER#u2", "sk": "PROFILE"})["Item"]
    assert email_problem(profile) is None
    assert listed(engineer, "suppressed") == []
    assert problem(lift(engineer, ANNA)) == (404, "not_found")
    entry = next(each for each in desk.audit() if each.action == "SUPPRESSION_LIFTED")
    assert (entry.about, entry.reason) == ("user:u2", "Ящик исправлен")


def test_a_complaint_after_a_bounce_shows_and_the_command_clears_the_list(engineer: Person) -> None:
    suppress_addresses(Report("bounce", (ANNA,), "", "u2"))
    suppress_addresses(Report("complaint", (ANNA,), "", "u2"))
    suppress_addresses(Report("bounce", (ANNA,), "", "u2"))
    (line,) = listed(engineer, "suppressed")
    assert line["reason"] == "complaint"
    unsuppress(ANNA)
    assert listed(engineer, "suppressed") == []


def test_another_suppliers_mail_is_neither_shown_nor_sent(desk: Desk, engineer: Person) -> None:
    mail_id = a_dead_letter("theirs", f"{OTHER}:3")
    nobodys = a_dead_letter("nobodys", None)
    suppress_addresses(Report("bounce", ("other@example.ru", "stranger@example.ru"), "", None))
    suppress_addresses(Report("bounce", ("other@example.ru",), "", "u3"))
    assert [line["mail_id"] for line in listed(engineer, "dead")] == [nobodys]
    assert problem(engineer.browser.post(f"{MAIL}/{mail_id}/retry")) == (404, "not_found")
    assert problem(lift(engineer, "stranger@example.ru")) == (404, "not_found")
    everywhere = desk.signed_in(Role.ENGINEER)
    assert {line["mail_id"] for line in listed(everywhere, "dead")} == {mail_id, nobodys}
    assert len(listed(everywhere, "suppressed")) == 2
    assert lift(everywhere, "stranger@example.ru").json() == {"sent": 0}


def test_many_are_listed_by_pages(engineer: Person) -> None:
    for number in range(60):
        a_dead_letter(f"{number:03d}")
    assert len({line["mail_id"] for line in listed(engineer, "dead")}) == 60
    page = engineer.browser.get(MAIL, params={"state": "dead"}).json()
    assert 25 <= len(page["items"]) < 60
