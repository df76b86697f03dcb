"""An account that came to another holder: the former one's time is of 2025, the new one's of 2026."""

from datetime import date
from typing import Any

from cabinet.accounts.holders import holder_key
from cabinet.accounts.keys import account_key, supplier_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Item, Table
from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Receipt, ServiceLine
from cabinet.metering.model import Meter, Reading, ZoneReading
from cabinet.notices import store
from cabinet.notices.model import account_board
from tests.support.factories import bound_accounts
from tests.support.factories.merchants import merchant
from tests.support.factories.notices import publication

ACCOUNT_ID = "uk-test:1234567899"
CHANGED_ON = "2026-01-10"
FORMER_PERIODS = ("2025-01", "2025-11", "2025-12")
NEW_PERIODS = ("2026-01", "2026-02")
FORMER_SUM, NEW_SUM = 31337, 40000
FORMER_VOLUME, NEW_VOLUME = "71.137", "5.000"
LAST_VALUE = "120.500"
"""What the former holder's last reading was: the new one's first change counts from it."""


def write_former_time() -> None:
    """Supplier, account and what the former holder left."""
    bound_accounts.supplier(merchant=merchant("http://127.0.0.1:9", "rbs"))
    bound_accounts.account()
    for period in FORMER_PERIODS:
        import_receipt(period, FORMER_SUM)
    for day in ("2025-02-03", "2025-12-05"):
        import_payment(day, FORMER_SUM)
    import_meters()
    publish("Долг за 2025 год")


def publish(title: str) -> None:
    """Post a notice on the account's own board."""
    board = account_board(ACCOUNT_ID)
    store.publish(board, publication(board, title, title))


def change_holder() -> None:
    """What a registry does to the account."""
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT_ID)) or {}
    ended = {"ended_on": CHANGED_ON, "last_period": row["last_period"]}
    ended["notices"] = (row.get("board") or {}).get("count", 0)
    former = {holder_key(ACCOUNT_ID, row["holder"]): ended}
    change_account(
        holder="Петрова Анна",
        holder_since=CHANGED_ON,
        former_holders=former,
        unaccounted={
            "p1": {
                "paid_at": "2025-12-30T10:00:00Z", "received_on": "2025-12-30", "amount": 100,
                "lines": [["2025-12-zhku", bound_accounts.PAYEE.inn, "ХВС", 100]],
            },
        },
    )  # fmt: skip


def write_new_time() -> None:
    """What the new holder is charged, pays and hands in."""
    for period in NEW_PERIODS:
        import_receipt(period, NEW_SUM)
    import_payment("2026-02-20", NEW_SUM)
    import_reading("2026-02-21", "125.500")


def import_receipt(period: str, amount: int) -> None:
    """Write a receipt of one service."""
    amounts = Amounts(debt=FORMER_SUM - 1, paid=1 - FORMER_SUM, charged=amount, total=amount)
    receipt = Receipt(
        kind="zhku", kind_title="ЖКУ", period=period, main=amounts, penalty=Amounts(),
        issued_on=date.fromisoformat(f"{period}-28"),
        services=[
            ServiceLine(service="ХВС", payee_inn=bound_accounts.PAYEE.inn, charged=amount, total=amount)
        ],
        charges=[ChargeLine(service="ХВС", operation="Начислено", tariff="31.31", amount=amount)],
    )  # fmt: skip
    if period in NEW_PERIODS:
        receipt = receipt.model_copy(update={"main": Amounts(charged=amount, total=amount)})
    bound_accounts.receipt(ACCOUNT_ID, receipt)


def import_payment(day: str, amount: int) -> None:
    """Write an accounted payment."""
    paid = AccountPayment(
        payment_id=day, kind="оплата", received_on=date.fromisoformat(day), amount=amount, status="accounted"
    )
    bound_accounts.payment(ACCOUNT_ID, paid)


def import_meters() -> None:
    """A meter in use, one that was taken off, and the readings of the first."""
    last = ZoneReading(
        reading_id="r2025-12-20", value=LAST_VALUE, taken_on=date(2025, 12, 20), source="subscriber",
        period="2025-12", delta=FORMER_VOLUME,
    )  # fmt: skip
    before = last.model_copy(update={"reading_id": "r", "taken_on": date(2025, 11, 20), "period": "2025-11"})
    months = dict.fromkeys(FORMER_PERIODS, FORMER_VOLUME) | dict.fromkeys(NEW_PERIODS, NEW_VOLUME)
    used = Meter(
        meter_id="m1", number="75", service="ХВС", unit="м3", last={"T1": last}, before={"T1": before},
        monthly={"T1": months},
    )  # fmt: skip
    taken_off = used.model_copy(update={"meter_id": "m0", "number": "74", "calculated_to": date(2025, 6, 1)})
    for made in (used, taken_off):
        bound_accounts.meter(ACCOUNT_ID, made)
    for day in ("2025-11-20", "2025-12-20"):
        import_reading(day, LAST_VALUE)


def import_reading(day: str, value: str) -> None:
    """Write a row of the meter's history."""
    taken = Reading(
        reading_id=f"r{day}", meter_id="m1", zone="T1", value=value, taken_on=date.fromisoformat(day),
        period=day[:7], source="billing",
    )  # fmt: skip
    bound_accounts.reading(ACCOUNT_ID, taken)


def change_account(**attributes: Any) -> None:
    """Change the account as an import would."""
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT_ID)) or {}
    _put(row | attributes)


def let_new_holder_see_history(is_seen: bool = True) -> None:
    """Change the supplier's setting."""
    row = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
    _put(row | {"new_holder_sees_history": is_seen})


def _put(row: Item) -> None:
    dynamo.put(Table.ACCOUNTS, row, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
