"""What an account's rows in a registry amount to, and what may be written over what. Pure.

`build_account_update` turns the rows of one account into the models of accounts, billing and metering;
`decide_merge` compares one of them with the stored item. What is wrong among the rows is found by
`totals_checks.py` and `validate.py`.
"""

import hashlib
import json
from datetime import date
from enum import StrEnum
from functools import lru_cache

from cabinet.accounts.model import Account, Address, make_account_id
from cabinet.core.text import slug
from cabinet.exchange.imports.account_update import AccountUpdate, Data, PaymentRow, ReadingRow
from cabinet.exchange.imports.receipt_rules import CODES_CACHED, receipts_of
from cabinet.exchange.model import AccountRows, Registry, SectionName

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class MergeDecision(StrEnum):
    """How an imported object compares with the stored item."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


def content_digest(data: object) -> str:
    """Return the digest by which an unchanged item is known; `data` is JSON-able."""
    return hashlib.sha256(_CANONICAL.encode(data).encode()).hexdigest()[:32]


def decide_merge(
    existing: Data | None, new_digest: str, stamp: str, format_name: str, newest: str
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
    stored_format = existing.get("source", "native")
    if stored_format != format_name and "native" in (stored_format, format_name):
        return MergeDecision.WRITTEN if format_name == "native" else MergeDecision.SUPERSEDED
    return MergeDecision.SUPERSEDED if stamp < max(str(existing["stamp"]), newest) else MergeDecision.WRITTEN


@lru_cache(CODES_CACHED)
def make_meter_id(number: str) -> str:
    """Return a meter's identifier: its number, folded to be safe in keys."""
    return slug(number)


def build_account_update(
    rows: AccountRows, registry: Registry, present: set[SectionName], format_name: str
) -> AccountUpdate:
    """Return what the rows say; `present` are the sections of the registry, `format_name` its format.

    A section that the registry carries replaces its part of each receipt it mentions; one that it does not
    carry leaves that part alone.
    """
    update = AccountUpdate(make_account_id(registry.supplier_id, rows.spelling), rows.number)
    for row in rows.of("accounts")[:1]:
        update.account = _account(row, registry, update.account_id)
    for row in rows.of("closures"):
        update.closed_on = row["closed"]
    update.receipts = receipts_of(rows, present, format_name)
    for row in rows.of("payments"):
        payment, payment_id = payment_row(row), row.get("order_id")
        if payment_id:
            update.accounted.setdefault(payment_id, []).append(payment)
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
    given: Data = {
        "account_id": account_id,
        "supplier_id": registry.supplier_id,
        "holder": row["fio"],
        "address": {name: row[name] for name in Address.model_fields if name in row},
        "house": {name: row[column] for name, column in _HOUSE_COLUMNS.items() if column in row},
    }
    given |= {name: row[name] for name in ("els", "izhku", "area", "residents", "registered") if name in row}
    if "closed" in row:
        given["closed_on"] = registry.dated.isoformat() if row["closed"] == "" else row["closed"]
    return given


_HOUSE_COLUMNS = {
    "total": "house_area", "living": "house_living", "non_living": "house_nonliving",
    "common": "house_common",
}  # fmt: skip
_IMPORTED_FIELDS = {
    "account_id", "supplier_id", "holder", "address", "els", "izhku", "area", "house", "residents",
    "registered", "closed_on",
}  # fmt: skip
"""Fields of an account that registries own."""


def whole_account(given: Data, existing: Data | None) -> Data:
    """Return all that registries own of an account: what is said now, and the stored rest."""
    kept = {name: value for name, value in (existing or {}).items() if name in _IMPORTED_FIELDS}
    nested = {name: (kept.get(name) or {}) | given[name] for name in ("address", "house")}
    # The first spelling stays: bindings, orders and registries out name the account by it.
    spelled = {"account_id": kept["account_id"]} if "account_id" in kept else {}
    return Account.model_validate(kept | given | nested | spelled).model_dump(
        mode="json", include=_IMPORTED_FIELDS
    )


# What follows makes plain data: models made and dumped row by row were a fifth of an import's time.


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
    } | {name: row[column] for name, column in _METER_COLUMNS.items() if column in row}  # fmt: skip


_METER_COLUMNS = {"unit": "unit", "gis_number": "gis_no"}
