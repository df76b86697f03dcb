"""What the author of a request may add, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cabinet.core.errors import DomainError, InvalidFields
from cabinet.service_requests.dialogue_rules import (
    MAX_MESSAGES,
    can_rate,
    check_message,
    check_rating,
    check_reopen,
    reopen_until,
    status_after_message,
)
from cabinet.service_requests.errors import (
    AnswerEmpty,
    AnswerTooLong,
    DialogueFull,
    NothingToRate,
    RequestClosed,
    TooLateToReopen,
)
from cabinet.service_requests.model import DialogueMessage, Kind, Rating, Status, SubscriberRequest

CLOSED = datetime(2026, 3, 2, tzinfo=UTC)


def reply(**changes: Any) -> DialogueMessage:
    fields = {"reply_id": "r", "at": CLOSED.isoformat(), "text": "Сделано", "status": Status.DONE}
    return DialogueMessage.model_validate(fields | changes)


def request(**changes: Any) -> SubscriberRequest:
    fields: dict[str, Any] = {
        "request_id": "1", "number": "1", "supplier_id": "uk", "account_id": "uk:1", "user_id": "u",
        "kind": Kind.APPEAL, "text": "Прошу", "created_at": CLOSED.isoformat(),
    }  # fmt: skip
    return SubscriberRequest.model_validate(fields | changes)


def test_a_message_goes_into_an_open_request() -> None:
    for status in (Status.NEW, Status.IN_PROGRESS, Status.WAITING, Status.ANSWERED):
        check_message(request(status=status), "Спасибо", 0)
    check_message(request(), "", 1)


@pytest.mark.parametrize(
    ("changes", "text", "files", "error"),
    [
        ({"status": Status.DONE}, "Ещё", 0, RequestClosed),
        ({"status": Status.REJECTED}, "Ещё", 0, RequestClosed),
        ({}, "", 0, AnswerEmpty),
        ({}, "щ" * 4001, 0, AnswerTooLong),
        ({}, "Ещё", 6, InvalidFields),
        ({"replies": [reply()] * MAX_MESSAGES}, "Ещё", 0, DialogueFull),
    ],
)
def test_what_no_message_may_be(
    changes: dict[str, Any], text: str, files: int, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        check_message(request(**changes), text, files)


def test_the_authors_word_takes_up_what_waited_for_it() -> None:
    assert {status: status_after_message(status) for status in Status} == {
        Status.NEW: Status.NEW,
        Status.IN_PROGRESS: Status.IN_PROGRESS,
        Status.WAITING: Status.IN_PROGRESS,
        Status.ANSWERED: Status.IN_PROGRESS,
        Status.DONE: Status.DONE,
        Status.REJECTED: Status.REJECTED,
    }


def test_a_closed_request_opens_again_for_two_weeks() -> None:
    closed = request(status=Status.DONE, closed_at=CLOSED.isoformat())
    assert reopen_until(closed) == CLOSED + timedelta(days=14)
    check_reopen(closed, CLOSED + timedelta(days=14))
    with pytest.raises(TooLateToReopen):
        check_reopen(closed, CLOSED + timedelta(days=14, seconds=1))


def test_one_from_before_times_were_kept_was_closed_by_its_last_message() -> None:
    assert reopen_until(request(status=Status.REJECTED, replies=[reply()])) == CLOSED + timedelta(days=14)
    assert reopen_until(request(status=Status.DONE)) is None


@pytest.mark.parametrize(
    "changes", [{}, {"status": Status.DONE, "replies": [reply()] * MAX_MESSAGES}], ids=["open", "full"]
)
def test_what_is_open_or_full_does_not_open_again(changes: dict[str, Any]) -> None:
    with pytest.raises(TooLateToReopen):
        check_reopen(request(**changes), CLOSED)


def test_an_answer_is_rated_once() -> None:
    answered = request(status=Status.ANSWERED, replies=[reply(status=Status.ANSWERED)])
    check_rating(answered)
    assert can_rate(request(status=Status.DONE))
    assert not can_rate(request(replies=[reply(author="subscriber")]))
    with pytest.raises(NothingToRate):
        check_rating(answered.model_copy(update={"rating": Rating(stars=5, at="2026-03-02")}))
