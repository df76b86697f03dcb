"""What an import makes of a receipt's rows: its data, its lines, and what stays of the one that is there."""

from calendar import monthrange
from collections.abc import Iterator
from functools import lru_cache

from cabinet.billing.model import Amounts, Receipt
from cabinet.core.text import slug
from cabinet.exchange.imports.account_update import Data, ReceiptParts
from cabinet.exchange.model import AccountRows, Location, SectionName

CODES_CACHED = 1024
"""Codes are asked for again and again: for each row of a receipt or a meter, twice an import."""
_AMOUNTS = tuple(Amounts.model_fields)


@lru_cache(CODES_CACHED)
def receipt_kind_code(title: str) -> str:
    """Return the code of a kind of receipt, which is a part of keys."""
    return slug(title)


def receipts_of(
    rows: AccountRows, present: set[SectionName], format_name: str
) -> dict[tuple[str, str], ReceiptParts]:
    """Return the receipts that the rows speak of, by period and kind."""
    receipts: dict[tuple[str, str], ReceiptParts] = {}

    def receipt_parts(row: Data) -> ReceiptParts:
        key = row["period"], receipt_kind_code(row["receipt"])
        if key not in receipts:
            receipts[key] = fresh = ReceiptParts(key[1], row["receipt"], key[0])
            fresh.services = [] if "services" in present else None
            fresh.charges = [] if "charges" in present else None
        return receipts[key]

    for row in rows.of("balances"):
        parts = receipt_parts(row)
        parts.balance = _balance(row)
        parts.omitted |= {name for name, column in _PRELIMINARY.items() if column not in row}
    for row in rows.of("services"):
        parts = receipt_parts(row)
        if "penalty" not in row:
            parts.omitted.add("is_penalty")
        if parts.services is not None:
            parts.services.append(_service(row))
    for row in rows.of("charges"):
        parts = receipt_parts(row)
        parts.omitted |= {name for name, column in _CHARGE_COLUMNS.items() if column not in row}
        if parts.charges is not None:
            parts.charges.append(_charge(row))
    if format_name != "native":
        for parts in receipts.values():
            parts.balance = _balance_only_receipt(parts)
            parts.services = [line | {"debt": line["total"]} for line in parts.services or []]
    return receipts


def first_location(rows: AccountRows, parts: ReceiptParts, *sections: SectionName) -> Location:
    """Return where the first of the sections speaks of a receipt."""
    return next(
        location
        for section in sections
        for location, row in rows.with_location(section)
        if (row["period"], receipt_kind_code(row["receipt"])) == (parts.period, parts.kind)
    )


def _balance(row: Data) -> Data:
    given: Data = {name: row[column] for name, column in _PRELIMINARY.items() if column in row}
    preliminary: Data = {} if "period" not in given else {"preliminary": given if given["period"] else None}
    numbered = {"gis_document": row["pd"]} if "pd" in row else {}
    return (
        preliminary
        | numbered
        | {
            "issued_on": row["issued"] or _last_day(row["period"]),
            "main": {name: row[name] for name in _AMOUNTS},
            "penalty": {name: row[f"penalty_{name}"] for name in _AMOUNTS},
        }
    )


def _service(row: Data) -> Data:
    line = {"service": row["service"], "payee_inn": row["payee_inn"]}
    line |= {name: row.get(name, 0) for name in _AMOUNTS}
    if row.get("penalty") is not None:
        line["is_penalty"] = row["penalty"]
    return line


_CHARGE_COLUMNS = {"volume_kind": "volume_kind", "is_recalculation": "recalculation", "grounds": "grounds"}
_PRELIMINARY = {"period": "preliminary_period", "main": "preliminary", "penalty": "preliminary_penalty"}


def receipt_data(parts: ReceiptParts, existing: Data | None) -> Data | None:
    """Return the receipt as it is kept: the registry's parts, and the stored item's where it has none."""
    if parts.balance is None and existing is None:
        return None
    kept: Data = {name: value for name, value in (existing or {}).items() if name in Receipt.model_fields}
    given: Data = {"kind": parts.kind, "period": parts.period}
    if "kind_title" not in kept or parts.balance is not None:
        given["kind_title"] = parts.kind_title
    given |= parts.balance or {}
    preliminary, was = given.get("preliminary"), kept.get("preliminary")
    if preliminary and was and was["period"] == preliminary["period"]:
        given["preliminary"] = was | preliminary
    for name, lines in (("services", parts.services), ("charges", parts.charges)):
        if lines is not None:
            given[name] = list(_filled(lines, kept.get(name) or [], parts.omitted))
    was_numbered = kept.pop("gis_document", "")
    numbered = given.pop("gis_document", was_numbered)
    if numbered:
        given["gis_document"] = numbered
    if parts.has_all_parts and parts.omitted.isdisjoint(_PRELIMINARY):
        return given
    return Receipt.model_validate(kept | given).model_dump(mode="json")


_SAME_LINE = ("service", "payee_inn", "operation", "calculation_period")


def _filled(lines: list[Data], existing: list[Data], omitted: set[str]) -> Iterator[Data]:
    """Yield the lines, each with what no column said of it from the stored line of the same service."""
    if not omitted or not existing:
        yield from lines
        return
    known: dict[tuple[object, ...], list[Data]] = {}
    for line in existing:
        known.setdefault(tuple(line.get(name, "") for name in _SAME_LINE), []).append(line)
    for line in lines:
        alike = known.get(tuple(line.get(name, "") for name in _SAME_LINE))
        was = alike.pop(0) if alike else {}
        yield line | {name: was[name] for name in omitted if was.get(name) is not None and not line.get(name)}


def _charge(row: Data) -> Data:
    line = {
        "service": row["service"], "operation": row["op"], "tariff": row["tariff"], "norm": row["norm"],
        "volume": row["volume"], "unit": row["unit"], "calculation_period": row["calc_period"],
        "amount": row["sum"],
    }  # fmt: skip
    if row.get("volume_kind"):
        line["volume_kind"] = row["volume_kind"]
    if row.get("recalculation") is not None:
        line["is_recalculation"] = row["recalculation"]
    if row.get("grounds"):
        line["grounds"] = row["grounds"]
    return line


def _balance_only_receipt(parts: ReceiptParts) -> Data:
    """Return the balance of a bank's registry, which knows the debt and nothing of how it came about."""
    lines = parts.services or []
    penalty = sum(line["total"] for line in lines if line.get("is_penalty"))
    main = sum(line["total"] for line in lines) - penalty
    return {
        "issued_on": _last_day(parts.period),
        "main": Amounts(debt=main, total=main).model_dump(),
        "penalty": Amounts(debt=penalty, total=penalty).model_dump(),
        "preliminary": None,
    }


def _last_day(period: str) -> str:
    """Return the day that a receipt is taken to be issued on when the registry does not say."""
    return f"{period}-{monthrange(int(period[:4]), int(period[5:]))[1]:02d}"
