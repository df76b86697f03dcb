"""What tests hear of calls to AWS, by the events that botocore offers: of every client, whenever it is made.

Each session that boto3 makes gets our handlers, and its clients take them over; a test that wants to listen
need not know which clients there are.
"""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import botocore.session

_CALL = "tests_call"
"""Where a call is kept in the context that botocore hands from event to event."""


@dataclass(eq=False)
class Call:
    """One call, however often botocore sends it."""

    service: str
    operation: str
    parameters: dict[str, Any]
    body: Any = None
    """As it is sent."""
    answer: dict[str, Any] = field(default_factory=dict)
    is_refused: bool = False
    """AWS answered by an error."""

    @functools.cached_property
    def request(self) -> dict[str, Any]:
        """What is asked, as it is sent to DynamoDB; read once for all who look at it, and changed by none."""
        found: dict[str, Any] = json.loads(self.body) if self.service == "dynamodb" else self.parameters
        return found


class Listener:
    """Hears of calls; what it raises, the caller of AWS gets."""

    def before(self, call: Call) -> None:
        """Hear of a call that is about to be sent."""

    def signed(self, call: Call) -> None:
        """Hear of a call that was signed here and is sent by somebody else, a browser mostly."""

    def after(self, call: Call) -> None:
        """Hear of a call that was answered."""

    def sends_again(self, call: Call) -> bool:
        """Say whether an answered call is to be sent once more, as botocore does when an answer was lost."""
        return False


type Responder = Callable[[Call], tuple[int, dict[str, Any]] | None]
"""Answers a call by a status and what botocore would make of the body; None lets the call be made."""

listeners: list[Listener] = []
responders: list[Responder] = []


def hear(listener: Listener) -> None:
    """Listen from now on."""
    listeners.append(listener)


@contextmanager
def answered_by(responder: Responder) -> Iterator[None]:
    """Let calls be answered here, before anybody else is asked, while the context lasts."""
    responders.insert(0, responder)
    try:
        yield
    finally:
        responders.remove(responder)


@contextmanager
def heard_by[L: Listener](listener: L) -> Iterator[L]:
    """Listen while the context lasts."""
    listeners.append(listener)
    try:
        yield listener
    finally:
        listeners.remove(listener)


class Recorder(Listener):
    """Keeps the names of the operations, in order."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    def before(self, call: Call) -> None:
        """Note the call."""
        self.operations.append(call.operation)


def watch_sessions() -> None:
    """Let every session that is made from now on, and so each of its clients, tell of its calls."""
    get_session = botocore.session.get_session

    def watched(*given: Any) -> botocore.session.Session:
        session = get_session(*given)
        session.register("provide-client-params", _begin)
        # Last: when it answers, nobody after it is asked.
        session.get_component("event_emitter").register_last("before-call", _before)
        session.register("after-call", _after)
        session.register("needs-retry", _needs_retry)
        return session

    botocore.session.get_session = watched


def _begin(params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
    call = context[_CALL] = Call(model.service_model.service_name, model.name, params)
    if context.get("is_presign_request"):
        for listener in list(listeners):
            listener.signed(call)


def _before(params: dict[str, Any], context: dict[str, Any], **_: object) -> Any:
    call: Call = context[_CALL]
    call.body = params["body"]
    for listener in list(listeners):
        listener.before(call)
    for responder in responders:
        answer = responder(call)
        while answer and answer[0] < 300 and _is_sent_again(call):
            answer = responder(call)
        if answer:
            status, parsed = answer
            return SimpleNamespace(status_code=status, headers={}), parsed | {
                "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0}
            }
    return None


def _after(http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    call: Call = context[_CALL]
    call.answer, call.is_refused = parsed, http_response.status_code >= 300
    for listener in list(listeners):
        listener.after(call)


def _needs_retry(response: Any, request_dict: dict[str, Any], **_: object) -> int | None:
    """Return the seconds until the call is sent again, or None."""
    call = request_dict["context"][_CALL]
    is_answered = response is not None and response[0].status_code < 300
    return 0 if is_answered and _is_sent_again(call) else None


def _is_sent_again(call: Call) -> bool:
    return any(listener.sends_again(call) for listener in list(listeners))
