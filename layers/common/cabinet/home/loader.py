"""Reads the first screen: the user with their bindings, then everything of all accounts together."""

from dataclasses import dataclass
from datetime import datetime

from cabinet.accounts.holders import needs_surname
from cabinet.accounts.model import Account
from cabinet.accounts.new_holder_rules import account_for_new_holder, history_start_for
from cabinet.accounts.rules import is_hidden
from cabinet.accounts.supplier_model import Supplier
from cabinet.autopay.model import AutopayRule
from cabinet.autopay.store import HAS_AUTOPAY
from cabinet.aws.dynamo import Item, Table
from cabinet.billing.model import Receipt
from cabinet.billing.receipt_copies import copied_receipts
from cabinet.billing.rules import latest_receipts
from cabinet.billing.store import MAX_KINDS, get_receipts
from cabinet.core import clock
from cabinet.home.model import AccountOverview
from cabinet.metering.meter_summaries import meters_from_summaries
from cabinet.metering.model import Meter
from cabinet.metering.queries import list_meters
from cabinet.notices.queries import EmergencyView, current_emergencies, read_with_current_houses
from cabinet.payments.keys import autopay_key
from cabinet.profile.menu_counters import MenuCounters, counters_from, menu_keys


@dataclass(frozen=True, slots=True)
class HomeData:
    """What the first screen is made of. `flats` are those whose holder the subscriber has proved to be."""

    bindings: list[Item]
    accounts: dict[str, Account]
    suppliers: dict[str, Supplier]
    flats: list[AccountOverview]
    emergencies: list[EmergencyView]
    counters: MenuCounters
    autopay: dict[str, AutopayRule]
    """Keyed by account."""


def load(user_id: str, bindings: list[Item], answers: list[Item], now: datetime) -> HomeData:
    """Return all that the first screen shows of these bindings, in their order.

    `answers` are the rows of answered requests ({account_id, number}).
    """
    answered: dict[str, list[str]] = {}
    for row in answers:
        answered.setdefault(row["account_id"], []).append(row["number"])
    rule_keys = [
        (Table.PAYMENTS, autopay_key(user_id, binding["account_id"]))
        for binding in bindings
        if binding.get(HAS_AUTOPAY)
    ]
    bindings, rows = read_with_current_houses(bindings, lambda each: [*rule_keys, *menu_keys(user_id, each)])
    rules, rows = rows[: len(rule_keys)], rows[len(rule_keys) :]
    account_rows = rows[len(rows) - len(bindings) :]
    accounts = {row["account_id"]: Account.model_validate(row) for row in account_rows if row}
    suppliers = {
        row["supplier_id"]: Supplier.model_validate(row)
        for row in rows[: len(rows) - len(bindings)]
        if row and row["sk"] == "PROFILE"
    }
    for binding in bindings:
        account = accounts.get(binding["account_id"])
        supplier = suppliers.get(account.supplier_id) if account else None
        if account is not None and supplier is not None:
            accounts[account.account_id] = account_for_new_holder(
                account, history_start_for(binding, account, supplier)
            )
    return HomeData(
        bindings,
        accounts,
        suppliers,
        [
            _account_overview(
                accounts[binding["account_id"]],
                suppliers,
                tuple(sorted(answered.get(binding["account_id"], ()))),
                now,
            )
            for binding in bindings
            if _is_shown(binding, accounts, suppliers, now)
        ],
        current_emergencies(bindings, rows[1:], clock.timestamp(now)),
        counters_from(bindings, rows),
        {str(row["account_id"]): AutopayRule.model_validate(row) for row in rules if row},
    )


def _is_shown(
    binding: Item, accounts: dict[str, Account], suppliers: dict[str, Supplier], now: datetime
) -> bool:
    account = accounts.get(binding["account_id"])
    if account is None or account.supplier_id not in suppliers or needs_surname(binding, account):
        return False
    return not is_hidden(account, clock.local_date(now, suppliers[account.supplier_id].time_zone))


def _account_overview(
    account: Account, suppliers: dict[str, Supplier], answered: tuple[str, ...], now: datetime
) -> AccountOverview:
    supplier = suppliers[account.supplier_id]
    return AccountOverview(
        account,
        supplier,
        _receipts(account),
        _meters(account),
        clock.local_date(now, supplier.time_zone),
        answered,
    )


def _receipts(account: Account) -> list[Receipt]:
    copies = copied_receipts(account)
    if copies is not None:
        return copies
    return get_receipts(account.account_id, latest_receipts(account, MAX_KINDS))


def _meters(account: Account) -> list[Meter]:
    known = meters_from_summaries(account)
    return list_meters(account.account_id) if known is None else known
