"""The code from a picture, or by ear: made and checked here, without any foreign service.

A challenge is a signed token that holds a keyed hash of the answer; a row makes it good for one try,
right or wrong.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet import clock
from cabinet.dynamo import IS_ABSENT, Table, Transaction
from cabinet.identity.errors import captcha_wrong
from cabinet.identity.keys import nonce_key
from cabinet.settings import http_settings
from cabinet.tokens import Purpose, TokenInvalid, mac, read, sign

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


def new_captcha(moment: datetime) -> Captcha:
    """Return a new challenge; nothing is stored until it is answered."""
    answer = LOCAL_ANSWER if http_settings().local_stack else _random_answer()
    nonce = secrets.token_urlsafe(16)
    challenge = sign(Purpose.CAPTCHA, {"jti": nonce, "answer": _sealed(nonce, answer)}, LIFETIME)
    return Captcha(challenge, _picture(answer), _voice(answer), moment + LIFETIME)


def check_captcha(challenge: str, answer: str, moment: datetime) -> None:
    """Use the challenge up; raises InvalidFields (`captcha_wrong`) unless the answer is right."""
    try:
        claims = read(Purpose.CAPTCHA, challenge)
    except TokenInvalid:
        raise captcha_wrong() from None
    nonce = str(claims["jti"])
    pk, sk = nonce_key(Purpose.CAPTCHA, nonce)
    row = {"pk": pk, "sk": sk, "expires_at": clock.epoch(moment + 2 * LIFETIME)}
    # Before the comparison: of rival answers to one challenge, a single one is looked at.
    Transaction().put(Table.USERS, row, when=IS_ABSENT, otherwise=lambda _: captcha_wrong()).commit()
    typed = "".join(character for character in answer if not character.isspace())
    if not hmac.compare_digest(_sealed(nonce, typed), str(claims["answer"])):
        raise captcha_wrong()


def _random_answer() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(LENGTH))


def _sealed(nonce: str, answer: str) -> str:
    return mac(Purpose.CAPTCHA_ANSWER, f"{nonce}:{answer}")


def _picture(answer: str) -> str:
    # Imported here and below: Pillow and the voices are needed by one route of many.
    from captcha.image import ImageCaptcha

    drawn = ImageCaptcha(_WIDTH, _HEIGHT).generate(answer).getvalue()
    return f"data:image/png;base64,{base64.b64encode(drawn).decode()}"


def _voice(answer: str) -> str:
    from cabinet.identity.voice import spoken

    return f"data:audio/wav;base64,{base64.b64encode(spoken(answer)).decode()}"
