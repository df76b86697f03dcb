"""Passkeys of the desk's people in a test, and a call of each of their routes that succeeds."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from cabinet.core import clock
from cabinet.signed_tokens import Purpose, verify
from cabinet.staff import passkeys
from cabinet.staff.members import require_member
from cabinet.staff.model import SignedInStaff
from cabinet.staff.passkey_rules import passkey_id_of, user_handle_of
from cabinet.staff.passkey_verification import NewCredential
from cabinet.staff.sessions import public_session_id
from tests.support.app_client import AppClient
from tests.support.desk import Desk, Person, browser
from tests.support.desk_call import DeskCall
from tests.support.soft_authenticator import SoftAuthenticator

PASSKEYS = "/api/staff/passkeys"
SIGN_IN = "/api/staff/sessions/passkey"
CONFIRMATION = "/api/staff/sessions/current/passkey"
JSON = dict[str, Any]


def add(person: Person, device: SoftAuthenticator | None = None, name: str = "") -> SoftAuthenticator:
    """Let a person who has entered a code again add a passkey."""
    device = device or SoftAuthenticator()
    answer = person.browser.post(PASSKEYS, json=device.create(challenge(person, PASSKEYS), name))
    assert answer.status_code == 201, answer.text
    return device


def challenge(person: Person, path: str) -> JSON:
    """What the desk gives to sign."""
    asked = person.browser.post(f"{path}/challenge")
    assert asked.status_code == 201, asked.text
    return dict(asked.json())


def sign_in(device: SoftAuthenticator, visitor: Any = None) -> Any:
    """Try to sign in by a passkey, in a browser of its own or in the given one."""
    visitor = visitor or browser()
    asked = visitor.post(f"{SIGN_IN}/challenge").json()
    return visitor.post(SIGN_IN, json=device.get(asked))


def ids(person: Person) -> list[str]:
    """The ids of a person's passkeys."""
    return [each["passkey_id"] for each in person.browser.get(PASSKEYS).json()["items"]]


def has_passkey(person: Person) -> SoftAuthenticator:
    """Give a person a passkey, whether they have entered a code again or not."""
    staff, device = _signed_in(person, "another-session"), SoftAuthenticator()
    form = device.create(_shown(passkeys.begin(staff, clock.now()), person))
    answer = NewCredential(form["credential_id"], form["client_data"], form["attestation"])
    passkeys.add(staff, answer, "", form["transports"], clock.now())
    return device


def _signed_in(person: Person, session_id: str) -> SignedInStaff:
    return SignedInStaff(require_member(person.staff_id), session_id, None)


def _shown(asked: passkeys.PasskeyChallenge, person: Person) -> JSON:
    return {"challenge": asked.challenge, "user_handle": user_handle_of(person.staff_id)}


_devices: WeakKeyDictionary[AppClient, SoftAuthenticator] = WeakKeyDictionary()
"""By a person's browser: a person has ten passkeys at most, and some tests make more calls."""


def _device_of(person: Person) -> SoftAuthenticator:
    if person.browser not in _devices:
        _devices[person.browser] = has_passkey(person)
    return _devices[person.browser]


def _sign_in_call(desk: Desk, person: Person) -> DeskCall:
    device = _device_of(person)
    return DeskCall(SIGN_IN, device.get(browser().post(f"{SIGN_IN}/challenge").json()))


def _again_call(desk: Desk, person: Person) -> DeskCall:
    device = _device_of(person)
    return DeskCall(CONFIRMATION, device.get(challenge(person, CONFIRMATION)))


def _challenge_call(desk: Desk, person: Person) -> DeskCall:
    _device_of(person)
    return DeskCall(f"{CONFIRMATION}/challenge")


def _new_call(desk: Desk, person: Person) -> DeskCall:
    # What is done before this call would need a code; the session is the person's, whose answer it is.
    session = verify(Purpose.STAFF_SESSION, person.browser.cookies["__Host-staff"])
    asked = passkeys.begin(_signed_in(person, public_session_id(session["sid"])), clock.now())
    return DeskCall(PASSKEYS, SoftAuthenticator().create(_shown(asked, person), "Ноутбук"))


def _rename_call(desk: Desk, person: Person) -> DeskCall:
    path = f"{PASSKEYS}/{passkey_id_of(_device_of(person).credential_id)}"
    return DeskCall(path, {"name": f"Телефон {len(desk.audit())}"})


def _removal_call(desk: Desk, person: Person) -> DeskCall:
    return DeskCall(f"{PASSKEYS}/{passkey_id_of(has_passkey(person).credential_id)}")


PASSKEY_SCENARIOS: dict[str, Callable[[Desk, Person], DeskCall]] = {
    "POST /api/staff/sessions/passkey/challenge": lambda desk, person: DeskCall(f"{SIGN_IN}/challenge"),
    "POST /api/staff/sessions/passkey": _sign_in_call,
    "POST /api/staff/sessions/current/passkey/challenge": _challenge_call,
    "POST /api/staff/sessions/current/passkey": _again_call,
    "GET /api/staff/passkeys": lambda desk, person: DeskCall(PASSKEYS),
    "POST /api/staff/passkeys/challenge": lambda desk, person: DeskCall(f"{PASSKEYS}/challenge"),
    "POST /api/staff/passkeys": _new_call,
    "PATCH /api/staff/passkeys/{passkey_id}": _rename_call,
    "DELETE /api/staff/passkeys/{passkey_id}": _removal_call,
}
