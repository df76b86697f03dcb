"""A code by ear: ten recorded digits in Russian, at uneven pace, in noise.

The recordings are our own (infra/build/captcha_audio.py): the `captcha` package speaks English, and mixes
sample by sample, half a second of a function's time for each code.
"""

import io
import secrets
import wave
from functools import cache
from pathlib import Path

_RECORDINGS = Path(__file__).parent / "digits"
RATE = 8000
"""Samples a second, 8 bits unsigned, mono: the form of the recordings."""
_SILENCE = 128
_NOISE = bytes(_SILENCE + level % 25 - 12 for level in range(256))
"""Random bytes become noise of a tenth of the voice's range by this table."""


def synthesize(digits: str) -> bytes:
    """Return a WAV file in which the digits are read out."""
    voice = bytearray()
    for digit in digits:
        voice += _silence(0.5 + secrets.randbelow(400) / 1000)
        voice += _vary_speed(_recording(digit), 90 + secrets.randbelow(25))
    voice += _silence(0.6)
    noise = secrets.token_bytes(len(voice)).translate(_NOISE)
    mixed = bytes(
        min(255, max(0, sample + hiss - _SILENCE)) for sample, hiss in zip(voice, noise, strict=True)
    )
    return _file(mixed)


@cache
def _recording(digit: str) -> bytes:
    with wave.open(str(_RECORDINGS / f"{digit}.wav")) as recorded:
        frames: bytes = recorded.readframes(recorded.getnframes())
        return frames


def _vary_speed(recording: bytes, percent: int) -> bytes:
    """Return the recording at `percent` of its length."""
    length = len(recording) * percent // 100
    return bytes(recording[place * len(recording) // length] for place in range(length))


def _silence(seconds: float) -> bytes:
    return bytes([_SILENCE]) * int(seconds * RATE)


def _file(samples: bytes) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(RATE)
        out.writeframes(samples)
    return written.getvalue()
