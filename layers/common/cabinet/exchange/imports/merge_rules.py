"""What an account's rows in a registry amount to, and what may be written over what. Pure.

`build_account_update` turns the rows of one account into the nouns of accounts, billing and metering;
`decide_merge` compares one of them with the stored item. What is wrong among the rows is found by
`totals_checks.py` and `validate.py`.
"""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cabinet.accounts.model import Account, Address, make_account_id
from cabinet.billing.model import Amounts, Receipt
from cabinet.core.money import Kopecks
from cabinet.core.text import slug
from cabinet.exchange.model import AccountRows, Registry, SectionName
from cabinet.metering.model import Source

type Data = dict[str, Any]

_CACHE_SIZE = 1024
"""Codes are asked for again and again: for each row of a receipt or a meter, twice an import."""
_AMOUNTS = tuple(Amounts.model_fields)
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class MergeDecision(StrEnum):
    """What an imported noun is to the item that stands in its place."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(slots=True)
class ReceiptParts:
    """What a registry says of one receipt; a part that it does not carry is None and stays as it is."""

    kind: str
    kind_title: str
    period: str
    balance: Data | None = None
    services: list[Data] | None = None
    charges: list[Data] | None = None
    omitted: set[str] = field(default_factory=set)
    """What no column said, of the balance and of lines: the stored receipt's values stay."""

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of the stored receipt would stay."""
        return self.is_complete and not self.omitted

    @property
    def is_complete(self) -> bool:
        """Tell whether no part is left out."""
        return self.balance is not None and self.services is not None and self.charges is not None


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading as billing gives it."""

    zone: str
    value: str
    taken_on: date
    accepted_on: date | None
    source: Source


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as billing gives it."""

    kind: str
    received_on: date
    processed_on: date | None
    amount: Kopecks
    is_order_unsaid: bool = False
    """No column said whether it has an order's number."""


@dataclass(slots=True)
class AccountUpdate:
    """Everything that a registry says of one account, ready to be compared with what stands."""

    account_id: str
    number: str
    account: Data | None = None
    """Fields of `Account` that a registry owns; None when the registry has no row of the account itself."""
    closed_on: str | None = None
    receipts: dict[tuple[str, str], ReceiptParts] = field(default_factory=dict)
    """By period and kind."""
    payments: list[PaymentRow] = field(default_factory=list)
    """What the account has paid elsewhere."""
    returned: dict[str, list[PaymentRow]] = field(default_factory=dict)
    """By the payment id that the rows name: perhaps payments through the cabinet."""
    meters: dict[str, Data] = field(default_factory=dict)
    """Meter id → the meter_attributes's fields of `Meter`."""
    readings: dict[str, list[ReadingRow]] = field(default_factory=dict)
    """Meter id → readings, oldest first."""


def digest(data: object) -> str:
    """Return the fingerprint by which an unchanged item is known; `data` is JSON-able."""
    return hashlib.sha256(_CANONICAL.encode(data).encode()).hexdigest()[:32]


def decide_merge(
    existing: Data | None, new_digest: str, stamp: str, source: str, newest: str
) -> MergeDecision:
    """Decide whether imported data may replace `existing`.

    An older registry never overwrites a newer one. `newest` is the stamp of the newest registry of this kind
    that was applied: an item that it left unchanged still bears an older stamp, and would not show that a
    newer registry has confirmed it. A bank's registry never overwrites the billing system's own, which in
    turn replaces it whatever the stamps: theirs do not compare.
    """
    if existing is None or "digest" not in existing:
        return MergeDecision.WRITTEN
    if existing["digest"] == new_digest:
        return MergeDecision.UNCHANGED
    standing_source = existing.get("source", "native")
    if standing_source != source and "native" in (standing_source, source):
        return MergeDecision.WRITTEN if source == "native" else MergeDecision.SUPERSEDED
    return MergeDecision.SUPERSEDED if stamp < max(str(existing["stamp"]), newest) else MergeDecision.WRITTEN


