"""A code by ear: every digit is there, long enough to be heard, and no two readings are alike."""

import io
import wave

import pytest

from cabinet.identity.captcha_audio import RATE, synthesize


@pytest.mark.parametrize("digits", ["01234", "56789", "00000"])
def test_the_digits_are_heard(digits: str) -> None:
    with wave.open(io.BytesIO(synthesize(digits))) as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (RATE, 1, 1)
        frames = heard.readframes(heard.getnframes())
    loud = [abs(sample - 128) > 30 for sample in frames]
    # Speech is where something loud is within 50 ms; it comes in as many pieces as there are digits.
    window = RATE // 20
    speech = [any(loud[place : place + window]) for place in range(0, len(loud), window)]
    pieces = sum(now and not before for before, now in zip([False, *speech], speech, strict=False))
    assert pieces >= len(digits)
    assert 3 < len(frames) / RATE < 15


def test_no_two_readings_are_alike() -> None:
    assert synthesize("12345") != synthesize("12345")
