"""Looking an account up without a cabinet: every miss costs and looks the same, whichever part was wrong.

After a few of them a code from a picture is asked for, and then the address is turned away. Readings and
payments of guests count together: guessing has one budget.
"""

from typing import Annotated

from pydantic import StringConstraints

from cabinet import limits
from cabinet.core import clock
from cabinet.core.errors import raises
from cabinet.core.model import DeferredModel
from cabinet.identity.captcha import check_captcha
from cabinet.identity.errors import captcha_required


class GuestCaptcha(DeferredModel):
    """An answered challenge of `POST /api/auth/captchas`."""

    challenge: Annotated[str, StringConstraints(max_length=2048)]
    answer: Annotated[str, StringConstraints(max_length=32)]


@raises(limits.hit)
def count_search(client_ip: str, account_number: str, captcha: GuestCaptcha | None) -> None:
    """Count a search by the caller's address and by the account's normalised number, before it is made.

    Counted as a failure beforehand and undone after (`undo_search_count`): parallel guesses do not slip
    through. Raises TooManyRequests; InvalidFields (`captcha_required`, `captcha_wrong`) after failures.
    """
    limits.hit(limits.GUEST_SEARCH_BY_IP, client_ip)
    limits.hit(limits.GUEST_SEARCH_BY_ACCOUNT, account_number)
    misses = limits.add_attempts(limits.CAPTCHA_AFTER_GUEST_FAILURES, client_ip)
    if misses > limits.CAPTCHA_AFTER_GUEST_FAILURES.count:
        if captcha is None:
            raise captcha_required()
        check_captcha(captcha.challenge, captcha.answer, clock.now())


def undo_search_count(client_ip: str, account_number: str) -> None:
    """Take back what `count_search` has counted as a miss: the account was found."""
    limits.undo_hit(limits.CAPTCHA_AFTER_GUEST_FAILURES, client_ip)
    limits.undo_hit(limits.GUEST_SEARCH_BY_ACCOUNT, account_number)
