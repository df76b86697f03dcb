"""The identifier that joins the log lines of one action: from the page through queues and mail to a bank.

A resident reads it beneath an error and can say it to the operator; it names nobody.
"""

import re
import uuid
from contextvars import ContextVar

HEADER = "X-Correlation-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9_=+/-]{8,64}")
_current: ContextVar[str] = ContextVar("correlation_id", default="")


def correlation_id() -> str:
    """Return the identifier of the action that this code works for; empty outside of any."""
    return _current.get()


def set_correlation_id(*candidates: object) -> str:
    """Use the first candidate that may be logged, or a new identifier, from now on; return it."""
    fitting = (each for each in candidates if isinstance(each, str) and _ACCEPTED.fullmatch(each))
    chosen = next(fitting, None) or uuid.uuid4().hex
    _current.set(chosen)
    return chosen
