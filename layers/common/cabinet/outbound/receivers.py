"""The way out to addresses that others name; on a laptop also to the local stack's own receivers.

Everything that calls such an address goes through here.
"""

from collections.abc import Mapping
from functools import cache

import urllib3

from cabinet.core.settings import Settings
from cabinet.outbound import connection
from cabinet.outbound.address_rules import is_local_receiver
from cabinet.outbound.connection import MAX_ANSWER, TIMEOUT_SECONDS, Answer, TargetUnreachable


class ReceiverSettings(Settings):
    """Whether this is a laptop."""

    local_stack: bool = False
    """True only there: `http://127.0.0.1…/local/…` may be called."""


@cache
def receiver_settings() -> ReceiverSettings:
    """Return the settings, read once."""
    return ReceiverSettings.load()


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one POST; raises TargetRefused or TargetUnreachable."""
    if receiver_settings().local_stack and is_local_receiver(url):
        return _post_locally(url, body, headers)
    return connection.post(url, body, headers)


def _post_locally(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    try:
        answer = urllib3.request(
            "POST", url, body=body, headers=dict(headers), timeout=TIMEOUT_SECONDS, retries=False,
            redirect=False,
        )  # fmt: skip
    except urllib3.exceptions.HTTPError as error:
        raise TargetUnreachable from error
    return Answer(answer.status, None, answer.data[:MAX_ANSWER].decode("utf-8", "replace"))
