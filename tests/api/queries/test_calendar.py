"""The calendar behind a secret address: who can open it, what changes its revision, what it costs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest

from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.model import Amounts, Receipt, ServiceLine
from cabinet.calendar_feed import feed
from cabinet.core import clock
from cabinet.identity.keys import calendar_key
from cabinet.metering.model import Meter
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts
from tests.support.rivals import elsewhere

ACCOUNT = "uk-test:1234567899"
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.fixture
def secret(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a user whose flat owes for October and has a meter."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    bound_accounts.supplier(reading_window=ReadingWindow())
    bound_accounts.user("u1", bound_accounts.account())
    line = ServiceLine(service="ХВС", payee_inn=bound_accounts.PAYEE.inn, total=329308)
    bound_accounts.receipt(
        ACCOUNT,
        Receipt(kind="main", kind_title="Объединённая", period="2026-10", main=Amounts(total=329308),
                penalty=Amounts(), services=[line]),
    )  # fmt: skip
    bound_accounts.meter(ACCOUNT, Meter(meter_id="m1", number="34230774", service="ХВС"))
    return feed.create_link("u1", NOW, "198.51.100.7")


def visitor() -> AppClient:
    """A calendar program: no cookie, none of the site's headers."""
    from queries.app import app

    return AppClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


def fetched(secret: str, **headers: str) -> Any:
    return visitor().get(f"/api/calendar/{secret}.ics", headers=headers)


def events(secret: str) -> list[Any]:
    answer = fetched(secret)
    assert answer.status_code == 200, answer.text
    return list(icalendar.Calendar.from_ical(answer.text).walk("VEVENT"))


def test_a_program_reads_the_calendar_by_its_address_alone(secret: str) -> None:
    answer = fetched(secret)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    titles = [str(event["SUMMARY"]) for event in events(secret)]
    assert titles.count("Передать показания счётчиков") == 3
    assert "Последний день оплаты за октябрь 2026" in titles
    for said in ("3293", "КЫШТЫМСКАЯ", "1234567899", "34230774", "Иванов", "1010"):
        assert said not in answer.text


def test_an_unchanged_calendar_is_not_sent_again(secret: str) -> None:
    tag = fetched(secret).headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = fetched(secret, **{"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert fetched(secret, **{"If-None-Match": '"other"'}).status_code == 200


def test_a_change_moves_the_revision_once_and_keeps_the_uids(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {str(event["UID"]): event for event in events(secret)}
    assert {event["SEQUENCE"] for event in before.values()} == {0}
    bound_accounts.meter(
        ACCOUNT, Meter(meter_id="m2", number="1", service="ГВС", verify_until=date(2027, 2, 1))
    )
    later = NOW + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(2):
        after = {str(event["UID"]): event for event in events(secret)}
        assert len(after.keys() - before.keys()) == 1
        assert before.keys() < after.keys()
        assert {event["SEQUENCE"] for event in after.values()} == {1}
        assert {event["DTSTAMP"].dt for event in after.values()} == {later}


@pytest.mark.parametrize("bad", ["0", "0" * 43 + "u1", "a" * 43 + "nobody"])
def test_an_address_that_is_made_up_opens_nothing(secret: str, bad: str) -> None:
    answer = fetched(bad)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_replaced_and_an_ended_address_open_nothing(secret: str) -> None:
    events(secret)
    second = feed.create_link("u1", NOW, "198.51.100.7")
    assert fetched(secret).status_code == 404
    assert {event["SEQUENCE"] for event in events(second)} == {1}
    feed.end_link("u1", NOW, "198.51.100.7")
    assert fetched(second).status_code == 404


def test_two_programs_that_see_a_change_at_once_tell_of_one(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events(secret)
    bound_accounts.meter(
        ACCOUNT, Meter(meter_id="m2", number="1", service="ГВС", verify_until=date(2027, 2, 1))
    )
    genuine, rivals = feed.events_fingerprint, []

    def after_the_rival(shown: Any) -> str:
        monkeypatch.setattr(feed, "events_fingerprint", genuine)
        rivals.append(elsewhere(lambda: fetched(secret)))
        return genuine(shown)

    monkeypatch.setattr(feed, "events_fingerprint", after_the_rival)
    ours = fetched(secret)
    assert [rival.text for rival in rivals] == [ours.text]
    row = dynamo.get(Table.USERS, calendar_key("u1"), consistent=True)
    assert row is not None
    assert row["sequence"] == 1


def test_a_rival_at_every_try_is_answered_by_later(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    events(secret)
    seen = iter(range(10))

    def moves_each_time(_: Any) -> str:
        number = next(seen)
        dynamo.update(
            Table.USERS, calendar_key("u1"), "SET #sequence = :n, #fingerprint = :f",
            condition=dynamo.IS_PRESENT, on_conflict=AssertionError, n=100 + number, f=str(number),  # type: ignore[arg-type]
        )  # fmt: skip
        return "mine"

    monkeypatch.setattr(feed, "events_fingerprint", moves_each_time)
    answer = fetched(secret)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "retry-after" in answer.headers


def test_an_address_that_ends_while_it_is_read_opens_nothing(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = feed.events_fingerprint

    def after_the_end(shown: Any) -> str:
        monkeypatch.setattr(feed, "events_fingerprint", genuine)
        feed.end_link("u1", NOW, "198.51.100.7")
        return genuine(shown)

    monkeypatch.setattr(feed, "events_fingerprint", after_the_end)
    assert fetched(secret).status_code == 404


def test_the_calendar_is_two_reads_and_at_most_one_write_an_hour(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(secret)
    with measured() as cost:
        fetched(secret)
    assert cost.operations == ["Query", "BatchGetItem"]
    assert cost.read_units <= 8, cost
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    with measured() as cost:
        fetched(secret)
    assert cost.operations == ["Query", "BatchGetItem", "UpdateItem"]


def test_more_bindings_than_a_page_do_not_hide_the_address(secret: str) -> None:
    for number in range(200):
        key = {"pk": "USER#u1", "sk": f"BINDING#uk-gone:{number}"}
        bound_accounts.write(Table.USERS, key | {"account_id": f"uk-gone:{number}", "bound_at": "2026-01-01"})
    assert fetched(secret).status_code == 200
