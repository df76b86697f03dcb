"""The first pass: every row is read, counted and staged, references are looked up, nothing is written."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cabinet.accounts.keys import account_key, meter_key, receipt_key
from cabinet.accounts.model import account_id_of
from cabinet.dynamo import Key, Table
from cabinet.exchange import consistency, opening, order_checks
from cabinet.exchange.formats import Reading
from cabinet.exchange.model import AccountRows, Finding, FormatName, Registry, RegistryRefused, Severity
from cabinet.exchange.orders import Part
from cabinet.exchange.payable import Unpayable
from cabinet.exchange.report import Findings
from cabinet.exchange.rules import code_of, meter_id_of
from cabinet.exchange.staging import Stage
from cabinet.exchange.store import Look
from cabinet.text import number_key
from cabinet.wire import Item

type Present = Callable[[Sequence[Key]], set[Key]]
"""Which of the keys have an item."""

_LOOKED_UP_TOGETHER = 200
_OF_AN_ACCOUNT = ("unaccounted", "closed_on")


def _nothing_stands(
    keys: Sequence[Key], *, table: Table = Table.ACCOUNTS, attributes: Sequence[str] = ()
) -> dict[Key, Item]:
    return {}


@dataclass(slots=True)
class Checked:
    """What the first pass found; `registry` is None where the file was refused before it said what it is."""

    findings: Findings
    format: FormatName | None = None
    registry: Registry | None = None
    refused: bool = False
    rows: int = 0
    left_out: set[str] = field(default_factory=set)
    """Numbers of accounts with a broken row: within the supplier's share the others are applied."""


def check(
    path: Path,
    reading: Reading,
    uploaded_at: datetime,
    stage: Stage,
    present: Present,
    look: Look = _nothing_stands,
) -> Checked:
    """Read the whole file at `path` into `stage` and say whether it can be applied."""
    checked = Checked(Findings())
    try:
        with opening.members(path) as members:
            for found in reading.rows(members):
                if isinstance(found, Finding):
                    _take(checked, found)
                else:
                    stage.add(found)
        stage.seal()
        _check_accounts(checked, reading, stage, present, look)
    except RegistryRefused as refusal:
        checked.findings.add(refusal.finding)
    checked.rows = stage.rows
    checked.format = reading.format
    checked.registry = reading.registry or _uploaded(reading, uploaded_at)
    checked.refused = checked.findings.refuse(stage.rows, reading.supplier.registry_errors_share)
    return checked


def _uploaded(reading: Reading, uploaded_at: datetime) -> Registry:
    """Return the identity of a registry whose format has none: the moment of its upload."""
    number = int(uploaded_at.strftime("%H%M%S"))
    return Registry(supplier_id=reading.supplier.supplier_id, number=number, dated=reading.uploaded_on)


def _take(checked: Checked, finding: Finding) -> None:
    checked.findings.add(finding)
    if finding.severity == "error" and finding.number:
        checked.left_out.add(number_key(finding.number))


def _check_accounts(checked: Checked, reading: Reading, stage: Stage, present: Present, look: Look) -> None:
    source, supplier = reading.format or "native", reading.supplier
    unpayable = Unpayable(supplier, source)
    for batch in itertools.batched(stage.accounts(), _LOOKED_UP_TOGETHER, strict=False):
        known = look(
            [account_key(account_id_of(supplier.supplier_id, rows.number)) for rows in batch],
            attributes=_OF_AN_ACCOUNT,
        )
        if reading.registry is not None and look is not _nothing_stands:
            part = Part.of(reading.registry.stamp, stage.fingerprint)
            for rows, finding in order_checks.findings(batch, supplier.supplier_id, part, known, look):
                _take(checked, _numbered(finding, rows))
        wanted: dict[Key, list[Finding]] = {}
        for rows in batch:
            for finding in itertools.chain(
                consistency.faults(rows, source),
                consistency.money_faults(rows, supplier),
            ):
                _take(checked, _numbered(finding, rows))
            unpayable.count(rows, stage.sections)
            for key, finding in _references(rows, supplier.supplier_id, source):
                wanted.setdefault(key, []).append(_numbered(finding, rows))
        for finding in _missing({key: said for key, said in wanted.items() if key not in known}, present):
            _take(checked, finding)
    for finding in unpayable.findings():
        _take(checked, finding)


def _missing(wanted: dict[Key, list[Finding]], present: Present) -> Iterator[Finding]:
    if wanted:
        known = present(list(wanted))
        yield from itertools.chain.from_iterable(
            findings for key, findings in wanted.items() if key not in known
        )


def _references(rows: AccountRows, supplier_id: str, source: str) -> Iterable[tuple[Key, Finding]]:
    """Yield what the rows rest on and the registry does not bring, with what to say if it is absent."""
    account_id = account_id_of(supplier_id, rows.spelling)
    if "accounts" not in rows.rows:
        place = next(iter(rows.rows.values()))[0][0]
        message = f"Лицевой счёт {rows.spelling} неизвестен, и строки о нём в реестре нет."
        yield account_key(account_id), Finding(place, "ls", "unknown_account", message)
    if source == "native":
        balances = {(row["period"], code_of(row["receipt"])) for row in rows.of("balances")}
        for place, row in (*rows.placed("services"), *rows.placed("charges")):
            key = row["period"], code_of(row["receipt"])
            if key not in balances:
                message = f"Квитанции «{row['receipt']}» за {row['period']} нет ни в реестре, ни в кабинете."
                yield receipt_key(account_id, *key), Finding(place, "receipt", "unknown_receipt", message)
    meters = {meter_id_of(row["meter_no"]) for row in rows.of("meters")}
    for place, row in rows.placed("readings"):
        meter_id = meter_id_of(row["meter_no"])
        if meter_id not in meters:
            # A bank numbers the meters of its contract: debts are not refused for one that we do not know.
            severity: Severity = "error" if source == "native" else "warning"
            message = f"Прибор {row['meter_no']} неизвестен; показание не принято."
            finding = Finding(place, "meter_no", "unknown_meter", message, severity)
            yield meter_key(account_id, meter_id), finding


def _numbered(finding: Finding, rows: AccountRows) -> Finding:
    return Finding(
        finding.place, finding.field, finding.code, finding.message, finding.severity, number=rows.number
    )
