"""Passkeys at the desk: added with a code, signing in instead of password and code, renamed, removed."""

import json
from typing import Any

import pytest

from cabinet.staff.model import Role
from tests.support import desk_passkeys
from tests.support.desk import Desk, Person, browser
from tests.support.desk_passkeys import PASSKEYS, SIGN_IN, add, challenge, ids, sign_in
from tests.support.soft_authenticator import PRESENT, SoftAuthenticator

ME = "/api/staff/me"
BAD = (401, "bad_passkey")


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def person(desk: Desk) -> Person:
    """An operator who has entered a code again."""
    made = desk.signed_in(Role.OPERATOR)
    desk.confirm_code(made)
    return made


def test_a_passkey_opens_the_same_session_as_password_and_code(desk: Desk, person: Person) -> None:
    device = add(person, name="Ноутбук")
    assert person.browser.get(ME).json()["has_passkeys"] is True
    desk.wait(days=2)
    visitor = browser()
    answer = sign_in(device, visitor)
    assert answer.status_code == 201
    assert answer.json()["staff_id"] == person.staff_id
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-staff=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert desk.last_entry().action == "SIGNED_IN_BY_PASSKEY"
    me = visitor.get(ME).json()
    assert (me["roles"], me["code_fresh_until"]) == (["operator"], None)
    (listed,) = visitor.get(PASSKEYS).json()["items"]
    assert (listed["name"], listed["used_at"][:10]) == ("Ноутбук", "2026-03-04")
    desk.wait(minutes=31)
    assert problem(visitor.get(ME)) == (401, "unauthenticated")


def test_adding_needs_a_code_that_was_just_entered(desk: Desk) -> None:
    person = desk.signed_in(Role.OPERATOR)
    assert problem(person.browser.post(f"{PASSKEYS}/challenge")) == (403, "code_required")
    desk.confirm_code(person)
    asked = challenge(person, PASSKEYS)
    assert asked["rp_id"] == "localhost"
    assert asked["algorithms"][0] == -7
    assert person.email not in asked["user_handle"]
    # What was asked for in time may be answered within the challenge's own five minutes.
    desk.wait(minutes=4, seconds=45)
    form = SoftAuthenticator().create(asked)
    assert person.browser.post(PASSKEYS, json=form).status_code == 201
    assert problem(person.browser.post(f"{PASSKEYS}/challenge")) == (403, "code_required")


def test_a_challenge_is_good_for_five_minutes_and_once(desk: Desk, person: Person) -> None:
    asked = challenge(person, PASSKEYS)
    desk.wait(minutes=5, seconds=1)
    form = SoftAuthenticator().create(asked)
    assert problem(person.browser.post(PASSKEYS, json=form)) == (422, "passkey_rejected")
    desk.confirm_code(person)
    asked = challenge(person, PASSKEYS)
    device = SoftAuthenticator()
    assert person.browser.post(PASSKEYS, json=device.create(asked)).status_code == 201
    again = SoftAuthenticator().create(asked)
    assert problem(person.browser.post(PASSKEYS, json=again)) == (422, "passkey_rejected")
    visitor = browser()
    asked = visitor.post(f"{SIGN_IN}/challenge").json()
    assert visitor.post(SIGN_IN, json=device.get(asked)).status_code == 201
    assert problem(visitor.post(SIGN_IN, json=device.get(asked))) == BAD
    asked = visitor.post(f"{SIGN_IN}/challenge").json()
    desk.wait(minutes=5, seconds=1)
    assert problem(visitor.post(SIGN_IN, json=device.get(asked))) == BAD


def test_a_challenge_is_for_one_purpose_and_one_session(desk: Desk, person: Person) -> None:
    other = desk.signed_in(Role.OPERATOR)
    asked = challenge(person, PASSKEYS)
    desk.confirm_code(other)
    theirs = SoftAuthenticator().create(asked | {"user_handle": challenge(other, PASSKEYS)["user_handle"]})
    assert problem(other.browser.post(PASSKEYS, json=theirs)) == (422, "passkey_rejected")
    for_sign_in = browser().post(f"{SIGN_IN}/challenge").json()
    form = SoftAuthenticator().create(asked | {"challenge": for_sign_in["challenge"]})
    assert problem(person.browser.post(PASSKEYS, json=form)) == (422, "passkey_rejected")
    device = desk_passkeys.has_passkey(person)
    assert problem(browser().post(SIGN_IN, json=device.get(asked))) == BAD
    for_again = challenge(person, desk_passkeys.CONFIRMATION)
    assert problem(browser().post(SIGN_IN, json=device.get(for_again))) == BAD


