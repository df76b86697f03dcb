"""The audit log: one row for each change and each look, in one transaction with it; read by an owner."""

from typing import Any

import pytest

from cabinet.audit.model import AuditEntry
from cabinet.staff.model import Role
from cabinet.staff.rights_rules import ROUTES, AuditKind
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import SCENARIOS, SUPPLIER, send, send_to_lambda
from tests.support.fault_injection import FAULTS, Fault, FaultInjector

AUDIT = "/api/staff/audit"
LEAVING_A_ROW = [route for route, access in ROUTES.items() if access.audit is not AuditKind.NOTHING]
CHANGES = [route for route, access in ROUTES.items() if access.audit is AuditKind.CHANGE]


def ready(desk: Desk) -> Person:
    """Somebody who may everything, with a code that was entered again."""
    desk_scenarios.world()
    person = desk.signed_in(*Role, suppliers=(SUPPLIER,))
    desk.confirm_code(person)
    return person


def added(desk: Desk, before: list[AuditEntry]) -> list[AuditEntry]:
    known = {entry.entry_id for entry in before}
    return [entry for entry in desk.audit() if entry.entry_id not in known]


def without_audit(desk: Desk) -> dict[tuple[str, str], Any]:
    """All rows but the audit log's and counters of limits; when a session was seen is no change."""
    rows = {}
    for table in ("USERS_TABLE", "ACCOUNTS_TABLE", "PAYMENTS_TABLE", "MESSAGES_TABLE"):
        for row in desk.aws.rows(table):
            if not row["pk"].startswith(("AUDIT#", "LIMIT#")):
                rows[row["pk"], row["sk"]] = {name: row[name] for name in row if name != "seen_at"}
    return rows


@pytest.mark.parametrize("route", LEAVING_A_ROW)
def test_each_change_and_each_look_leaves_one_row(desk: Desk, route: str) -> None:
    person = ready(desk)
    call = SCENARIOS[route](desk, person)
    before = desk.audit()
    answer = send(person, route, call)
    assert answer.status_code < 300, answer.text
    (entry,) = added(desk, before)
    assert entry.title != entry.action
    assert entry.role
    assert SUPPLIER in entry.suppliers


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in LEAVING_A_ROW])
def test_what_shows_no_resident_leaves_none(desk: Desk, route: str) -> None:
    person = ready(desk)
    call = SCENARIOS[route](desk, person)
    before = desk.audit()
    assert send(person, route, call).status_code in (200, 201)
    assert added(desk, before) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("route", CHANGES)
def test_wherever_a_change_dies_it_and_its_row_are_both_there_or_neither(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, route: str, fault: Fault
) -> None:
    person = ready(desk)
    number = 1
    while True:
        call = SCENARIOS[route](desk, person)
        rows, log = without_audit(desk), desk.audit()
        injector = FaultInjector(number=number, fault=fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            injector.process(lambda call=call: send_to_lambda(person, route, call))
        after = without_audit(desk)
        changed = {key for key in rows.keys() | after.keys() if rows.get(key) != after.get(key)}
        assert len(added(desk, log)) == (1 if changed else 0), (number, injector.calls, changed)
        if len(injector.calls) < number:
            break
        number += 1
        desk.wait(seconds=31)
        if route == "DELETE /api/staff/sessions/current" or not _is_signed_in(person):
            assert person.sign_in().status_code == 201
            desk.wait(seconds=31)
        desk.confirm_code(person)
    assert number > 2


def _is_signed_in(person: Person) -> bool:
    return bool(person.browser.get("/api/staff/me").status_code == 200)


def test_the_log_is_read_by_person_by_subject_and_by_day(desk: Desk) -> None:
    owner = ready(desk)
    other = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    body = {"roles": ["accountant"], "suppliers": [SUPPLIER]}
    owner.browser.put(f"/api/staff/staff/{other.staff_id}/roles", json=body)
    about = owner.browser.get(AUDIT, params={"about": f"staff:{other.staff_id}"}).json()["items"]
    assert [each["action"] for each in about] == [
        "STAFF_ROLES_CHANGED", "SIGNED_IN", "INVITATION_CONFIRMED", "INVITATION_ACCEPTED", "STAFF_INVITED",
    ]  # fmt: skip
    assert about[0]["name"] == "Петрова Анна"
    assert about[0]["role"] == "owner"
    assert about[0]["title"] == "Роли сотрудника изменены"
    who = owner.browser.get(AUDIT, params={"who": other.staff_id}).json()["items"]
    assert {each["who"] for each in who} == {other.staff_id}
    assert [each["at"] for each in who] == sorted((each["at"] for each in who), reverse=True)
    count_before = len(desk.audit())
    whole_day = owner.browser.get(AUDIT).json()["items"]
    assert len(whole_day) == count_before
    looks = [each.after for each in desk.audit() if each.action == "AUDIT_SHOWN"]
    # Of one moment: in no order.
    assert sorted(map(str, looks)) == sorted(
        map(str, [{"about": f"staff:{other.staff_id}"}, {"who": other.staff_id}, {}])
    )
    desk.wait(days=1)
    owner.sign_in()
    assert [each["action"] for each in owner.browser.get(AUDIT).json()["items"]] == ["SIGNED_IN"]
    assert len(owner.browser.get(AUDIT, params={"from": "2026-03-02"}).json()["items"]) == count_before + 1
    since = owner.browser.get(AUDIT, params={"who": other.staff_id, "from": "2026-03-03"}).json()
    assert since == {"items": [], "next": None}


@pytest.mark.parametrize("day", ["0", "20260302", "2026-02-30", "yesterday"])
def test_what_is_no_day_is_refused(desk: Desk, day: str) -> None:
    answer = ready(desk).browser.get(AUDIT, params={"from": day})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_log_is_read_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = ready(desk)
    monkeypatch.setattr("cabinet.audit.store.PAGE_SIZE", 2)
    for params in ({}, {"who": owner.staff_id}, {"about": f"staff:{owner.staff_id}"}):
        found, cursor = [], None
        while True:
            page = owner.browser.get(AUDIT, params=params | ({"cursor": cursor} if cursor else {})).json()
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        # The looks at the log come to it meanwhile.
        shown = [each for each in found if each["who"] == owner.staff_id and each["action"] != "AUDIT_SHOWN"]
        own = [each for each in desk.audit() if each.who == owner.staff_id]
        assert len(shown) == len([each for each in own if each.action != "AUDIT_SHOWN"])


def test_an_owner_of_one_supplier_reads_no_others_entries(desk: Desk) -> None:
    desk_scenarios.world()
    local = desk.signed_in(Role.OWNER, suppliers=("uk-other",))
    other = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    for params in ({}, {"who": other.staff_id}, {"about": f"staff:{other.staff_id}"}):
        items = local.browser.get(AUDIT, params=params).json()["items"]
        assert bool(items) is not bool(params)
        assert all("uk-other" in each["suppliers"] for each in items)
