"""Values of the banks' answers, each checked before it is stored, shown or counted.

What a bank sends is not under our hand: a value of another kind, endless or unprintable is as good as no
answer (NoUsableAnswer), so that the bank is asked again and nothing depends on a guess.
"""

from base64 import b64encode
from urllib.parse import urlsplit

from cabinet.payments.providers.base import NoUsableAnswer

_MAX_QR = 32 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_MAX_IDENTIFIER = 255
_MAX_LINK = 2048
_MAX_NUMBER = 10**15


def integer(value: object) -> int:
    """Return a whole number, spelled as a number or as text; raises NoUsableAnswer for anything else."""
    is_whole = not isinstance(value, bool) and (not isinstance(value, float) or value.is_integer())
    try:
        number = int(value) if is_whole else None  # type: ignore[call-overload]
    except (TypeError, ValueError):
        number = None
    if number is None or abs(number) > _MAX_NUMBER:
        raise NoUsableAnswer("number not understood")
    return int(number)


def identifier(value: object) -> str:
    """Return a bank's name of something, empty where it gives none; NoUsableAnswer for anything else."""
    if value is None or value == "":
        return ""
    text = str(value) if isinstance(value, str | int) else ""
    if not text.isascii() or not text.isprintable() or not 0 < len(text) <= _MAX_IDENTIFIER:
        raise NoUsableAnswer("identifier not understood")
    return text


def short_text(value: object, limit: int) -> str:
    """Return what people may be shown of a bank's text: printable, and no longer than `limit`."""
    text = value if isinstance(value, str) else ""
    return "".join(sign for sign in text[: 4 * limit] if sign.isprintable())[:limit]


def require_link(value: object) -> str:
    """Return a link that a browser may open; raises NoUsableAnswer for whatever else the bank sent."""
    if not isinstance(value, str) or _scheme(value) not in ("https", "http"):
        raise NoUsableAnswer("no link")
    return value


def secure_link(value: object) -> str | None:
    """Return a link that goes into mails and onto the site, None where there is no such."""
    return value if isinstance(value, str) and _scheme(value) == "https" else None


def readable_qr(picture: bytes) -> str | None:
    """Return a bank's picture in base64 if it is a PNG small enough to be stored in an order, else None."""
    if not picture.startswith(_PNG) or len(picture) > _MAX_QR:
        return None
    return b64encode(picture).decode()


def _scheme(link: str) -> str:
    """Return the scheme of a link that has a host, empty for anything else."""
    if len(link) > _MAX_LINK or not link.isprintable():
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return parts.scheme if parts.netloc else ""