WRONG: dict[str, dict[str, Any]] = {
    "the person was not verified": {"flags": PRESENT},
    "nobody was there": {"flags": 4},
    "another site": {"origin": "https://desk.example.ru"},
    "another domain": {"rp_id": "example.ru"},
    "in a frame": {"more_client_data": {"crossOrigin": True}},
    "another act": {"more_client_data": {"type": "payment.get"}},
    "a challenge that is no text": {"more_client_data": {"challenge": "\ud800"}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_neither_adds_nor_signs_in(desk: Desk, person: Person, wrong: dict[str, Any]) -> None:
    form = SoftAuthenticator(**wrong).create(challenge(person, PASSKEYS))
    assert problem(person.browser.post(PASSKEYS, json=form)) == (422, "passkey_rejected")
    assert ids(person) == []
    device = add(person)
    for name, value in wrong.items():
        setattr(device, name, value)
    assert problem(sign_in(device)) == BAD


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": "AAAA"},
        {"client_data": "e30"},
        {"client_data": "A"},
        {"authenticator_data": "AAAA"},
        {"credential_id": "AAAA"},
        {"user_handle": None},
        {"user_handle": "AAAA"},
        {"user_handle": "4pi6"},
    ],
    ids=str,
)
def test_a_spoilt_answer_signs_nobody_in(desk: Desk, person: Person, changed: dict[str, Any]) -> None:
    device = add(person)
    visitor = browser()
    asked = visitor.post(f"{SIGN_IN}/challenge").json()
    assert problem(visitor.post(SIGN_IN, json=device.get(asked) | changed)) == BAD


@pytest.mark.parametrize("attestation", ["AAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA", "gA", "A"])
def test_a_spoilt_new_passkey_is_not_kept(desk: Desk, person: Person, attestation: str) -> None:
    form = SoftAuthenticator().create(challenge(person, PASSKEYS)) | {"attestation": attestation}
    assert problem(person.browser.post(PASSKEYS, json=form)) == (422, "passkey_rejected")
    form = SoftAuthenticator().create(challenge(person, PASSKEYS)) | {"credential_id": "AAAA"}
    assert problem(person.browser.post(PASSKEYS, json=form)) == (422, "passkey_rejected")
    assert ids(person) == []


def test_anothers_passkey_signs_in_as_its_own_person_alone(desk: Desk, person: Person) -> None:
    device = add(person)
    other = desk.signed_in(Role.OWNER)
    theirs = desk_passkeys.has_passkey(other)
    device.user_handle = theirs.user_handle
    assert problem(sign_in(device)) == BAD
    assert sign_in(theirs).json()["staff_id"] == other.staff_id


def test_a_count_that_has_gone_back_is_refused(desk: Desk, person: Person) -> None:
    device = add(person)
    assert sign_in(device).status_code == 201
    assert sign_in(device).status_code == 201
    device.count = 1
    assert problem(sign_in(device)) == BAD
    device.count = 7
    assert sign_in(device).status_code == 201


def test_a_device_that_counts_nothing_signs_in_again_and_again(desk: Desk, person: Person) -> None:
    device = add(person, SoftAuthenticator(counts=False))
    assert [sign_in(device).status_code for _ in range(3)] == [201] * 3


def test_wrong_passkeys_lock_an_address_for_a_while_and_no_person(desk: Desk, person: Person) -> None:
    device = add(person)
    right, device.flags = device.flags, PRESENT
    assert [sign_in(device).status_code for _ in range(61)] == [401] * 60 + [429]
    device.flags = right
    assert sign_in(device).status_code == 429
    assert sign_in(device, browser(**{"X-Forwarded-For": "203.0.113.7"})).status_code == 201
    desk.wait(minutes=16)
    assert sign_in(device).status_code == 201


def test_right_passkeys_count_towards_no_limit(desk: Desk, person: Person) -> None:
    device = add(person)
    assert [sign_in(device).status_code for _ in range(25)] == [201] * 25


def test_challenges_are_not_given_without_end(desk: Desk) -> None:
    visitor = browser()
    statuses = [visitor.post(f"{SIGN_IN}/challenge").status_code for _ in range(301)]
    assert statuses == [201] * 300 + [429]


