"""An owner's colleagues: invited, given roles, removed; limited to the owner's suppliers."""

from typing import Any

import pytest

from cabinet.staff.model import Role
from tests.support import fault_injection
from tests.support.desk import Desk, Person
from tests.support.factories import bound_accounts

STAFF = "/api/staff/staff"


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def owner(desk: Desk) -> Person:
    """An owner who has entered a code again."""
    for supplier_id in ("uk-test", "uk-other"):
        bound_accounts.supplier(supplier_id)
    made = desk.signed_in(Role.OWNER)
    desk.confirm_code(made)
    return made


def test_an_invited_colleague_is_listed_and_written_to(desk: Desk, owner: Person) -> None:
    body = {"email": "olga@example.ru", "roles": ["operator", "operator"], "suppliers": ["uk-test"]}
    made = owner.browser.post(STAFF, json=body)
    assert made.status_code == 201
    assert made.json()["roles"] == ["operator"]
    listed = owner.browser.get(STAFF).json()["items"]
    assert [each["email"] for each in listed] == sorted(["olga@example.ru", owner.email])
    waiting = [row for row in desk.aws.rows("MESSAGES_TABLE") if row["to"] == body["email"]]
    assert [row["template"] for row in waiting] == ["staff_invitation"]
    # Once more: another link, the same person.
    assert owner.browser.post(STAFF, json=body).json()["staff_id"] == made.json()["staff_id"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"email": "nobody"}, "email_invalid"),
        ({"roles": []}, "required"),
        ({"suppliers": []}, "required"),
        ({"suppliers": ["nobody"]}, "supplier_unknown"),
        ({"roles": ["king"]}, "invalid"),
    ],
)
def test_a_wrong_invitation_is_refused(owner: Person, changed: dict[str, Any], code: str) -> None:
    body = {"email": "olga@example.ru", "roles": ["operator"], "suppliers": ["uk-test"]}
    assert problem(owner.browser.post(STAFF, json=body | changed)) == (422, code)


def test_who_works_here_already_is_not_invited_again(desk: Desk, owner: Person) -> None:
    body = {"email": owner.email.upper(), "roles": ["operator"], "suppliers": ["uk-test"]}
    assert problem(owner.browser.post(STAFF, json=body)) == (409, "staff_exists")


def test_other_roles_end_the_sessions_and_hold_at_once(desk: Desk, owner: Person) -> None:
    operator = desk.signed_in(Role.OPERATOR)
    body = {"roles": ["accountant"], "suppliers": ["uk-test"]}
    changed = owner.browser.put(f"{STAFF}/{operator.staff_id}/roles", json=body)
    assert changed.json()["roles"] == ["accountant"]
    assert problem(operator.browser.get("/api/staff/me")) == (401, "unauthenticated")
    entry = desk.last_entry()
    assert (entry.before["roles"], entry.after["roles"]) == (["operator"], ["accountant"])
    operator.sign_in()
    assert operator.browser.get("/api/staff/me").json()["suppliers"] == ["uk-test"]


def test_who_was_removed_is_out_at_once_and_can_be_invited_anew(desk: Desk, owner: Person) -> None:
    operator = desk.signed_in(Role.OPERATOR)
    assert owner.browser.delete(f"{STAFF}/{operator.staff_id}").status_code == 204
    assert problem(operator.browser.get("/api/staff/me")) == (401, "unauthenticated")
    assert problem(operator.sign_in()) == (401, "bad_credentials")
    assert problem(owner.browser.delete(f"{STAFF}/{operator.staff_id}")) == (404, "not_found")
    desk.confirm_code(owner)
    body = {"email": operator.email, "roles": ["operator"], "suppliers": ["*"]}
    assert owner.browser.post(STAFF, json=body).json()["staff_id"] != operator.staff_id


def test_nobody_changes_their_own_access(desk: Desk, owner: Person) -> None:
    body = {"roles": ["owner"], "suppliers": ["*"]}
    path = f"{STAFF}/{owner.staff_id}"
    assert problem(owner.browser.put(f"{path}/roles", json=body)) == (409, "own_access")
    assert problem(owner.browser.delete(path)) == (409, "own_access")


def test_an_owner_of_one_supplier_neither_sees_nor_makes_others_staff(desk: Desk, owner: Person) -> None:
    other = desk.signed_in(Role.OPERATOR, suppliers=("uk-other",))
    local = desk.signed_in(Role.OWNER, suppliers=("uk-test",))
    desk.confirm_code(local)
    assert [each["staff_id"] for each in local.browser.get(STAFF).json()["items"]] == [local.staff_id]
    for suppliers in (["uk-other"], ["*"], ["uk-test", "uk-other"]):
        body = {"email": "new@example.ru", "roles": ["owner"], "suppliers": suppliers}
        assert problem(local.browser.post(STAFF, json=body)) == (422, "supplier_unknown")
    for staff_id in (other.staff_id, owner.staff_id, "0" * 16):
        assert problem(local.browser.delete(f"{STAFF}/{staff_id}")) == (404, "not_found")
        body = {"roles": ["operator"], "suppliers": ["uk-test"]}
        assert problem(local.browser.put(f"{STAFF}/{staff_id}/roles", json=body)) == (404, "not_found")


def test_two_owners_who_remove_each_other_leave_one(
    desk: Desk, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = desk.signed_in(Role.OWNER)
    desk.confirm_code(rival)
    statuses: list[int] = []

    def removes_first() -> None:
        statuses.append(rival.browser.delete(f"{STAFF}/{owner.staff_id}").status_code)

    # Before the last call of the first removal: its transaction.
    injector = fault_injection.FaultInjector(number=3, fault=removes_first)
    injector.patch(monkeypatch)
    answer = injector.process(lambda: owner.browser.delete(f"{STAFF}/{rival.staff_id}"))
    assert injector.calls[-1] == "dynamodb.TransactWriteItems"
    assert answer is not None
    assert (statuses, answer.status_code) == ([204], 403)
    assert rival.browser.get("/api/staff/me").status_code == 200
