"""A passkey used again in place of a code, and passkeys whose use crosses something else."""

from collections.abc import Callable
from typing import Any

import pytest

from cabinet.staff.model import Role
from tests.support.desk import Desk, Person, browser
from tests.support.desk_passkeys import (
    CONFIRMATION,
    PASSKEYS,
    SIGN_IN,
    add,
    challenge,
    has_passkey,
    ids,
    sign_in,
)
from tests.support.fault_injection import FaultInjector
from tests.support.soft_authenticator import SoftAuthenticator

ME = "/api/staff/me"
INVITATION = {"email": "new@example.ru", "roles": ["operator"], "suppliers": ["*"]}


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_passkey_used_again_does_what_a_code_does(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    assert problem(owner.browser.post(f"{CONFIRMATION}/challenge")) == (409, "no_passkeys")
    device = has_passkey(owner)
    assert problem(owner.browser.post("/api/staff/staff", json=INVITATION)) == (403, "code_required")
    asked = challenge(owner, CONFIRMATION)
    assert asked["known"] == [{"credential_id": device.credential_id, "transports": ["internal"]}]
    desk.wait(seconds=1)
    assert owner.browser.post(CONFIRMATION, json=device.get(asked)).status_code == 204
    assert desk.last_entry().action == "PASSKEY_CONFIRMED"
    assert owner.browser.post("/api/staff/staff", json=INVITATION).status_code == 201
    desk.wait(minutes=5)
    assert problem(owner.browser.post("/api/staff/staff", json=INVITATION)) == (403, "code_required")


def test_signing_in_by_a_passkey_confirms_nothing(desk: Desk) -> None:
    device = has_passkey(desk.signed_in(Role.OWNER))
    visitor = browser()
    assert sign_in(device, visitor).status_code == 201
    assert problem(visitor.post("/api/staff/staff", json=INVITATION)) == (403, "code_required")


def test_neither_anothers_passkey_nor_anothers_challenge_confirms(desk: Desk) -> None:
    owner, other = desk.signed_in(Role.OWNER), desk.signed_in(Role.OWNER)
    device, theirs = has_passkey(owner), has_passkey(other)
    rejected = (422, "passkey_rejected")
    assert (
        problem(owner.browser.post(CONFIRMATION, json=theirs.get(challenge(owner, CONFIRMATION)))) == rejected
    )
    assert (
        problem(owner.browser.post(CONFIRMATION, json=device.get(challenge(other, CONFIRMATION)))) == rejected
    )
    for_sign_in = owner.browser.post(f"{SIGN_IN}/challenge").json()
    assert problem(owner.browser.post(CONFIRMATION, json=device.get(for_sign_in))) == rejected
    form = device.get(challenge(owner, CONFIRMATION)) | {"user_handle": theirs.user_handle}
    assert problem(owner.browser.post(CONFIRMATION, json=form)) == rejected
    asked = challenge(owner, CONFIRMATION)
    assert owner.browser.post(CONFIRMATION, json=device.get(asked) | {"user_handle": None}).status_code == 204
    assert problem(owner.browser.post(CONFIRMATION, json=device.get(asked))) == rejected


CODE = "/api/staff/sessions/current/code"


def test_a_challenge_that_is_no_text_is_refused(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    device = has_passkey(owner)
    asked = challenge(owner, CONFIRMATION)
    for challenged in ("\ud800", "вызов", "a" * 129):
        answer = owner.browser.post(CONFIRMATION, json=device.get(asked | {"challenge": challenged}))
        assert problem(answer) == (422, "passkey_rejected")


def test_strange_passkeys_and_wrong_codes_are_counted_together(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    device, stranger = has_passkey(owner), SoftAuthenticator()
    statuses = [
        owner.browser.post(CONFIRMATION, json=stranger.get(challenge(owner, CONFIRMATION))).status_code
        for _ in range(21)
    ]
    assert statuses == [422] * 20 + [429]
    assert owner.browser.post(CODE, json={"code": owner.code()}).status_code == 429
    # A signature cannot be guessed: it counts whatever was tried before.
    assert (
        owner.browser.post(CONFIRMATION, json=device.get(challenge(owner, CONFIRMATION))).status_code == 204
    )


def test_a_copy_counts_as_a_wrong_code_does(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    device = has_passkey(owner)
    device.count = 50
    assert (
        owner.browser.post(CONFIRMATION, json=device.get(challenge(owner, CONFIRMATION))).status_code == 204
    )
    device.count = 0
    statuses = [
        owner.browser.post(CONFIRMATION, json=device.get(challenge(owner, CONFIRMATION))).status_code
        for _ in range(21)
    ]
    assert statuses == [422] * 20 + [429]


def test_malformed_passkey_answers_do_not_lock(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    device = has_passkey(owner)
    spoilt = {"signature": "AAAA"}
    statuses = [
        owner.browser.post(CONFIRMATION, json=device.get(challenge(owner, CONFIRMATION)) | spoilt).status_code
        for _ in range(30)
    ]
    assert statuses == [422] * 30
    desk.confirm_code(owner)
    assert (
        owner.browser.post(CONFIRMATION, json=device.get(challenge(owner, CONFIRMATION))).status_code == 204
    )


def test_unknown_passkey_answers_do_not_lock(desk: Desk) -> None:
    owner = desk.signed_in(Role.OWNER)
    device = has_passkey(owner)
    junk = {"credential_id": "AA", "client_data": "AA", "authenticator_data": "AA", "signature": "AA"}
    for _ in range(30):
        answer = browser().post(SIGN_IN, json=junk | {"user_handle": device.user_handle})
        assert problem(answer) == (401, "bad_passkey")
    assert sign_in(device).status_code == 201
    desk.confirm_code(owner)
    assert owner.sign_in().status_code == 201
    desk.wait(seconds=30)
    # Codes are guessed as little as before, and their lock leaves the passkey.
    wrong = [owner.browser.post(CODE, json={"code": "000000"}).status_code for _ in range(21)]
    assert wrong == [422] * 20 + [429]
    assert sign_in(device).status_code == 201


# ------------------------------------------------------------------ at once


def crossed(
    monkeypatch: pytest.MonkeyPatch, first: Callable[[], Any], rival: Callable[[], Any]
) -> tuple[Any, Any]:
    """Let a rival do its work right before the first one's transaction, which has read all; both answers."""
    answers: list[Any] = []
    with monkeypatch.context() as patched:
        injector = _BeforeTransaction(lambda: answers.append(rival()))
        injector.patch(patched)
        answer = injector.process(first)
    assert len(answers) == 1
    return answer, answers[0]


class _BeforeTransaction(FaultInjector):
    """Lets the rival act before the first transaction, whatever was read before it."""

    def __init__(self, rival: Callable[[], Any]) -> None:
        super().__init__(fault=rival)

    def enter(self, name: str) -> bool:
        if self.is_running and name == "dynamodb.TransactWriteItems" and self.number == 0:
            self.number = len(self.calls) + 1
        return super().enter(name)


def test_of_two_sign_ins_by_one_answer_one_goes_through(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    device = has_passkey(desk.signed_in(Role.OPERATOR))
    form = device.get(browser().post(f"{SIGN_IN}/challenge").json())
    first, rival = crossed(
        monkeypatch,
        lambda: browser().post(SIGN_IN, json=form),
        lambda: browser().post(SIGN_IN, json=form),
    )
    assert (rival.status_code, problem(first)) == (201, (401, "bad_passkey"))


def test_a_passkey_that_is_removed_at_once_with_a_sign_in_opens_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = desk.signed_in(Role.OPERATOR)
    device = has_passkey(person)
    desk.confirm_code(person)
    path = f"{PASSKEYS}/{ids(person)[0]}"
    form = device.get(browser().post(f"{SIGN_IN}/challenge").json())
    first, rival = crossed(
        monkeypatch, lambda: browser().post(SIGN_IN, json=form), lambda: person.browser.delete(path)
    )
    assert (rival.status_code, problem(first)) == (204, (401, "bad_passkey"))


def test_a_sign_in_at_once_with_the_removal_ends_with_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person = desk.signed_in(Role.OPERATOR)
    device = has_passkey(person)
    desk.confirm_code(person)
    path, thief = f"{PASSKEYS}/{ids(person)[0]}", browser()
    first, rival = crossed(monkeypatch, lambda: person.browser.delete(path), lambda: sign_in(device, thief))
    assert (rival.status_code, first.status_code) == (201, 204)
    assert problem(thief.get(ME)) == (401, "unauthenticated")
    assert person.browser.get(ME).status_code == 200


def test_no_passkey_is_added_to_who_is_removed_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person, owner = desk.signed_in(Role.OPERATOR), desk.signed_in(Role.OWNER)
    desk.confirm_code(person)
    desk.confirm_code(owner)
    form = SoftAuthenticator().create(challenge(person, PASSKEYS))
    removal = f"/api/staff/staff/{person.staff_id}"
    first, rival = crossed(
        monkeypatch,
        lambda: owner.browser.delete(removal),
        lambda: person.browser.post(PASSKEYS, json=form),
    )
    # The one who reads before and writes after is refused, and sees the passkey at the next try.
    assert (rival.status_code, problem(first)) == (201, (409, "conflict"))
    assert owner.browser.delete(removal).status_code == 204
    rows = desk.aws.rows("USERS_TABLE")
    assert [row for row in rows if row["sk"].startswith("PASSKEY#")] == []


def test_a_copy_that_signs_in_at_once_is_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person: Person = desk.signed_in(Role.OPERATOR)
    device = has_passkey(person)
    copy = SoftAuthenticator(
        user_handle=device.user_handle, credential=device.credential, key=device.key, count=device.count
    )
    form = device.get(browser().post(f"{SIGN_IN}/challenge").json())
    first, rival = crossed(monkeypatch, lambda: browser().post(SIGN_IN, json=form), lambda: sign_in(copy))
    assert rival.status_code == 201
    assert problem(first) == (401, "bad_passkey")


def test_two_passkeys_added_at_once_are_both_there_in_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = desk.signed_in(Role.OPERATOR)
    desk.confirm_code(person)
    forms = [SoftAuthenticator().create(challenge(person, PASSKEYS)) for _ in range(2)]
    first, rival = crossed(
        monkeypatch,
        lambda: person.browser.post(PASSKEYS, json=forms[0]),
        lambda: person.browser.post(PASSKEYS, json=forms[1]),
    )
    assert (rival.status_code, problem(first)) == (201, (409, "conflict"))
    assert person.browser.post(PASSKEYS, json=forms[0]).status_code == 201
    assert len(ids(person)) == 2
    assert add(person).credential_id
