"""The events of a resident's calendar, and what its secret address is made of."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import ReadingWindow, Supplier
from cabinet.billing.model import Amounts, Receipt, ServiceLine
from cabinet.calendar_feed.calendar_rules import (
    CalendarEvent,
    build_secret,
    calendar_events,
    event_uid,
    events_fingerprint,
    secret_hash,
    user_id_from_secret,
)
from cabinet.home.model import AccountOverview
from cabinet.metering.model import Meter, ZoneReading
from tests.support.factories.bound_accounts import PAYEE

SUPPLIER = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE])
TODAY = date(2026, 11, 20)
"""Within the window for readings (15–25), after the last day to pay for October (15 November)."""
METER = Meter(meter_id="m1", number="757", service="ХВС", place="Кухня")


def flat(*receipts: Receipt, number: str = "1", **changes: Any) -> AccountOverview:
    closed_on = changes.pop("closed_on", None)
    account = Account(
        account_id=f"uk:{number}", supplier_id="uk", holder="Иванов", closed_on=closed_on,
        address=Address(city="Челябинск", street="УЛ. ЛЕНИНА", house="1", flat="2"),
    )  # fmt: skip
    given: dict[str, Any] = {"meters": [], "today": TODAY, "supplier": SUPPLIER} | changes
    return AccountOverview(account=account, receipts=list(receipts), **given)


def receipt(total: int, period: str = "2026-10", kind: str = "main") -> Receipt:
    line = ServiceLine(service="ХВС", payee_inn=PAYEE.inn, total=total)
    return Receipt(kind=kind, kind_title="Объединённая", period=period, main=Amounts(total=total),
                   penalty=Amounts(), services=[line])  # fmt: skip


def shown(*flats: AccountOverview, about: str = "") -> list[tuple[str, date, date]]:
    events = calendar_events(flats)
    return [(each.key, each.first, each.last) for each in events if each.key.startswith(about)]


def days(*flats: AccountOverview, about: str) -> list[tuple[date, date]]:
    return [(first, last) for _, first, last in shown(*flats, about=about)]


NOVEMBER = date(2026, 11, 15), date(2026, 11, 25)
DECEMBER = date(2026, 12, 15), date(2026, 12, 25)
JANUARY = date(2027, 1, 15), date(2027, 1, 25)


def test_windows_of_three_months_are_shown_to_who_has_meters() -> None:
    assert days(flat(meters=[METER]), about="readings") == [NOVEMBER, DECEMBER, JANUARY]
    assert days(flat(), about="readings") == []


@pytest.mark.parametrize("today", [date(2026, 11, 20), date(2026, 11, 28)])
def test_a_window_goes_when_its_readings_are_handed_in(today: date) -> None:
    taken = ZoneReading(
        reading_id="r", value="1", taken_on=date(2026, 11, 18), source="subscriber", period="2026-11"
    )
    done = METER.model_copy(update={"last": {"T1": taken}})
    assert days(flat(meters=[done], today=today), about="readings") == [DECEMBER, JANUARY]
    other = METER.model_copy(update={"meter_id": "m2"})
    assert days(flat(meters=[done, other], today=today), about="readings")[0] == NOVEMBER


def test_before_the_window_opens_its_month_is_awaited_already() -> None:
    assert days(flat(meters=[METER], today=date(2026, 11, 3)), about="readings")[0] == NOVEMBER


def test_a_meter_that_will_be_removed_is_awaited_until_then() -> None:
    removed = METER.model_copy(update={"calculated_to": date(2026, 12, 1)})
    assert days(flat(meters=[removed]), about="readings") == [NOVEMBER]


def test_an_account_that_is_closed_awaits_nothing_but_what_is_owed() -> None:
    closed = flat(receipt(100_00), closed_on=date(2026, 11, 1), meters=[METER])
    assert [key for key, _, _ in shown(closed)] == ["pay/uk/2026-10"]
    will_be = flat(closed_on=date(2026, 12, 1), meters=[METER])
    assert days(will_be, about="readings") == [NOVEMBER]


def test_a_supplier_that_always_takes_readings_has_a_window_of_the_whole_month() -> None:
    always = SUPPLIER.model_copy(update={"reading_window": ReadingWindow(always_open=True)})
    first = days(flat(meters=[METER], supplier=always), about="readings")[0]
    assert first == (date(2026, 11, 1), date(2026, 11, 30))


def test_what_is_owed_has_its_day_and_the_months_to_come_have_theirs() -> None:
    assert [key for key, _, _ in shown(flat(receipt(100_00)), about="pay")] == [
        "pay/uk/2026-10", "pay/uk/2026-11", "pay/uk/2026-12",
    ]  # fmt: skip
    assert days(flat(receipt(0)), about="pay") == [
        (date(2026, 12, 15), date(2026, 12, 15)), (date(2027, 1, 15), date(2027, 1, 15)),
    ]  # fmt: skip


def test_one_of_two_receipts_that_is_not_paid_keeps_the_day() -> None:
    both = flat(receipt(0), receipt(100_00, kind="water"))
    assert shown(both, about="pay")[0][0] == "pay/uk/2026-10"


def test_a_debt_that_nobody_can_be_paid_for_here_is_owed_all_the_same() -> None:
    two_payees = SUPPLIER.model_copy(update={"payees": [PAYEE, PAYEE.model_copy(update={"inn": "0"})]})
    unnamed = receipt(100_00).model_copy(update={"services": []})
    assert shown(flat(unnamed, supplier=two_payees), about="pay")[0][0] == "pay/uk/2026-10"


def test_an_event_goes_a_month_after_its_day() -> None:
    owing = flat(receipt(100_00), today=date(2026, 12, 16))
    assert shown(owing, about="pay")[0][0] == "pay/uk/2026-10"
    later = replace(owing, today=date(2026, 12, 17))
    assert shown(later, about="pay")[0][0] == "pay/uk/2026-11"


def test_a_verification_is_shown_a_year_ahead_and_for_a_month_after() -> None:
    def verified(until: date | None, **changes: Any) -> list[tuple[date, date]]:
        made = METER.model_copy(update={"verify_until": until} | changes)
        return days(flat(meters=[made]), about="verification")

    assert verified(date(2027, 3, 1)) == [(date(2027, 3, 1), date(2027, 3, 1))]
    assert verified(date(2026, 11, 1)) == [(date(2026, 11, 1), date(2026, 11, 1))]
    assert verified(date(2026, 10, 1)) == verified(date(2028, 3, 1)) == verified(None) == []
    assert verified(date(2027, 3, 1), calculated_to=date(2026, 1, 1)) == []


def test_a_closed_account_has_no_verifications() -> None:
    meter = METER.model_copy(update={"verify_until": date(2027, 3, 1)})
    assert shown(flat(meters=[meter], closed_on=date(2026, 11, 1)), about="verification") == []


def test_a_suppliers_flats_share_events_without_sums_and_addresses() -> None:
    owing = [flat(receipt(123_45), number=number, meters=[METER]) for number in ("1", "2")]
    events = calendar_events(owing)
    assert len({each.key for each in events}) == len(events) == 6
    words = " ".join(f"{each.title} {each.details}" for each in events)
    assert not [said for said in ("123", "ЛЕНИНА", "uk:1", "Иванов", "757") if said in words]
    assert "за октябрь 2026" in words


def test_a_place_is_named_where_it_is_known() -> None:
    until = {"verify_until": date(2027, 3, 1)}
    titles = [
        each.title
        for place in ("Кухня", "")
        for each in calendar_events([flat(meters=[METER.model_copy(update=until | {"place": place})])])
        if each.key.startswith("verification")
    ]
    assert titles == [
        "Заканчивается поверка счётчика: ХВС (Кухня)", "Заканчивается поверка счётчика: ХВС",
    ]  # fmt: skip


def test_an_events_uid_is_stable_and_reveals_no_user() -> None:
    event = CalendarEvent("readings/uk/2026-11", *NOVEMBER, "Передать показания", "до 25", 1)
    moved = replace(event, last=date(2026, 11, 26))
    assert event_uid("user", event) == event_uid("user", moved) != event_uid("other", event)
    assert "user" not in event_uid("user", event)
    assert events_fingerprint([event]) != events_fingerprint([moved])
    assert events_fingerprint([]) != events_fingerprint([event])


def test_a_secret_names_its_user_and_anything_else_names_nobody() -> None:
    secret = build_secret("u1", "r" * 43)
    assert user_id_from_secret(secret) == "u1"
    assert secret_hash(secret) != secret_hash(secret + "0")
    for bad in ("", "r" * 43, "r" * 42 + "#u1", secret + "/x", secret + "é", "r" * 43 + "u" * 65):
        assert user_id_from_secret(bad) is None
