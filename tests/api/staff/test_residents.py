"""Accounts at the desk: looked at with a trail, unbound with a reason."""

import json
from typing import Any

import pytest

from cabinet.identity.security_log import list_events
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import ACCOUNT, SUPPLIER
from tests.support.fault_injection import FaultInjector

PATH = f"/api/staff/accounts/{ACCOUNT}"


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of the supplier that has the account."""
    desk_scenarios.world()
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def events(user_id: str) -> list[str]:
    return [each["what"] for each in list_events(user_id)]


def test_an_account_shows_who_has_it_bound_and_they_see_the_look(desk: Desk, operator: Person) -> None:
    shown = operator.browser.get(PATH).json()
    assert (shown["holder"], shown["supplier_name"]) == ("Иванов Иван Иванович", "ООО «УК Тест»")
    (user,) = shown["users"]
    assert (user["user_id"], user["email_masked"]) == ("u1", "su…r@example.com")
    assert user["is_former_holder"] is False
    assert events("u1") == ["Сотрудник организации просмотрел лицевой счёт"]


def test_a_former_owner_is_named_and_cut_off_with_the_reason(desk: Desk, operator: Person) -> None:
    users = desk.aws.table("USERS_TABLE")
    key = {"pk": "USER#u1", "sk": f"BINDING#{ACCOUNT}"}
    users.put_item(Item=users.get_item(Key=key)["Item"] | {"holder_key": "another"})
    (user,) = operator.browser.get(PATH).json()["users"]
    assert user["is_former_holder"] is True
    desk.wait(seconds=1)
    path = f"{PATH}/bindings/u1"
    assert problem(operator.browser.request("DELETE", path, json={"reason": " "})) == (422, "required")
    ended = operator.browser.request("DELETE", path, json={"reason": "Квартира продана"})
    assert ended.status_code == 204
    assert "Item" not in users.get_item(Key=key)
    assert events("u1")[0] == "Сотрудник организации отвязал лицевой счёт"
    (email,) = [
        json.loads(row["params"])
        for row in desk.aws.rows("MESSAGES_TABLE")
        if row.get("template") == "account_unbound"
    ]
    assert (email["number"], email["reason"]) == ("1234567899", "Квартира продана")
    (entry,) = [each for each in desk.audit() if each.action == "BINDING_ENDED"]
    assert (entry.before, entry.reason) == ({"user_id": "u1"}, "Квартира продана")
    assert operator.browser.get(PATH).json()["users"] == []
    assert problem(operator.browser.request("DELETE", path, json={"reason": "Снова"})) == (404, "not_found")


def test_what_is_not_bound_is_not_unbound(operator: Person) -> None:
    for path in (f"{PATH}/bindings/nobody", f"/api/staff/accounts/{SUPPLIER}:404/bindings/u1"):
        assert problem(operator.browser.request("DELETE", path, json={"reason": "а"})) == (404, "not_found")


def test_a_resident_who_binds_another_account_meanwhile_does_not_stop_it(
    desk: Desk, operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = FaultInjector()
    user = desk_scenarios.SCENARIOS["DELETE /api/staff/accounts/{account_id}/bindings/{user_id}"]
    with monkeypatch.context() as patched:
        counted.patch(patched)
        path = user(desk, operator).path
        counted.process(lambda: operator.browser.request("DELETE", path, json={"reason": "а"}))
    number = counted.calls.index("dynamodb.TransactWriteItems") + 1

    def renews_the_list() -> None:
        profile = desk.aws.table("USERS_TABLE")
        row = profile.get_item(Key={"pk": "USER#u1", "sk": "PROFILE"})["Item"]
        profile.put_item(Item=row | {"bindings": "renewed"})

    injector = FaultInjector(number, renews_the_list)
    with monkeypatch.context() as patched:
        injector.patch(patched)
        answer = injector.process(
            lambda: operator.browser.request("DELETE", f"{PATH}/bindings/u1", json={"reason": "а"})
        )
    assert answer is not None
    assert answer.status_code == 204
    assert injector.calls.count("dynamodb.TransactWriteItems") == 2
    assert len([each for each in desk.audit() if each.reason == "а"]) == 2
