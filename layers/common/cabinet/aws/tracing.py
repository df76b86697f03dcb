"""Calls to AWS as subsegments of X-Ray, by the datagrams that Lambda's daemon takes.

X-Ray's own SDK shows them by replacing botocore's methods, and costs a cold start (docs/adr/0034); botocore's
events tell as much. A request that X-Ray does not sample costs one look at a variable.
"""

import json
import os
import secrets
import socket
import time
from contextlib import suppress
from functools import cache
from typing import Any

from cabinet.aws.failures import table_names
from cabinet.core.correlation import correlation_id

_SEGMENT = "cabinet_segment"
"""Where a call's subsegment is kept in the context that botocore hands from event to event."""
_HEADER = '{"format": "json", "version": 1}\n'
_THROTTLED = {"ThrottlingException", "ProvisionedThroughputExceededException", "SlowDown", "TooManyRequests"}


def trace(client: Any) -> Any:  # noqa: ANN401 - the service's own
    """Let X-Ray see each call of a client where a daemon listens; returns the client."""
    if "AWS_XRAY_DAEMON_ADDRESS" in os.environ:
        events = client.meta.events
        events.register_last("before-call", _begin)
        events.register("after-call", _end)
        events.register("after-call-error", _fail)
    return client


def _begin(model: Any, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
    # Lambda writes it anew for each request.
    sampled = dict(part.partition("=")[::2] for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";"))
    if sampled.get("Sampled") != "1":
        return
    details = {"operation": model.name}
    if model.service_model.service_name == "dynamodb":
        details["table_name"] = table_names(json.loads(params["body"]))
    context[_SEGMENT] = {
        "name": model.service_model.service_name,
        "id": secrets.token_hex(8),
        "trace_id": sampled["Root"],
        "parent_id": sampled["Parent"],
        "type": "subsegment",
        "namespace": "aws",
        "start_time": time.time(),
        "aws": details,
    }


def _end(http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
    status = http_response.status_code
    code = parsed.get("Error", {}).get("Code")
    _send(
        context,
        http={"response": {"status": status}},
        error=400 <= status < 500,
        fault=status >= 500,
        throttle=code in _THROTTLED,
    )


def _fail(context: dict[str, Any], **_: object) -> None:
    """Record a call that had no answer."""
    _send(context, fault=True)


def _send(context: dict[str, Any], **outcome: object) -> None:
    segment = context.pop(_SEGMENT, None)
    if segment is None:
        return
    segment |= outcome | {"end_time": time.time(), "annotations": {"correlation_id": correlation_id() or ""}}
    host, _, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")
    # What watches must not stop what is watched.
    with suppress(OSError):
        _socket().sendto((_HEADER + json.dumps(segment)).encode(), (host, int(port)))


@cache
def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
