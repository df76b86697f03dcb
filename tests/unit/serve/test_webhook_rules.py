"""Whose report it is: the holder's of the secret, of now, of this very body."""

import pytest

from serve.webhook_rules import TOLERANCE_SECONDS, is_genuine, sign

SECRET, BODY, NOW = "s" * 32, b'{"eventType": "Bounce"}', 1_800_000_000


def test_a_report_counts_about_the_moment_it_is_sent() -> None:
    header = sign(SECRET, BODY, NOW)
    for skew in (-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS):
        assert is_genuine(SECRET, header, BODY, NOW + skew)
    for skew in (-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1):
        assert not is_genuine(SECRET, header, BODY, NOW + skew)


def test_another_secret_body_or_moment_proves_nothing() -> None:
    assert not is_genuine(SECRET, sign("x" * 32, BODY, NOW), BODY, NOW)
    assert not is_genuine(SECRET, sign(SECRET, b"{}", NOW), BODY, NOW)
    later = sign(SECRET, BODY, NOW).replace(str(NOW), str(NOW + 1))
    assert not is_genuine(SECRET, later, BODY, NOW)


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=00", f"t=x,v1={'0' * 64}", f"t={'9' * 40},v1={'0' * 64}", f"t=1,v1={'0' * 63}я"]
)
def test_what_is_no_signature_is_refused(header: str) -> None:
    assert not is_genuine(SECRET, header, BODY, NOW)
