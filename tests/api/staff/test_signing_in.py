"""Joining the staff, signing in with a code, entering it again, signing out; and what is refused."""

from typing import Any

import pytest

from cabinet.core import clock
from cabinet.staff.invitations import invite
from cabinet.staff.model import Role
from tests.support import desk as support
from tests.support.app_client import AppClient
from tests.support.desk import COMMAND, PASSWORD, Desk, browser, token_of

ME = "/api/staff/me"
CODE = "/api/staff/sessions/current/code"
WRONG = (401, "bad_credentials")


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def accept(token: str, **changed: str) -> Any:
    form = {"token": token, "name": "Петрова Анна", "password": PASSWORD}
    return browser().post("/api/staff/invitations/accept", json=form | changed)


def test_an_invited_person_joins_signs_in_and_out(desk: Desk) -> None:
    person = desk.person(Role.OPERATOR, suppliers=("uk-test",))
    answer = person.sign_in()
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-staff=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    me = person.browser.get(ME).json()
    assert me["name"] == "Петрова Анна"
    assert (me["roles"], me["suppliers"]) == (["operator"], ["uk-test"])
    assert "signed_in" in me["rights"]
    assert me["code_fresh_until"] is None
    assert person.browser.delete("/api/staff/sessions/current").status_code == 204
    assert problem(person.browser.get(ME)) == (401, "unauthenticated")


def test_neither_seed_nor_password_nor_codes_stand_in_the_table(desk: Desk) -> None:
    person = desk.person(Role.OWNER)
    stored = str(desk.aws.rows("USERS_TABLE"))
    assert person.seed not in stored
    assert PASSWORD not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in person.recovery_codes)


@pytest.mark.parametrize(
    "changed",
    [{"password": "wrong"}, {"code": "000000"}, {"code": "x"}, {"email": "nobody@example.ru"}],
    ids=["password", "code", "no code", "address"],
)
def test_whatever_is_wrong_the_answer_is_the_same(desk: Desk, changed: dict[str, str]) -> None:
    assert problem(desk.person(Role.OPERATOR).sign_in(**changed)) == WRONG


def test_a_code_opens_one_session_only(desk: Desk) -> None:
    person = desk.person(Role.OPERATOR)
    assert person.sign_in().status_code == 201
    assert problem(person.sign_in()) == WRONG
    desk.wait(seconds=30)
    assert person.sign_in().status_code == 201


def test_a_written_down_code_replaces_a_lost_telephone_once(desk: Desk) -> None:
    person = desk.person(Role.OPERATOR)
    assert person.sign_in(code=person.recovery_codes[3]).status_code == 201
    assert problem(person.sign_in(code=person.recovery_codes[3])) == WRONG
    assert desk.last_entry().action == "SIGNED_IN_BY_RECOVERY_CODE"
    # It signs in and confirms nothing.
    answer = person.browser.post(CODE, json={"code": person.recovery_codes[4]})
    assert problem(answer) == (422, "code_wrong")


def test_guessed_codes_lock_the_person_for_the_day(desk: Desk) -> None:
    person = desk.person(Role.OPERATOR)
    statuses = []
    for _ in range(25):
        statuses.append(person.sign_in(code="000000").status_code)
        desk.wait(minutes=16)  # past the limit by address and e-mail
    assert statuses == [401] * 20 + [429] * 5
    refused = person.sign_in()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 3600
    desk.wait(days=1)
    assert person.sign_in().status_code == 201


