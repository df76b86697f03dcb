"""Bodies and answers of autopay."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, StrictBool

from cabinet.autopay.autopay_rules import next_charge_day
from cabinet.autopay.model import AutopayRule, HistoryEntry, Outcome, When
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.web.responses import response_from


class AutopayRequest(DeferredModel):
    """A rule as its owner wants it; `limit` is the most that one charge may be, commission included."""

    enabled: StrictBool = True
    saved_card_id: Annotated[str, Field(min_length=1, max_length=64)]
    limit: Annotated[int, Field(strict=True)]
    when: When
    day: Annotated[int, Field(strict=True, ge=1, le=31)] | None = None
    """The day of the month; 31 is the last one. For `when: day`."""
    with_preliminary: StrictBool = False
    consent_version: Annotated[str, Field(min_length=1, max_length=32)]


class AutopayLink(DeferredModel):
    """What a mail's link carries."""

    token: Annotated[str, Field(min_length=1, max_length=2048)]


class AutopayOff(DeferredModel):
    """Which account's autopay a link would switch off."""

    number: str


class AutopaySkip(DeferredModel):
    """Which charge a link would leave out: of which account, announced for which day."""

    number: str
    on: date


class NextCharge(DeferredModel):
    """When the rule charges next; the sum once it is planned."""

    on: date
    amount: Kopecks | None


class LastCharge(DeferredModel):
    """What the rule did last, in words."""

    on: date
    order_id: str | None
    outcome: Outcome
    text: str


class AutopayRuleResponse(DeferredModel):
    """A rule; `suspended` charges nothing until it is set again, `skips_next` skips the next charge."""

    account_id: str
    enabled: bool
    saved_card_id: str
    limit: Kopecks
    when: When
    day: int | None
    with_preliminary: bool
    consent_version: str
    suspended: bool
    skips_next: bool
    next: NextCharge | None
    last: LastCharge | None

    @classmethod
    def of(cls, rule: AutopayRule, today: date) -> Self:
        """Return a rule with what comes next."""
        return response_from(
            cls,
            rule,
            consent_version=rule.consent.version,
            next=_next_charge(rule, today),
            last=response_from(LastCharge, rule.last) if rule.last is not None else None,
        )


class AutopayRules(DeferredModel):
    """The subscriber's rules."""

    items: list[AutopayRuleResponse]


class AutopayEntry(DeferredModel):
    """One thing that a rule did or left, and why."""

    at: datetime
    order_id: str | None
    amount: Kopecks | None
    outcome: Outcome
    text: str


class AutopayHistory(DeferredModel):
    """What a rule did, the latest first."""

    items: list[AutopayEntry]

    @classmethod
    def of(cls, entries: list[HistoryEntry]) -> Self:
        """Return what a rule did."""
        return cls(items=[response_from(AutopayEntry, entry) for entry in entries])


def _next_charge(rule: AutopayRule, today: date) -> NextCharge | None:
    if not rule.enabled or rule.suspended:
        return None
    if rule.planned is not None:
        return NextCharge(on=max(rule.planned.on, today), amount=rule.planned.amount)
    on = next_charge_day(rule, today)
    return NextCharge(on=on, amount=None) if on is not None else None
