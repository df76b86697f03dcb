"""When an event is tried, and what an answer means."""

import pytest

from cabinet.webhooks.delivery_rules import (
    MAX_ATTEMPTS,
    RETRY_AFTER_SECONDS,
    attempts_so_far,
    delivery_result,
    is_unavailable_status,
    may_try,
    retry_after,
)
from cabinet.webhooks.delivery_rules import (
    DeliveryResult as Result,
)
from cabinet.webhooks.model import Endpoint, EndpointStatus, EventKind, WaitingEvent

OPENED, LATER, EARLIER = "2026-11-02", "2026-11-03", "2026-11-01"
ENDPOINT = Endpoint(supplier_id="uk", url="u", secret="s", activated_at=OPENED, changed_at=OPENED)
EVENT = WaitingEvent(
    pk="p", sk="s", event_id="e", kind=EventKind.READING_ACCEPTED, account_id="uk:1", body="", created_at="c"
)
NOW = 1_000_000


def event(**changes: object) -> WaitingEvent:
    return EVENT.model_copy(update=changes)


def test_the_tries_are_those_of_standard_webhooks() -> None:
    hours = [round(seconds / 3600, 3) for seconds in RETRY_AFTER_SECONDS]
    assert RETRY_AFTER_SECONDS[:3] == (5, 300, 1800)
    assert hours[3:] == [2, 5, 10, 14, 20, 24]
    assert [retry_after(tried) for tried in range(1, MAX_ATTEMPTS)] == list(RETRY_AFTER_SECONDS)
    assert retry_after(MAX_ATTEMPTS) is None


def test_the_receivers_own_wish_counts_where_it_is_longer_and_within_a_day() -> None:
    assert retry_after(1, 60) == 60
    assert retry_after(2, 60) == 300
    assert retry_after(1, 10**9) == 24 * 3600


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Result.DELIVERED), (204, Result.DELIVERED), (299, Result.DELIVERED), (410, Result.GONE),
        (199, Result.FAILED), (301, Result.FAILED), (307, Result.FAILED), (400, Result.FAILED),
        (404, Result.FAILED), (429, Result.FAILED), (500, Result.FAILED), (503, Result.FAILED),
    ],
)  # fmt: skip
def test_an_answer_means_what_its_status_says(status: int, meaning: Result) -> None:
    assert delivery_result(status) is meaning


def test_only_what_concerns_every_event_lets_an_endpoint_rest() -> None:
    statuses = (200, 400, 404, 410, 429, 500, 502, 503, 504)
    assert [status for status in statuses if is_unavailable_status(status)] == [429, 502, 503, 504]


@pytest.mark.parametrize("status", [EndpointStatus.PAUSED, EndpointStatus.ENDED])
def test_nothing_goes_to_an_endpoint_that_is_not_active(status: EndpointStatus) -> None:
    assert may_try(event(), ENDPOINT, NOW)
    assert not may_try(event(), ENDPOINT.model_copy(update={"status": status}), NOW)


@pytest.mark.parametrize(("due_at", "goes"), [(NOW, True), (NOW + 1, False)])
def test_a_claim_holds_until_it_ends_even_when_the_endpoint_was_opened_anew(due_at: int, goes: bool) -> None:
    for tried_at in (EARLIER, LATER):
        assert may_try(event(status="sending", due_at=due_at, tried_at=tried_at), ENDPOINT, NOW) is goes


def test_a_tried_event_waits_for_its_time_even_at_an_unavailable_endpoint() -> None:
    unavailable = ENDPOINT.model_copy(update={"unavailable_until": NOW + 100})
    for endpoint in (ENDPOINT, unavailable):
        assert may_try(event(attempts=1, tried_at=LATER, due_at=NOW), endpoint, NOW)
        assert not may_try(event(attempts=1, tried_at=LATER, due_at=NOW + 1), endpoint, NOW)


def test_what_was_never_tried_waits_while_the_endpoint_is_unavailable() -> None:
    assert not may_try(event(), ENDPOINT.model_copy(update={"unavailable_until": NOW + 1}), NOW)
    assert may_try(event(), ENDPOINT.model_copy(update={"unavailable_until": NOW}), NOW)


def test_an_opening_makes_all_tries_before_it_uncounted() -> None:
    assert attempts_so_far(event(attempts=9, tried_at=LATER), ENDPOINT) == 9
    assert attempts_so_far(event(attempts=9, tried_at=EARLIER), ENDPOINT) == 0
    assert may_try(event(attempts=9, tried_at=EARLIER, due_at=NOW + 9999), ENDPOINT, NOW)
