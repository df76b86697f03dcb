"""Proof by a code: how the seed is kept, which code is right now, and its use in a transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from cabinet import limits
from cabinet.aws.dynamo import OnConflict, Table, Transaction
from cabinet.core import clock
from cabinet.signed_tokens import Purpose, TokenInvalid, seal, unseal
from cabinet.staff.code_rules import matching_step, new_recovery_codes, normalise_code, without_recovery_code
from cabinet.staff.keys import member_key
from cabinet.staff.members import CREDENTIALS_UNCHANGED
from cabinet.staff.model import Member

ISSUER = "Кабинет абонента"
_DIGITS = 6
_UNUSED_STEP = f"{CREDENTIALS_UNCHANGED} AND #last_step < :step"
_UNUSED_CODE = f"{CREDENTIALS_UNCHANGED} AND #recovery_hashes = :was"


@dataclass(frozen=True, slots=True)
class VerifiedCode:
    """A right code: of the telephone's `step`, or one to write down, after which `recovery_left` remain."""

    step: int = 0
    recovery_left: list[str] | None = None


def new_seed() -> str:
    """Return a seed of 160 bits in base32, as authenticator apps take it."""
    import pyotp

    return pyotp.random_base32()


def encrypt_seed(staff_id: str, seed: str) -> str:
    """Return a seed encrypted for one person: in another's row it opens nothing."""
    return seal(Purpose.STAFF_SEED, f"{staff_id}\n{seed}")


def decrypt_seed(staff_id: str, sealed: str) -> str | None:
    """Return the seed; None when it was encrypted by a key that counts no more, or for somebody else."""
    try:
        owner, _, seed = unseal(Purpose.STAFF_SEED, sealed).partition("\n")
    except TokenInvalid:
        return None
    return seed if owner == staff_id else None


def totp_uri(email: str, seed: str) -> str:
    """Return what the QR code for an authenticator app says."""
    import pyotp

    return pyotp.TOTP(seed, digits=_DIGITS).provisioning_uri(name=email, issuer_name=ISSUER)


def totp_step(seed: str, typed: str, now: datetime, last_step: int) -> int | None:
    """Return the step of a right code that was not used; None for any other."""
    import pyotp

    return matching_step(pyotp.TOTP(seed, digits=_DIGITS).at, typed, clock.epoch(now), last_step)


def make_recovery_codes() -> list[str]:
    """Return new codes to write down."""
    return new_recovery_codes(secrets.choice)


def check_code(member: Member, typed: str, now: datetime) -> VerifiedCode | None:
    """Return what the typed code proves, or None; every wrong one counts towards the day's limit.

    Raises TooManyRequests.
    """
    limits.hit(limits.STAFF_CODE_BY_PERSON, member.staff_id)
    verified = _verify_code(member, typed, now)
    if verified is not None:
        limits.undo_hit(limits.STAFF_CODE_BY_PERSON, member.staff_id)
    return verified


def _verify_code(member: Member, typed: str, now: datetime) -> VerifiedCode | None:
    if len(normalise_code(typed)) != _DIGITS:
        left = without_recovery_code(member.staff_id, typed, member.recovery_hashes)
        return None if left is None else VerifiedCode(recovery_left=left)
    seed = decrypt_seed(member.staff_id, member.encrypted_seed) if member.encrypted_seed else None
    step = totp_step(seed, typed, now, member.last_step) if seed else None
    return None if step is None else VerifiedCode(step)


def use_code(
    transaction: Transaction, member: Member, verified: VerifiedCode, on_conflict: OnConflict
) -> None:
    """Add the use of a code: of two requests with the same one, one goes through.

    A seed is encrypted anew on the way, so that it never depends on a signing key about to be removed.
    """
    key = member_key(member.staff_id)
    if verified.recovery_left is not None:
        transaction.update(
            Table.USERS, key, "SET #recovery_hashes = :left", condition=_UNUSED_CODE, on_conflict=on_conflict,
            credentials=member.credentials_version, was=member.recovery_hashes, left=verified.recovery_left,
        )  # fmt: skip
        return
    seed = decrypt_seed(member.staff_id, member.encrypted_seed or "") or ""
    transaction.update(
        Table.USERS, key, "SET #last_step = :step, #sealed_seed = :sealed", condition=_UNUSED_STEP,
        on_conflict=on_conflict, credentials=member.credentials_version, step=verified.step,
        sealed=encrypt_seed(member.staff_id, seed),
    )  # fmt: skip


def reencrypt_seed(transaction: Transaction, member: Member, on_conflict: OnConflict) -> None:
    """Add that the person has not changed, and encrypt the seed anew, where a proof needs no code.

    A member who always signs in by a passkey would find the seed encrypted by a removed key.
    """
    seed = decrypt_seed(member.staff_id, member.encrypted_seed) if member.encrypted_seed else None
    key = member_key(member.staff_id)
    if seed is None:
        transaction.check(
            Table.USERS, key, condition=CREDENTIALS_UNCHANGED, on_conflict=on_conflict,
            credentials=member.credentials_version,
        )  # fmt: skip
        return
    transaction.update(
        Table.USERS, key, "SET #sealed_seed = :sealed", condition=CREDENTIALS_UNCHANGED,
        on_conflict=on_conflict, credentials=member.credentials_version,
        sealed=encrypt_seed(member.staff_id, seed),
    )  # fmt: skip
