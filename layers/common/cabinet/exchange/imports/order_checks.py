"""Rows that name a payment through the cabinet, compared with what the cabinet took: what the report says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import make_account_id
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.core.money import format_rubles
from cabinet.exchange.imports.account_update import PaymentRow
from cabinet.exchange.imports.apply_accounted_payments import (
    AccountedPayment,
    RegistryPart,
    decide,
    ledger_row,
    ledger_row_keys,
)
from cabinet.exchange.imports.job_store import LoadExisting
from cabinet.exchange.imports.merge_rules import payment_row
from cabinet.exchange.model import AccountRows, Issue, Location
from cabinet.payments.keys import order_key


@dataclass(frozen=True, slots=True)
class _ReferencedPayment:
    """The rows of one account that name one payment."""

    account: AccountRows
    account_id: str
    payment_id: str
    rows: Sequence[PaymentRow]
    location: Location
    """The location of the last row."""


def find_issues(
    batch: Sequence[AccountRows],
    supplier_id: str,
    registry_part: RegistryPart,
    known: Mapping[Key, Item],
    load: LoadExisting,
) -> Iterator[tuple[AccountRows, Issue]]:
    """Yield what is to be said of the payments that the rows of some accounts name."""
    named = list(_named(batch, supplier_id))
    if not named:
        return
    keys = [
        key
        for each in named
        for key in ledger_row_keys(
            each.account_id, known.get(account_key(each.account_id)), {each.payment_id: each.rows}
        )
    ]
    ledger = load(keys)
    strange = []
    for each in named:
        account = known.get(account_key(each.account_id))
        row = ledger_row(each.account_id, each.payment_id, each.rows, account, ledger)
        if row is None:
            strange.append(each)
            continue
        entry = ((account or {}).get("unaccounted") or {}).get(each.payment_id)
        if (issue := _amounts(each, decide(row, entry, each.rows, registry_part))) is not None:
            yield each.account, issue
    yield from _unknown_orders(strange, load)


def _named(batch: Sequence[AccountRows], supplier_id: str) -> Iterator[_ReferencedPayment]:
    for account in batch:
        rows: dict[str, list[PaymentRow]] = {}
        locations: dict[str, Location] = {}
        for location, row in account.with_location("payments"):
            if payment_id := row.get("order_id"):
                rows.setdefault(payment_id, []).append(payment_row(row))
                locations[payment_id] = location
        account_id = make_account_id(supplier_id, account.spelling) if rows else ""
        for payment_id, of_payment in rows.items():
            yield _ReferencedPayment(account, account_id, payment_id, of_payment, locations[payment_id])


def _amounts(named: _ReferencedPayment, found: AccountedPayment) -> Issue | None:
    """Return a word on a payment of which not everything, or more than everything, is accounted."""
    amount = format_rubles(found.amount)
    if found.exceeds:
        message = (
            f"Оплата {named.payment_id}: в этом реестре {format_rubles(found.amount_in_file)}, раньше учтено "
            f"{format_rubles(found.accounted_before)}, а кабинет принял {amount}. Оставлена как была."
        )
        return Issue(named.location, "sum", "payment_differs", message, "warning")
    if not found.is_whole:
        message = (
            f"Оплата {named.payment_id}: учтено {format_rubles(found.accounted_after)} из {amount}, "
            f"{format_rubles(found.amount - found.accounted_after)} остаётся неучтённой."
        )
        return Issue(named.location, "sum", "payment_in_part", message, "warning")
    return None


def _unknown_orders(
    strange: Sequence[_ReferencedPayment], load: LoadExisting
) -> Iterator[tuple[AccountRows, Issue]]:
    """Yield what is wrong with rows whose payment the account does not have."""
    orders = load(
        [key for each in strange for key in _order_keys(each.payment_id)],
        table=Table.PAYMENTS,
        attributes=("lines", "status"),
    )
    for each in strange:
        found = [orders[key] for key in _order_keys(each.payment_id) if key in orders]
        yield each.account, _unknown_order_issue(each, found[0] if found else None)


def _order_keys(payment_id: str) -> list[Key]:
    """Return where the order may be: a refund's id begins with its order's."""
    return [order_key(name) for name in dict.fromkeys((payment_id, payment_id.partition("-")[0]))]


def _unknown_order_issue(named: _ReferencedPayment, order: Item | None) -> Issue:
    if order is None:
        message = (
            f"Оплаты {named.payment_id} кабинет не принимал: записана как оплата, известная только биллингу."
        )
        return Issue(named.location, "order_id", "unknown_order", message, "warning")
    accounts = {account_key(line["account_id"]) for line in order["lines"]}
    if account_key(named.account_id) in accounts:
        return _missing_payment(named, order)
    message = (
        f"Оплата {named.payment_id} сделана не по счёту {named.account.spelling}: проверьте ls и order_id."
    )
    return Issue(named.location, "order_id", "order_of_another_account", message)


def _missing_payment(named: _ReferencedPayment, order: Item) -> Issue:
    """Return what is wrong where the order is of this account, and the account has no such payment."""
    if order["status"] not in ("paid", "refunded"):
        message = (
            f"Заказ {named.payment_id} по этому счёту в кабинете не оплачен: проверьте order_id или "
            "загрузите строку, когда банк подтвердит оплату."
        )
        return Issue(named.location, "order_id", "order_unpaid", message)
    message = (
        f"Оплаты {named.payment_id} по этому счёту нет в пределах года до и после дня в этой строке: "
        "проверьте received и order_id."
    )
    return Issue(named.location, "received", "payment_day", message)