@lru_cache(_CACHE_SIZE)
def receipt_kind_code(title: str) -> str:
    """Return the code of a kind of receipt, which is a part of keys."""
    return slug(title)


@lru_cache(_CACHE_SIZE)
def make_meter_id(number: str) -> str:
    """Return a meter's identifier: its number, folded to be safe in keys."""
    return slug(number)


def build_account_update(
    rows: AccountRows, registry: Registry, present: set[SectionName], source: str
) -> AccountUpdate:
    """Return what the rows say; `present` are the sections of the registry, `source` its format.

    A section that the registry carries replaces its part of each receipt it mentions; one that it does not
    carry leaves that part alone.
    """
    update = AccountUpdate(make_account_id(registry.supplier_id, rows.spelling), rows.number)
    for row in rows.of("accounts")[:1]:
        update.account = _account(row, registry, update.account_id)
    for row in rows.of("closures"):
        update.closed_on = row["closed"]
    update.receipts = receipts_of(rows, present, source)
    for row in rows.of("payments"):
        payment, payment_id = payment_row(row), row.get("order_id")
        if payment_id:
            update.returned.setdefault(payment_id, []).append(payment)
        else:
            update.payments.append(payment)
    for row in rows.of("meters"):
        update.meters[make_meter_id(row["meter_no"])] = meter_attributes(row)
    for row in rows.of("readings"):
        readings = update.readings.setdefault(make_meter_id(row["meter_no"]), [])
        accepted = date.fromisoformat(row["accepted"]) if row["accepted"] else None
        readings.append(
            ReadingRow(row["zone"], row["value"], date.fromisoformat(row["taken"]), accepted, row["source"])
        )
    for readings in update.readings.values():
        readings.sort(key=lambda reading: (reading.taken_on, reading.zone))
    return update


def _account(row: Data, registry: Registry, account_id: str) -> Data:
    """Return the fields of `Account` that a row says; a column that it lacks is no field."""
    said: Data = {
        "account_id": account_id,
        "supplier_id": registry.supplier_id,
        "holder": row["fio"],
        "address": {name: row[name] for name in Address.model_fields if name in row},
        "house": {name: row[column] for name, column in _HOUSE_COLUMNS.items() if column in row},
    }
    said |= {name: row[name] for name in ("els", "izhku", "area", "residents", "registered") if name in row}
    if "closed" in row:
        said["closed_on"] = registry.dated.isoformat() if row["closed"] == "" else row["closed"]
    return said


_HOUSE_COLUMNS = {
    "total": "house_area", "living": "house_living", "non_living": "house_nonliving",
    "common": "house_common",
}  # fmt: skip
_OF_REGISTRIES = {
    "account_id", "supplier_id", "holder", "address", "els", "izhku", "area", "house", "residents",
    "registered", "closed_on",
}  # fmt: skip
"""Fields of an account that registries own."""


def whole_account(said: Data, existing: Data | None) -> Data:
    """Return all that registries own of an account: what is said now, and what stands of the rest."""
    kept = {name: value for name, value in (existing or {}).items() if name in _OF_REGISTRIES}
    nested = {name: (kept.get(name) or {}) | said[name] for name in ("address", "house")}
    # The first spelling stays: bindings, orders and registries out name the account by it.
    spelled = {"account_id": kept["account_id"]} if "account_id" in kept else {}
    return Account.model_validate(kept | said | nested | spelled).model_dump(
        mode="json", include=_OF_REGISTRIES
    )


