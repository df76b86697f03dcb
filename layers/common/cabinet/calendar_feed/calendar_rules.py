"""The events of a resident's calendar, and how its secret address is built and read. Pure.

No sums or addresses of flats: any service that syncs the calendar sees every word of it. Days are the
supplier's own, so events are whole days and need no time zone: the 25th is the 25th wherever the phone is.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cabinet.accounts.rules import is_closed
from cabinet.billing.amounts_due import not_payable_amount, payable_lines, pending_payments, remaining
from cabinet.billing.rules import due_date
from cabinet.core.periods import Period, period_from_date, period_title, shift_period
from cabinet.home.model import AccountOverview
from cabinet.metering.model import Meter
from cabinet.metering.rules import is_reading_missing, meter_rejection
from cabinet.metering.submission_window import Window, window_for

MONTHS = 3
"""How many months of windows and of payment days are shown, the present one included."""
PAST_DAYS = 31
"""How long an event that nobody has attended to stays after its day."""
VERIFICATION_AHEAD = timedelta(days=366)

_SECRET = 43
_FORM = re.compile(rf"[0-9A-Za-z_-]{{{_SECRET}}}([0-9A-Za-z]{{1,64}})")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Whole days, `first` to `last`, both inclusive."""

    key: str
    """The same as long as it is the same thing to do, whatever its days and words become."""
    first: date
    last: date
    title: str
    details: str
    warned_days: int
    """How many days before `last` the calendar reminds of it, at nine in the morning."""


def calendar_events(flats: Iterable[AccountOverview]) -> list[CalendarEvent]:
    """Return what is to be done for all flats, by day; flats of one supplier share windows and days."""
    found: dict[str, CalendarEvent] = {}
    for flat in flats:
        for event in (*_windows(flat), *_payment_days(flat), *_verifications(flat)):
            if event.last >= flat.today - timedelta(days=PAST_DAYS):
                found.setdefault(event.key, event)
    return sorted(found.values(), key=lambda event: (event.first, event.key))


def _windows(flat: AccountOverview) -> Iterator[CalendarEvent]:
    supplier = flat.supplier
    month = period_from_date(flat.today)
    for ahead in range(MONTHS):
        period = shift_period(month, ahead)
        rule = supplier.reading_window
        window = window_for(_day(period, 1 if rule.always_open else rule.opens_day), rule)
        if not any(_is_awaited(meter, window, flat) for meter in flat.meters):
            continue
        yield CalendarEvent(
            key=f"readings/{supplier.supplier_id}/{period}",
            first=window.opens_on,
            last=window.closes_on,
            title="Передать показания счётчиков",
            details=f"{supplier.name}: показания принимаются до {window.closes_on:%d.%m.%Y} включительно.",
            warned_days=1,
        )


def _is_awaited(meter: Meter, window: Window, flat: AccountOverview) -> bool:
    """Tell whether a meter will take a reading in the window, and has none for its month yet."""
    day = max(window.opens_on, flat.today)
    return not is_closed(flat.account, day) and is_reading_missing(meter, window, day)


def _payment_days(flat: AccountOverview) -> Iterator[CalendarEvent]:
    """Yield the last days to pay: of receipts not paid, and of months whose receipts will come."""
    months = {receipt.period for receipt in flat.receipts if _has_amount_left(flat, receipt.period)}
    if not is_closed(flat.account, flat.today):
        known = max((receipt.period for receipt in flat.receipts), default="")
        last_month = shift_period(period_from_date(flat.today), -1)
        coming = (shift_period(last_month, ahead) for ahead in range(MONTHS))
        months |= {period for period in coming if period > known}
    for period in sorted(months):
        day = due_date(period, flat.supplier)
        yield CalendarEvent(
            key=f"pay/{flat.supplier.supplier_id}/{period}",
            first=day,
            last=day,
            title=f"Последний день оплаты за {period_title(period).lower()}",
            details=f"{flat.supplier.name}: оплатите квитанцию не позже этого дня, чтобы не было пеней.",
            warned_days=1,
        )


def _has_amount_left(flat: AccountOverview, period: Period) -> bool:
    for receipt in flat.receipts:
        if receipt.period == period:
            lines = payable_lines(receipt, flat.supplier, pending_payments(flat.account, receipt))
            if remaining(lines) + not_payable_amount(lines):
                return True
    return False


def _verifications(flat: AccountOverview) -> Iterator[CalendarEvent]:
    for meter in flat.meters:
        until, refusal = meter.verify_until, meter_rejection(meter, flat.today)
        is_in_use = refusal is None or refusal[0] == "verification_expired"
        if until is None or not is_in_use or is_closed(flat.account, flat.today):
            continue
        if until > flat.today + VERIFICATION_AHEAD:
            continue
        place = f" ({meter.place})" if meter.place else ""
        yield CalendarEvent(
            # Another date is another verification: the old one was made.
            key=f"verification/{flat.account.account_id}/{meter.meter_id}/{until.isoformat()}",
            first=until,
            last=until,
            title=f"Заканчивается поверка счётчика: {meter.service}{place}",
            details="Без поверки показания не принимаются. Закажите её заранее.",
            warned_days=30,
        )


def _day(period: Period, day: int) -> date:
    return date(int(period[:4]), int(period[5:]), day)


def events_fingerprint(events: Iterable[CalendarEvent]) -> str:
    """Return a fingerprint of a calendar's state."""
    return hashlib.sha256("\n".join(map(repr, events)).encode()).hexdigest()


def event_uid(user_id: str, event: CalendarEvent) -> str:
    """Return the event's UID: stable, and revealing nothing of user or account."""
    return hashlib.sha256(f"{user_id}/{event.key}".encode()).hexdigest()[:32] + "@cabinet"


def build_secret(user_id: str, random: str) -> str:
    """Return the secret of a calendar's address; `random` is 32 safe bytes as 43 URL-safe characters.

    It names its user, so that the row's key is known without a lookup (docs/adr/0054 does the same).
    """
    return random + user_id


def user_id_from_secret(secret: str) -> str | None:
    """Return whose calendar a well-formed secret says to be, None for anything else."""
    matched = _FORM.fullmatch(secret)
    return matched[1] if matched else None


def secret_hash(secret: str) -> str:
    """Return the hash under which a secret is kept: a leaked table opens no calendar."""
    return hashlib.sha256(secret.encode()).hexdigest()
