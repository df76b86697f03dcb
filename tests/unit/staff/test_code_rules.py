"""Codes of the staff: RFC 6238's own vectors, clocks that differ, and no code twice."""

import pyotp
import pytest

from cabinet.staff.code_rules import (
    RECOVERY_CODES,
    matching_step,
    new_recovery_codes,
    normalise_code,
    recovery_hash,
    without_recovery_code,
)

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: «12345678901234567890»
NOW = 1_111_111_109
code_at = pyotp.TOTP(SEED).at


@pytest.mark.parametrize(
    ("epoch", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_a_code_of_the_rfcs_vectors_is_of_its_step(epoch: int, code: str) -> None:
    assert matching_step(code_at, code, epoch, 0) == epoch // 30


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_differ_by_one_step(seconds: int, is_taken: bool) -> None:
    found = matching_step(code_at, code_at(NOW + seconds), NOW, 0)
    assert found == ((NOW + seconds) // 30 if is_taken else None)


def test_no_code_is_taken_twice_nor_one_before_it() -> None:
    step = NOW // 30
    assert matching_step(code_at, code_at(NOW), NOW, step) is None
    assert matching_step(code_at, code_at(NOW - 30), NOW, step) is None
    assert matching_step(code_at, code_at(NOW + 30), NOW, step) == step + 1


@pytest.mark.parametrize("typed", ["", "08180", "0818044", "٠٨١٨٠٤", "abcdef", "081805"])
def test_what_is_no_code_of_now_proves_nothing(typed: str) -> None:
    assert matching_step(code_at, typed, NOW, 0) is None


def test_spaces_and_hyphens_do_not_matter() -> None:
    assert normalise_code(" 081 804 ") == "081804"
    assert matching_step(code_at, "081 804", NOW, 0) == NOW // 30


def test_recovery_codes_are_many_and_readable() -> None:
    emails = iter("abcdefghjkmn" * RECOVERY_CODES)
    made = new_recovery_codes(lambda alphabet: next(emails))
    assert made == ["abcd-efgh-jkmn"] * RECOVERY_CODES


def test_a_recovery_code_is_used_up_and_is_nobody_elses() -> None:
    hashes = [recovery_hash("a", code) for code in ("abcd-efgh-jkmn", "pqrs-tuvw-xyz2")]
    left = without_recovery_code("a", "ABCD EFGH JKMN", hashes)
    assert left == hashes[1:]
    assert without_recovery_code("a", "abcd-efgh-jkmn", left) is None
    assert without_recovery_code("b", "abcd-efgh-jkmn", hashes) is None
