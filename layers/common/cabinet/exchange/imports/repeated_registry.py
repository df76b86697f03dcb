"""A registry whose number and date were applied before, compared with what is stored. Pure.

Parts of a registry have one number, so its files may differ. What the same number says twice in two ways is
a correction under an old number: it is accepted, and reported.
"""

from collections.abc import Iterator, Mapping

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import make_account_id
from cabinet.aws.dynamo import Item, Key
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt
from cabinet.exchange.imports.account_update import Data, ReceiptParts
from cabinet.exchange.imports.merge_rules import build_account_update, make_meter_id
from cabinet.exchange.imports.receipt_rules import first_location, receipt_data, receipt_kind_code
from cabinet.exchange.model import AccountRows, Issue, Location, Registry, SectionName
from cabinet.metering.keys import meter_key

_NOTHING: tuple[object, ...] = (None, "", [], {})
_IGNORED_FIELDS = ("account_id",)


def compared_keys(rows: AccountRows, supplier_id: str) -> Iterator[Key]:
    """Yield the keys of what the rows may say otherwise."""
    account_id = make_account_id(supplier_id, rows.number)
    yield account_key(account_id)
    receipts = {
        (row["period"], receipt_kind_code(row["receipt"]))
        for section in ("balances", "services", "charges")
        for row in rows.of(section)
    }
    for period, kind in receipts:
        yield receipt_key(account_id, period, kind)
    for row in rows.of("meters"):
        yield meter_key(account_id, make_meter_id(row["meter_no"]))


def find_issues(
    rows: AccountRows, registry: Registry, present: set[SectionName], existing: Mapping[Key, Item]
) -> Iterator[Issue]:
    """Yield each row of a native registry that the same registry has said otherwise."""
    update = build_account_update(rows, registry, present, "native")
    account_id = make_account_id(registry.supplier_id, rows.number)
    item = existing.get(account_key(account_id), {})
    if update.account and _is_from_registry(item, registry) and _differs(update.account, item):
        yield _issue(rows.with_location("accounts")[0][0], registry)
    for parts in update.receipts.values():
        item = existing.get(receipt_key(account_id, parts.period, parts.kind), {})
        section = _differing_part(parts, item) if _is_from_registry(item, registry) else None
        if section is not None:
            yield _issue(first_location(rows, parts, section), registry)
    for meter_id, given in update.meters.items():
        item = existing.get(meter_key(account_id, meter_id), {})
        if _is_from_registry(item, registry) and _differs(given, item):
            location = next(
                at for at, row in rows.with_location("meters") if make_meter_id(row["meter_no"]) == meter_id
            )
            yield _issue(location, registry)


def _is_from_registry(item: Item, registry: Registry) -> bool:
    return item.get("stamp") == registry.stamp and item.get("source", "native") == "native"


def _differs(given: Data, item: Item) -> bool:
    return any(
        _differs(value, item[name]) if isinstance(value, dict) else item[name] != value
        for name, value in given.items()
        if name not in _IGNORED_FIELDS and item.get(name) not in _NOTHING
    )


def _differing_part(parts: ReceiptParts, item: Item) -> SectionName | None:
    was, now = Receipt.model_validate(item), Receipt.model_validate(receipt_data(parts, item))
    if parts.balance is not None and (was.main, was.penalty, was.preliminary, was.issued_on) != (
        now.main, now.penalty, now.preliminary, now.issued_on,
    ):  # fmt: skip
        return "balances"
    if parts.services and was.services and was.services != now.services:
        return "services"
    return "charges" if parts.charges and was.charges and was.charges != now.charges else None


def _issue(location: Location, registry: Registry) -> Issue:
    message = (
        f"Реестр № {registry.number} от {registry.dated:%d.%m.%Y} уже загружался, и в нём здесь были другие "
        "данные. Приняты новые; исправленный реестр присылайте под следующим номером."
    )
    return Issue(location, "", "number_repeated", message, "warning")