def test_guessed_passwords_lock_the_address_for_a_while(desk: Desk) -> None:
    person = desk.person(Role.OPERATOR)
    assert [person.sign_in(password="wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    assert person.sign_in().status_code == 429
    desk.wait(minutes=16)
    assert person.sign_in().status_code == 201


def test_a_session_idles_out_in_half_an_hour_and_ends_after_ten(desk: Desk) -> None:
    person = desk.signed_in(Role.OPERATOR)
    desk.wait(minutes=28)
    assert person.browser.get(ME).status_code == 200
    desk.wait(minutes=29)
    assert person.browser.get(ME).status_code == 200
    desk.wait(minutes=31)
    assert problem(person.browser.get(ME)) == (401, "unauthenticated")
    assert person.sign_in().status_code == 201
    for _ in range(20):
        desk.wait(minutes=29)
        assert person.browser.get(ME).status_code == 200
    desk.wait(minutes=21)
    assert problem(person.browser.get(ME)) == (401, "unauthenticated")


def test_a_code_that_was_entered_again_holds_for_five_minutes(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    body = {"email": "new@example.ru", "roles": ["operator"], "suppliers": ["*"]}
    assert problem(owner.browser.post("/api/staff/staff", json=body)) == (403, "code_required")
    desk.confirm_code(owner)
    assert owner.browser.get(ME).json()["code_fresh_until"] is not None
    assert owner.browser.post("/api/staff/staff", json=body).status_code == 201
    desk.wait(minutes=5)
    assert problem(owner.browser.post("/api/staff/staff", json=body)) == (403, "code_required")


def test_the_code_of_the_sign_in_confirms_nothing(desk: Desk) -> None:
    owner = desk.person(Role.OWNER)
    owner.sign_in()
    assert problem(owner.browser.post(CODE, json={"code": owner.code()})) == (422, "code_wrong")


def test_an_invitation_is_good_once_and_for_three_days(desk: Desk) -> None:
    token = token_of(invite(COMMAND, "a@example.ru", [Role.OPERATOR], ["*"], clock.now()).link)
    desk.wait(days=3, seconds=1)
    assert problem(accept(token)) == (422, "token_invalid")
    again = token_of(invite(COMMAND, "a@example.ru", [Role.OPERATOR], ["*"], clock.now()).link)
    assert problem(accept(token)) == (422, "token_invalid")
    person = desk.person(Role.OPERATOR, email="a@example.ru")
    assert problem(accept(again)) == (422, "token_invalid")
    assert person.sign_in().status_code == 201


def test_a_weak_password_a_blank_name_and_a_wrong_first_code_are_refused(desk: Desk) -> None:
    token = token_of(invite(COMMAND, "a@example.ru", [Role.OPERATOR], ["*"], clock.now()).link)
    confirm = {"token": token, "code": "000000"}
    assert problem(accept(token, password="пароль123")) == (422, "password_weak")
    assert problem(accept(token, name="  ")) == (422, "required")
    path = "/api/staff/invitations/confirm"
    assert problem(browser().post(path, json=confirm)) == (422, "token_invalid")
    assert accept(token).status_code == 200
    assert problem(browser().post(path, json=confirm)) == (422, "code_wrong")
    assert problem(browser().post(path, json=confirm | {"token": "x"})) == (422, "token_invalid")


def test_a_seed_that_no_key_opens_any_more_leaves_the_written_codes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = desk.person(Role.OPERATOR)
    table = desk.aws.table("USERS_TABLE")
    key = {"pk": f"STAFF#{person.staff_id}", "sk": "PROFILE"}
    row = table.get_item(Key=key)["Item"]
    table.put_item(Item=row | {"sealed_seed": "gone." + row["sealed_seed"].partition(".")[2]})
    assert problem(person.sign_in()) == WRONG
    assert person.sign_in(code=person.recovery_codes[0]).status_code == 201


def test_anothers_seed_in_a_persons_row_opens_nothing(desk: Desk) -> None:
    one, other = desk.person(Role.OPERATOR), desk.person(Role.OWNER)
    table = desk.aws.table("USERS_TABLE")
    rows = {
        each.staff_id: table.get_item(Key={"pk": f"STAFF#{each.staff_id}", "sk": "PROFILE"})["Item"]
        for each in (one, other)
    }
    table.put_item(Item=rows[other.staff_id] | {"sealed_seed": rows[one.staff_id]["sealed_seed"]})
    assert problem(other.sign_in(code=one.code())) == WRONG


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c"])
def test_a_forged_cookie_opens_nothing(desk: Desk, cookie: str) -> None:
    visitor: AppClient = support.browser(Cookie=f"__Host-staff={cookie}")
    assert problem(visitor.get(ME)) == (401, "unauthenticated")
