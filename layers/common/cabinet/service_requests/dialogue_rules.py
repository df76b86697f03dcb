"""What the author of a request may add: messages, a second opening, a rating. Pure."""

from datetime import datetime, timedelta

from cabinet.service_requests.errors import (
    AnswerEmpty,
    DialogueFull,
    NothingToRate,
    RequestClosed,
    TooLateToReopen,
)
from cabinet.service_requests.model import Status, SubscriberRequest
from cabinet.service_requests.rules import check_size, is_open

REOPEN_PERIOD = timedelta(days=14)
MAX_MESSAGES = 40
"""Messages of both sides in one request: its row must stay below DynamoDB's 400 KB, at 8 KB a message."""


def has_room(request: SubscriberRequest) -> bool:
    """Tell whether the request holds one more message."""
    return len(request.replies) < MAX_MESSAGES


def check_room(request: SubscriberRequest) -> None:
    """Refuse a message beyond what one request holds; raises DialogueFull."""
    if not has_room(request):
        raise DialogueFull


def check_message(request: SubscriberRequest, text: str, files: int) -> None:
    """Refuse an author's message that says nothing, too much, or comes after the end.

    Raises AnswerEmpty, AnswerTooLong, InvalidFields, RequestClosed, DialogueFull.
    """
    if not is_open(request.status):
        raise RequestClosed
    if not text and not files:
        raise AnswerEmpty
    check_size(text, files)
    check_room(request)


def status_after_message(status: Status) -> Status:
    """Return the status once the author has written: what waited for them, or was answered, continues."""
    return Status.IN_PROGRESS if status in (Status.WAITING, Status.ANSWERED) else status


def reopen_until(request: SubscriberRequest) -> datetime | None:
    """Return until when a closed request can be opened again; None for an open or a full one."""
    # One from before `closed_at` was kept was closed by its last message.
    closed = request.closed_at or (request.replies[-1].at if request.replies else None)
    if is_open(request.status) or closed is None or not has_room(request):
        return None
    return datetime.fromisoformat(closed) + REOPEN_PERIOD


def check_reopen(request: SubscriberRequest, now: datetime) -> None:
    """Refuse to open again what is open, or was closed more than two weeks ago; raises TooLateToReopen."""
    until = reopen_until(request)
    if until is None or now > until:
        raise TooLateToReopen


def can_rate(request: SubscriberRequest) -> bool:
    """Tell whether there is an answer that was not rated."""
    has_answer = any(reply.author == "staff" and reply.text for reply in request.replies)
    return request.rating is None and (has_answer or request.status is Status.DONE)


def check_rating(request: SubscriberRequest) -> None:
    """Refuse to rate what was not answered, or was rated; raises NothingToRate."""
    if not can_rate(request):
        raise NothingToRate
