"""What a rule will charge next, and when, or why it will not. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cabinet.autopay.autopay_rules import next_charge_day
from cabinet.autopay.model import AutopayRule
from cabinet.core.money import Kopecks

type NextChargeState = Literal["planned", "trying", "waiting", "skipped", "left", "stopped"]
"""`planned`: the day and the sum are known. `trying`: a charge was tried, `text` tells its state.
`waiting`: for its day or for a receipt. `skipped`: the owner skips the next charge. `left`: what is owed now
is not charged, `text` says why. `stopped`: nothing is charged until its owner changes the rule."""


@dataclass(frozen=True, slots=True)
class NextCharge:
    """What a rule does next."""

    account_id: str
    state: NextChargeState
    on: date | None = None
    amount: Kopecks | None = None
    text: str | None = None


def next_charge(rule: AutopayRule, owing: Collection[str], today: date) -> NextCharge | None:
    """Return what is said of a rule, None of one that is off; `owing` are the receipts that leave a sum."""
    if not rule.enabled:
        return None
    account_id, text = rule.account_id, rule.last.text if rule.last is not None else None
    if rule.suspended:
        return NextCharge(account_id, "stopped", text=text)
    if rule.planned is not None and rule.planned.order_id is not None:
        return NextCharge(account_id, "trying", text=text)
    if rule.planned is not None:
        return NextCharge(account_id, "planned", max(rule.planned.on, today), rule.planned.amount)
    on = next_charge_day(rule, today)
    if rule.skips_next:
        return NextCharge(account_id, "skipped", on)
    are_handled = bool(owing) and all(one <= rule.last_handled.get(one[8:], "") for one in owing)
    if are_handled and rule.last is not None and rule.last.outcome not in ("charged", "paid_already"):
        return NextCharge(account_id, "left", text=text)
    return NextCharge(account_id, "waiting", on)
