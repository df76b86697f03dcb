"""Codes of the staff: time-based ones (RFC 6238) and recovery codes. Pure, the clock and chance passed in."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence

STEP_SECONDS = 30
_CLOCK_DRIFT_STEPS = 1
"""Clocks may differ by a step (RFC 6238, 5.2)."""
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 12
"""31^12: 59 bits, so that a plain hash keeps them."""
_SEPARATORS = re.compile(r"[\s-]+")


def normalise_code(typed: str) -> str:
    """Return a code without the spaces and hyphens that people put in."""
    return _SEPARATORS.sub("", typed).lower()


def matching_step(
    code_at: Callable[[int], str], typed: str, epoch_seconds: int, last_step: int
) -> int | None:
    """Return the step whose code was typed, later than the last one used; None for a wrong or used code.

    `code_at` gives the code of a moment (epoch seconds).
    """
    code, now = normalise_code(typed), epoch_seconds // STEP_SECONDS
    found = None
    for step in range(now - _CLOCK_DRIFT_STEPS, now + _CLOCK_DRIFT_STEPS + 1):
        # Each is compared, whatever was found before: the time says nothing.
        if hmac.compare_digest(code_at(step * STEP_SECONDS).encode(), code.encode()) and step > last_step:
            found = step
    return found


def new_recovery_codes(choose: Callable[[str], str]) -> list[str]:
    """Return codes to write down, «abcd-efgh-jkmn»; `choose` draws one character of an alphabet."""
    return [
        "-".join("".join(choose(_RECOVERY_ALPHABET) for _ in range(4)) for _ in range(_RECOVERY_LENGTH // 4))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(staff_id: str, code: str) -> str:
    """Return the form in which a recovery code is kept."""
    return hashlib.sha256(f"{staff_id}\n{normalise_code(code)}".encode()).hexdigest()


def without_recovery_code(staff_id: str, typed: str, hashes: Sequence[str]) -> list[str] | None:
    """Return the hashes that are left once the typed code is used; None when it is none of them."""
    used = recovery_hash(staff_id, typed)
    found = [each for each in hashes if hmac.compare_digest(each, used)]
    return [each for each in hashes if each not in found] if found else None
