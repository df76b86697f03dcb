"""Contracts with banks at the desk: whose they are, which bank is silent, a statement against the journal."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime

from cabinet.accounts.store import all_suppliers
from cabinet.core.text import strip_control_chars
from cabinet.payments import bank_outages
from cabinet.payments.bank_statement import (
    ChosenColumns,
    ColumnsUnknown,
    StatementUnreadable,
    parse_statement,
)
from cabinet.payments.comparison import Comparison, WrongStatement
from cabinet.payments.errors import StatementColumnsUnknown, StatementRejected
from cabinet.payments.journal import compare_day
from cabinet.payments.merchants import list_all_merchants
from cabinet.staff.model import Member

MAX_BYTES = 8 * 1024 * 1024
"""Size of an unpacked statement: a day of some ten thousand payments has 1 MB."""
_MAX_COLUMNS = 50
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class OwnContract:
    """A contract whose suppliers are the person's own."""

    contract: str
    supplier_ids: tuple[str, ...]
    """Empty for an old one that no supplier has any more."""
    silent_since: datetime | None
    """Since when its bank does not answer; None: it does."""


@dataclass(frozen=True, slots=True)
class ComparedStatement:
    """What a comparison has found, and which lines of the file move no money."""

    comparison: Comparison
    skipped: list[int]
    doubts: list[str]


def own_contracts(member: Member, *, sees_all: bool) -> list[OwnContract]:
    """Return the contracts with only the person's suppliers; old ones if they see all suppliers."""
    owners: dict[str, list[str]] = {}
    for supplier in all_suppliers():
        for merchant in supplier.all_merchants:
            owners.setdefault(merchant.contract, []).append(supplier.supplier_id)
    if sees_all:
        for merchant in list_all_merchants():
            owners.setdefault(merchant.contract, [])
    silent = bank_outages.current_outages()
    return [
        OwnContract(contract, tuple(ids), silent.get(contract))
        for contract, ids in sorted(owners.items())
        if member.covers(ids)
    ]


def compare(known: OwnContract, day: date, packed: bytes, chosen: ChosenColumns | None) -> ComparedStatement:
    """Compare a gzipped statement of a day with the journal.

    Raises StatementRejected with what the file seems to be, StatementColumnsUnknown with its columns.
    """
    try:
        statement = parse_statement(_unpacked(packed), chosen)
        found = compare_day(known.contract, day, statement.entries)
    except ColumnsUnknown as error:
        columns = [strip_control_chars(name)[:_MAX_NAME] for name in error.columns[:_MAX_COLUMNS]]
        raise StatementColumnsUnknown(columns=columns) from None
    except (StatementUnreadable, WrongStatement) as error:
        raise StatementRejected(_sentence(str(error))) from None
    return ComparedStatement(found, statement.skipped, [*statement.doubts, *found.doubts])


def _unpacked(packed: bytes) -> bytes:
    """Return what was packed, if it is not larger than a statement may be; raises StatementRejected."""
    inflating = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = inflating.decompress(packed, MAX_BYTES + 1)
    except zlib.error:
        raise StatementRejected("Файл дошёл повреждённым: отправьте его ещё раз.") from None
    if len(content) > MAX_BYTES:
        raise StatementRejected("Файл больше 8 МБ: разделите реестр или сравните его командой.")
    if not inflating.eof:
        raise StatementRejected("Файл дошёл не весь: отправьте его ещё раз.")
    return content


def _sentence(text: str) -> str:
    shown = strip_control_chars(text)[:600]
    return shown[:1].upper() + shown[1:]
