"""The letter that activates a cabinet, sent again from the desk."""

import json

import pytest

from cabinet.core import clock
from cabinet.identity import registration
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person, token_of
from tests.support.desk_scenarios import SUPPLIER, awaits_activation

EMAIL = "new@example.ru"


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of a supplier."""
    desk_scenarios.world()
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def links(desk: Desk) -> list[str]:
    rows = [row for row in desk.aws.rows("MESSAGES_TABLE") if row.get("template") == "activation"]
    return [json.loads(row["params"])["link"] for row in sorted(rows, key=lambda row: row["sk"])]


def test_who_awaits_activation_is_found_and_gets_a_link_that_works(desk: Desk, operator: Person) -> None:
    user_id = awaits_activation(EMAIL)
    desk.wait(minutes=10)
    found = operator.browser.get("/api/staff/residents", params={"query": EMAIL}).json()
    (user,) = found["users"]
    assert (user["user_id"], user["is_activated"], found["items"]) == (user_id, False, [])
    before = links(desk)
    path = f"/api/staff/users/{user_id}/activation-mail"
    assert operator.browser.post(path, json={"email": EMAIL.upper()}).status_code == 204
    (entry,) = [each for each in desk.audit() if each.action == "ACTIVATION_SENT"]
    assert entry.about == f"user:{user_id}"
    (new,) = [link for link in links(desk) if link not in before]
    with pytest.raises(TokenInvalid):
        registration.activate(token_of(before[0]), clock.now(), "")
    assert registration.activate(token_of(new), clock.now(), "") == user_id
    (user,) = operator.browser.get("/api/staff/residents", params={"query": EMAIL}).json()["users"]
    assert user["is_activated"] is True
    assert operator.browser.post(path, json={"email": EMAIL}).status_code == 404


def test_a_link_that_is_too_old_leaves_nothing_to_send(desk: Desk, operator: Person) -> None:
    user_id = awaits_activation(EMAIL)
    desk.wait(hours=49)
    operator.sign_in()
    assert operator.browser.get("/api/staff/residents", params={"query": EMAIL}).json()["users"] == []
    answer = operator.browser.post(f"/api/staff/users/{user_id}/activation-mail", json={"email": EMAIL})
    assert answer.status_code == 404


@pytest.mark.parametrize("email", ["other@example.ru", "x@y", "no address"])
def test_the_address_and_the_id_must_be_of_one_registration(desk: Desk, operator: Person, email: str) -> None:
    user_id = awaits_activation(EMAIL)
    before = len(desk.audit())
    answer = operator.browser.post(f"/api/staff/users/{user_id}/activation-mail", json={"email": email})
    assert answer.status_code == 404
    answer = operator.browser.post("/api/staff/users/nobody/activation-mail", json={"email": EMAIL})
    assert answer.status_code == 404
    assert len(desk.audit()) == before
