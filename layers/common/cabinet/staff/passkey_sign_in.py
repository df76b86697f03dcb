"""Sign-in by a passkey without password and code, and re-authentication by it.

The device holds the key, and has verified the person by finger, face or PIN: it counts as both factors.
"""

from dataclasses import dataclass
from datetime import datetime

from cabinet import limits
from cabinet.audit.model import Action
from cabinet.aws.dynamo import OnConflict, Table, Transaction
from cabinet.core import clock
from cabinet.core.logging import Event, log_event
from cabinet.identity import one_time_tokens
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import members, passkeys
from cabinet.staff.codes import reencrypt_seed
from cabinet.staff.errors import BadPasskey, NoPasskeys, PasskeyRejected
from cabinet.staff.keys import passkey_key
from cabinet.staff.model import Member, SignedInStaff
from cabinet.staff.passkey_rules import (
    AnswerMalformed,
    Passkey,
    challenge_in,
    has_count_gone_back,
    staff_id_in,
)
from cabinet.staff.passkey_verification import Assertion, verify_assertion
from cabinet.staff.sessions import StaffSignedIn, confirm_session, open_session

SIGN_IN, CONFIRMATION = TokenPurpose.PASSKEY_SIGN_IN, TokenPurpose.PASSKEY_CONFIRMATION
_COUNT_UNCHANGED = "attribute_exists(pk) AND #sign_count = :was"


@dataclass(frozen=True, slots=True)
class PasskeyAttempt:
    """One try to sign in by a passkey."""

    answer: Assertion
    client_ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class _VerifiedAssertion:
    """A right answer of one of the person's passkeys, and how many uses it shows."""

    passkey: Passkey
    challenge: str
    sign_count: int


class _UnverifiedAssertion(AnswerMalformed):
    """The answer is of a passkey that is not the person's, or of a copy of one that is."""


def new_sign_in_challenge(client_ip: str, now: datetime) -> str:
    """Return a challenge for a sign-in; raises TooManyRequests."""
    limits.hit(limits.STAFF_PASSKEY_CHALLENGE_BY_IP, client_ip)
    transaction = Transaction()
    token = one_time_tokens.issue(transaction, SIGN_IN, {}, now)
    transaction.commit()
    return token.secret


def sign_in(attempt: PasskeyAttempt, now: datetime) -> StaffSignedIn:
    """Open a session; raises BadPasskey for whatever is wrong, TooManyRequests.

    Misses count by address alone: a signature cannot be guessed, and what anybody may send with a person's
    id must not lock that person out.
    """
    limits.hit(limits.STAFF_SIGN_IN_BY_IP, attempt.client_ip)
    member = _named(attempt.answer)
    try:
        challenge = challenge_in(attempt.answer.client_data)
        one_time_tokens.peek(SIGN_IN, challenge)
        proof = _verify(member, attempt.answer, challenge)
    except (AnswerMalformed, TokenInvalid):
        log_event(Event.STAFF_PASSKEY_FAILED, staff_id=member.staff_id)
        raise BadPasskey from None
    transaction = Transaction()
    _use(transaction, SIGN_IN, member, proof, BadPasskey, now)
    session = open_session(transaction, member, Action.SIGNED_IN_BY_PASSKEY, attempt.user_agent, now)
    limits.undo_hit(limits.STAFF_SIGN_IN_BY_IP, attempt.client_ip)
    log_event(Event.STAFF_SIGNED_IN, staff_id=member.staff_id)
    return session


def _named(answer: Assertion) -> Member:
    """Return the person whom the device names, if they can sign in; raises BadPasskey."""
    try:
        member = members.get_member(staff_id_in(answer.user_handle or ""))
    except AnswerMalformed:
        member = None
    if member is None or not member.is_active:
        log_event(Event.STAFF_PASSKEY_FAILED, staff_id=None)
        raise BadPasskey
    return member


def new_confirmation_challenge(staff: SignedInStaff, now: datetime) -> passkeys.PasskeyChallenge:
    """Return a challenge for the signed-in person, and which passkeys may answer it; raises NoPasskeys."""
    known = passkeys.list_passkeys(staff.member.staff_id)
    if not known:
        raise NoPasskeys
    transaction = Transaction()
    token = one_time_tokens.issue(transaction, CONFIRMATION, passkeys.session_of(staff), now)
    transaction.commit()
    return passkeys.PasskeyChallenge(token.secret, known)


def confirm(staff: SignedInStaff, answer: Assertion, now: datetime) -> None:
    """Note in the session that the person has used a passkey again: it does what a code does.

    A passkey that is not the person's, or is a copy, counts as a wrong code does; what a browser has spoilt
    does not.

    Raises PasskeyRejected, TooManyRequests, StaffUnauthenticated.
    """
    member = staff.member
    try:
        challenge = challenge_in(answer.client_data)
        passkeys.require_challenge(CONFIRMATION, challenge, staff)
        proof = _verify(member, answer, challenge)
    except (AnswerMalformed, TokenInvalid) as error:
        log_event(Event.STAFF_PASSKEY_FAILED, staff_id=member.staff_id)
        if isinstance(error, _UnverifiedAssertion):
            limits.hit(limits.STAFF_CODE_BY_PERSON, member.staff_id)
        raise PasskeyRejected from None
    transaction = Transaction()
    _use(transaction, CONFIRMATION, member, proof, PasskeyRejected, now)
    confirm_session(transaction, staff, Action.PASSKEY_CONFIRMED, now)


def _verify(member: Member, answer: Assertion, challenge: str) -> _VerifiedAssertion:
    """Return the verified answer of the person; raises AnswerMalformed or its _UnverifiedAssertion."""
    passkey = passkeys.find_passkey(member.staff_id, answer.credential_id)
    if passkey is None:
        raise _UnverifiedAssertion
    if answer.user_handle is not None and staff_id_in(answer.user_handle) != member.staff_id:
        raise AnswerMalformed
    shown = verify_assertion(answer, passkey, challenge)
    if has_count_gone_back(passkey.sign_count, shown):
        log_event(
            Event.STAFF_PASSKEY_COPIED, staff_id=member.staff_id, passkey_id=passkey.passkey_id,
            stored=passkey.sign_count, shown=shown,
        )  # fmt: skip
        raise _UnverifiedAssertion
    return _VerifiedAssertion(passkey, challenge, shown)


def _use(
    transaction: Transaction, purpose: TokenPurpose, member: Member, proof: _VerifiedAssertion,
    on_conflict: OnConflict, now: datetime,
) -> None:  # fmt: skip
    """Add the use of a passkey: one answer is good once, and none of a passkey that was removed meanwhile."""
    one_time_tokens.consume(transaction, purpose, proof.challenge, on_conflict)
    transaction.update(
        Table.USERS, passkey_key(member.staff_id, proof.passkey.passkey_id),
        "SET #sign_count = :count, #used_at = :now",
        condition=_COUNT_UNCHANGED, on_conflict=on_conflict,
        was=proof.passkey.sign_count, count=proof.sign_count, now=clock.timestamp(now),
    )  # fmt: skip
    reencrypt_seed(transaction, member, on_conflict)