def test_a_name_is_given_or_made_and_changed(desk: Desk, person: Person) -> None:
    for name in ("", "", " Рабочий\u202e  ноутбук "):
        add(person, name=name)
    names = [each["name"] for each in person.browser.get(PASSKEYS).json()["items"]]
    assert sorted(names) == ["Ключ доступа", "Ключ доступа 2", "Рабочий ноутбук"]
    path = f"{PASSKEYS}/{ids(person)[0]}"
    desk.wait(seconds=1)
    assert person.browser.patch(path, json={"name": "Телефон"}).json()["name"] == "Телефон"
    entry = desk.last_entry()
    assert (entry.action, entry.after) == ("PASSKEY_RENAMED", {"name": "Телефон"})
    other = desk.signed_in(Role.OPERATOR)
    assert problem(other.browser.patch(path, json={"name": "Мой"})) == (404, "not_found")
    desk.confirm_code(other)
    assert problem(other.browser.delete(path)) == (404, "not_found")


def test_a_removed_passkey_opens_nothing_and_ends_the_other_sessions(desk: Desk, person: Person) -> None:
    device = add(person)
    lost = browser()
    assert sign_in(device, lost).status_code == 201
    path = f"{PASSKEYS}/{ids(person)[0]}"
    assert problem(lost.delete(path)) == (403, "code_required")
    desk.wait(seconds=1)
    assert person.browser.delete(path).status_code == 204
    assert problem(lost.get(ME)) == (401, "unauthenticated")
    assert person.browser.get(ME).json()["has_passkeys"] is False
    assert problem(sign_in(device)) == BAD
    assert problem(person.browser.delete(path)) == (404, "not_found")
    assert desk.last_entry().before == {"name": "Ключ доступа"}


def test_the_person_is_told_by_mail_of_a_passkey_that_comes_or_goes(desk: Desk, person: Person) -> None:
    add(person, name="Ноутбук")
    assert person.browser.delete(f"{PASSKEYS}/{ids(person)[0]}").status_code == 204
    rows = desk.aws.rows("MESSAGES_TABLE")
    emails = [row for row in rows if row.get("template") == "staff_passkey"]
    told_of = [json.loads(row["params"]) for row in emails]
    assert {row["to"] for row in emails} == {person.email}
    assert sorted((each["what"], each["passkey"]) for each in told_of) == [
        ("Ключ доступа добавлен", "Ноутбук"), ("Ключ доступа удалён", "Ноутбук"),
    ]  # fmt: skip
    assert {each["at"][:10] for each in told_of} == {"02.03.2026"}


def test_ten_passkeys_are_the_most_and_none_is_added_twice(desk: Desk, person: Person) -> None:
    device = add(person)
    form = device.create(challenge(person, PASSKEYS))
    assert problem(person.browser.post(PASSKEYS, json=form)) == (409, "passkey_exists")
    for _ in range(8):
        add(person)
    waiting = [challenge(person, PASSKEYS) for _ in range(2)]
    forms = [SoftAuthenticator().create(asked) for asked in waiting]
    assert person.browser.post(PASSKEYS, json=forms[0]).status_code == 201
    assert problem(person.browser.post(PASSKEYS, json=forms[1])) == (409, "too_many_passkeys")
    assert problem(person.browser.post(f"{PASSKEYS}/challenge")) == (409, "too_many_passkeys")


def test_who_was_removed_leaves_no_passkey(desk: Desk, person: Person) -> None:
    device = add(person)
    add(person)
    owner = desk.signed_in(Role.OWNER)
    desk.confirm_code(owner)
    assert owner.browser.delete(f"/api/staff/staff/{person.staff_id}").status_code == 204
    assert problem(sign_in(device)) == BAD
    rows = desk.aws.rows("USERS_TABLE")
    assert [row for row in rows if row["sk"].startswith("PASSKEY#")] == []


def test_other_roles_leave_the_passkeys(desk: Desk, person: Person) -> None:
    device = add(person)
    owner = desk.signed_in(Role.OWNER)
    desk.confirm_code(owner)
    body = {"roles": ["accountant"], "suppliers": ["*"]}
    path = f"/api/staff/staff/{person.staff_id}/roles"
    assert owner.browser.put(path, json=body).status_code == 200
    assert problem(person.browser.get(ME)) == (401, "unauthenticated")
    assert sign_in(device).json()["roles"] == ["accountant"]


def test_a_passkey_keeps_the_telephones_seed_readable(desk: Desk, person: Person) -> None:
    device = add(person)
    table, key = desk.aws.table("USERS_TABLE"), {"pk": f"STAFF#{person.staff_id}", "sk": "PROFILE"}
    before = table.get_item(Key=key)["Item"]["sealed_seed"]
    desk.wait(days=30)
    assert sign_in(device).status_code == 201
    assert table.get_item(Key=key)["Item"]["sealed_seed"] != before
    assert person.sign_in().status_code == 201
    row = table.get_item(Key=key)["Item"]
    table.put_item(Item=row | {"sealed_seed": "gone." + row["sealed_seed"].partition(".")[2]})
    assert sign_in(device).status_code == 201
