"""The outermost edge of event functions: what fails is logged by class and place, never by its words.

Lambda logs an exception that leaves a handler with its text and that of its causes, which may quote a person.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

from cabinet.aws.failures import error_code, error_location
from cabinet.core.correlation import set_correlation_id
from cabinet.core.logging import Event, log_error

type Handler[R] = Callable[[dict[str, Any], Any], R]


class InvocationFailed(Exception):
    """The event is to be delivered again, or become a dead letter; the text is the error's class.

    Who raises it itself has logged what happened.
    """


def event_handler[R](handle: Handler[R]) -> Handler[R]:
    """Return the Lambda entry of an event function; retries, dead letters and alarms work as ever."""

    @functools.wraps(handle)
    def handler(event: dict[str, Any], context: Any) -> R:  # noqa: ANN401 - Lambda's own
        try:
            set_correlation_id(_correlation_of(event), getattr(context, "aws_request_id", None))
            return handle(event, context)
        except InvocationFailed:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost edge
            log_error(
                Event.INVOCATION_FAILED,
                error=type(error).__name__,
                code=error_code(error),
                place=error_location(error.__traceback__),
                request_id=getattr(context, "aws_request_id", None),
            )
            failed = InvocationFailed(type(error).__name__)
        # Past the `except`, so that the error and its causes are not this one's context.
        raise failed

    return handler


def _correlation_of(event: dict[str, Any]) -> object:
    """Return the identifier that the first message carries: queues of one message a batch have no other."""
    body = (event.get("Records") or [{}])[0].get("body", "")
    try:
        return json.loads(body).get("correlation_id")
    except (ValueError, AttributeError):
        return None