def receipts_of(
    rows: AccountRows, present: set[SectionName], source: str
) -> dict[tuple[str, str], ReceiptParts]:
    """Return the receipts that the rows speak of, by period and kind."""
    receipts: dict[tuple[str, str], ReceiptParts] = {}

    def parts_of(row: Data) -> ReceiptParts:
        key = row["period"], receipt_kind_code(row["receipt"])
        if key not in receipts:
            receipts[key] = fresh = ReceiptParts(key[1], row["receipt"], key[0])
            fresh.services = [] if "services" in present else None
            fresh.charges = [] if "charges" in present else None
        return receipts[key]

    for row in rows.of("balances"):
        parts = parts_of(row)
        parts.balance = _balance(row)
        parts.omitted |= {name for name, column in _PRELIMINARY.items() if column not in row}
    for row in rows.of("services"):
        parts = parts_of(row)
        if "penalty" not in row:
            parts.omitted.add("is_penalty")
        if parts.services is not None:
            parts.services.append(_service(row))
    for row in rows.of("charges"):
        parts = parts_of(row)
        parts.omitted |= {name for name, column in _OF_CHARGES.items() if column not in row}
        if parts.charges is not None:
            parts.charges.append(_charge(row))
    if source != "native":
        for parts in receipts.values():
            parts.balance = _balance_only_receipt(parts)
            parts.services = [line | {"debt": line["total"]} for line in parts.services or []]
    return receipts


# What follows is what `Receipt` would be dumped as. It is compared by fingerprint for each receipt and made a
# `Receipt` only where it is written: models made and dumped line by line were a fifth of an import's time.


def _balance(row: Data) -> Data:
    said: Data = {name: row[column] for name, column in _PRELIMINARY.items() if column in row}
    preliminary: Data = {} if "period" not in said else {"preliminary": said if said["period"] else None}
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


_OF_CHARGES = {"volume_kind": "volume_kind", "is_recalculation": "recalculation", "grounds": "grounds"}
_PRELIMINARY = {"period": "preliminary_period", "main": "preliminary", "penalty": "preliminary_penalty"}


def receipt_data(parts: ReceiptParts, existing: Data | None) -> Data | None:
    """Return the receipt as it is kept: the registry's parts, and the stored item's where it has none."""
    if parts.balance is None and existing is None:
        return None
    kept: Data = {name: value for name, value in (existing or {}).items() if name in Receipt.model_fields}
    said: Data = {"kind": parts.kind, "period": parts.period}
    if "kind_title" not in kept or parts.balance is not None:
        said["kind_title"] = parts.kind_title
    said |= parts.balance or {}
    preliminary, was = said.get("preliminary"), kept.get("preliminary")
    if preliminary and was and was["period"] == preliminary["period"]:
        said["preliminary"] = was | preliminary
    for name, lines in (("services", parts.services), ("charges", parts.charges)):
        if lines is not None:
            said[name] = list(_filled(lines, kept.get(name) or [], parts.omitted))
    was_numbered = kept.pop("gis_document", "")
    numbered = said.pop("gis_document", was_numbered)
    if numbered:
        said["gis_document"] = numbered
    if parts.is_complete and parts.omitted.isdisjoint(_PRELIMINARY):
        return said
    return Receipt.model_validate(kept | said).model_dump(mode="json")


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


def payment_row(row: Data) -> PaymentRow:
    """Return a row of the section payments."""
    processed = date.fromisoformat(row["processed"]) if row["processed"] else None
    return PaymentRow(
        row["kind"], date.fromisoformat(row["received"]), processed, row["sum"], "order_id" not in row
    )


def meter_attributes(row: Data) -> Data:
    """Return the fields of `Meter` that a row of the section meters says."""
    return {
        "meter_id": make_meter_id(row["meter_no"]), "number": row["meter_no"], "service": row["service"],
        "place": row["place"], "zones": row["zones"] or 1,
        "digits": row["digits"] or 5, "decimals": 3 if row["decimals"] is None else row["decimals"],
        "installed_on": row["installed"], "verify_until": row["verify_until"],
        "calculated_from": row["calc_from"], "calculated_to": row["calc_to"], "removal_reason": row["reason"],
    } | {name: row[column] for name, column in _OF_METERS.items() if column in row}  # fmt: skip


_OF_METERS = {"unit": "unit", "gis_number": "gis_no"}
