"""The code from a picture, or by ear: made and checked here, without any foreign service.

A challenge is a signed token that holds a keyed hash of the answer; a row makes it good for one try,
right or wrong.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.settings import http_settings
from cabinet.identity.errors import captcha_wrong
from cabinet.identity.keys import nonce_key
from cabinet.signed_tokens import Purpose, TokenInvalid, is_keyed_hash, keyed_hash, sign, verify

LIFETIME = timedelta(minutes=5)
LENGTH = 5
LOCAL_ANSWER = "12345"
_WIDTH, _HEIGHT = 200, 70


@dataclass(frozen=True, slots=True)
class Captcha:
    """A challenge with its picture and its voice as ``data:`` URIs."""

    challenge: str
    image: str
    audio: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SolvedCaptcha:
    """What the person typed, and the challenge it answers."""

    challenge: str
    answer: str


def new_captcha(now: datetime) -> Captcha:
    """Return a new challenge; nothing is stored until it is answered."""
    answer = LOCAL_ANSWER if http_settings().local_stack else _random_answer()
    nonce = secrets.token_urlsafe(16)
    mac = keyed_hash(Purpose.CAPTCHA_ANSWER, f"{nonce}:{answer}")
    challenge = sign(Purpose.CAPTCHA, {"jti": nonce, "answer": mac}, LIFETIME)
    return Captcha(challenge, _render_image(answer), _render_audio(answer), now + LIFETIME)


def check_captcha(challenge: str, answer: str, now: datetime) -> None:
    """Use the challenge up; raises InvalidFields (`captcha_wrong`) unless the answer is right."""
    try:
        claims = verify(Purpose.CAPTCHA, challenge)
    except TokenInvalid:
        raise captcha_wrong() from None
    nonce = str(claims["jti"])
    row = {**key_attributes(nonce_key(Purpose.CAPTCHA, nonce)), "expires_at": clock.epoch(now + 2 * LIFETIME)}
    # Before the comparison: of rival answers to one challenge, only one is checked.
    Transaction().put(Table.USERS, row, condition=IS_ABSENT, on_conflict=lambda _: captcha_wrong()).commit()
    typed = "".join(character for character in answer if not character.isspace())
    if not is_keyed_hash(Purpose.CAPTCHA_ANSWER, f"{nonce}:{typed}", str(claims["answer"])):
        raise captcha_wrong()


def _random_answer() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(LENGTH))


def _render_image(answer: str) -> str:
    # Imported here and below: Pillow and the voices are needed by one route of many.
    from captcha.image import ImageCaptcha

    drawn = ImageCaptcha(_WIDTH, _HEIGHT).generate(answer).getvalue()
    return f"data:image/png;base64,{base64.b64encode(drawn).decode()}"


def _render_audio(answer: str) -> str:
    from cabinet.identity.captcha_audio import synthesize

    return f"data:audio/wav;base64,{base64.b64encode(synthesize(answer)).decode()}"
