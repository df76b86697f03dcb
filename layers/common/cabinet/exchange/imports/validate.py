"""The first pass: every row is read, counted and staged, references are looked up, nothing is written."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import make_account_id
from cabinet.aws.dynamo import Item, Key
from cabinet.billing.keys import receipt_key
from cabinet.core.text import number_key
from cabinet.exchange.formats import archive
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports import (
    job_store,
    order_checks,
    reading_checks,
    repeated_registry,
    totals_checks,
)
from cabinet.exchange.imports.apply_accounted_payments import RegistryPart
from cabinet.exchange.imports.job_store import LoadExisting
from cabinet.exchange.imports.merge_rules import make_meter_id
from cabinet.exchange.imports.payee_checks import MissingPayees
from cabinet.exchange.imports.plausibility_checks import PlausibilityChecks
from cabinet.exchange.imports.receipt_rules import receipt_kind_code
from cabinet.exchange.imports.report import Issues
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.model import AccountRows, FormatName, Issue, Registry, RegistryRejected, Severity
from cabinet.metering.keys import meter_key
from cabinet.metering.model import Meter

type FindExistingKeys = Callable[[Sequence[Key]], set[Key]]
"""Which of the keys have an item."""

type Compare = Callable[[StagingDb, Registry], Iterable[Issue]]
"""What other files of the registry have said otherwise."""

_LOOKUP_BATCH = 200
_ACCOUNT_ATTRIBUTES = ("unaccounted", "closed_on")
_METER_ATTRIBUTES = (
    "meter_id", "number", "service", "zones", "digits", "decimals", "last", "before", "monthly",
)  # fmt: skip


@dataclass(slots=True)
class ValidatedFile:
    """What the first pass found; `registry` is None where the file was refused before it said what it is."""

    issues: Issues
    format: FormatName | None = None
    registry: Registry | None = None
    refused: bool = False
    rows: int = 0
    left_out: set[str] = field(default_factory=set)
    """Numbers of accounts with a broken row: within the supplier's share the others are applied."""

    def facts(self) -> dict[str, Any]:
        """Return what an import's item says of the file, whatever its outcome."""
        return {
            "format": self.format,
            "registry_number": self.registry.number if self.registry else None,
            "registry_date": self.registry.dated.isoformat() if self.registry else None,
            "rows": self.rows,
            "errors": self.issues.errors,
            "warnings": self.issues.warnings,
        }


def check(
    path: Path,
    reader: FileReader,
    uploaded_at: datetime,
    staging: StagingDb,
    find_existing_keys: FindExistingKeys,
    load: LoadExisting,
    compare: Compare,
) -> ValidatedFile:
    """Read the whole file at `path` into `staging` and say whether it can be applied."""
    checked = ValidatedFile(Issues())
    try:
        with archive.members(path) as members:
            for found in reader.rows(members):
                if isinstance(found, Issue):
                    _add_issue(checked, found)
                else:
                    staging.add(found)
        staging.finalise()
        checked.registry = reader.registry or _uploaded(reader, uploaded_at)
        _check_accounts(checked, checked.registry, reader, staging, find_existing_keys, load)
        if reader.format == "native":
            for issue in compare(staging, checked.registry):
                _add_issue(checked, issue)
    except RegistryRejected as refusal:
        checked.issues.add(refusal.issue)
    checked.rows = staging.rows
    checked.format = reader.format
    checked.registry = reader.registry or _uploaded(reader, uploaded_at)
    checked.refused = checked.issues.is_rejected(staging.rows, reader.supplier.registry_errors_share)
    return checked


def _uploaded(reader: FileReader, uploaded_at: datetime) -> Registry:
    """Return the identity of a registry whose format has none: the moment of its upload."""
    number = int(uploaded_at.strftime("%H%M%S"))
    return Registry(supplier_id=reader.supplier.supplier_id, number=number, dated=reader.uploaded_on)


def _add_issue(checked: ValidatedFile, issue: Issue) -> None:
    checked.issues.add(issue)
    if issue.severity == "error" and issue.number:
        checked.left_out.add(number_key(issue.number))


def _check_accounts(
    checked: ValidatedFile,
    registry: Registry,
    reader: FileReader,
    staging: StagingDb,
    find_existing_keys: FindExistingKeys,
    load: LoadExisting,
) -> None:
    format_name, supplier = reader.format or "native", reader.supplier
    unpayable = MissingPayees(supplier, format_name)
    is_repeated = format_name == "native" and _is_repeated(registry, staging, load)
    plausibility = PlausibilityChecks(supplier, format_name, registry.dated, reader.uploaded_on)
    for batch in itertools.batched(staging.accounts(), _LOOKUP_BATCH, strict=False):
        known = load(
            [account_key(make_account_id(supplier.supplier_id, rows.number)) for rows in batch],
            attributes=_ACCOUNT_ATTRIBUTES,
        )
        if reader.registry is not None:
            registry_part = RegistryPart.of(reader.registry.stamp, staging.payments_digest)
            for rows, issue in order_checks.find_issues(
                batch, supplier.supplier_id, registry_part, known, load
            ):
                _add_issue(checked, _numbered(issue, rows))
        if is_repeated:
            for issue in _find_repeated(batch, registry, staging, load):
                _add_issue(checked, issue)
        meters = _meters(batch, supplier.supplier_id, load)
        known |= meters
        wanted: dict[Key, list[Issue]] = {}
        for rows in batch:
            account = known.get(account_key(make_account_id(supplier.supplier_id, rows.number)), {})
            for issue in itertools.chain(
                totals_checks.find_issues(rows, format_name),
                totals_checks.money_issues(rows, supplier),
                plausibility.find_issues(rows, account.get("closed_on")),
                reading_checks.find_issues(rows, _own(rows, supplier.supplier_id, meters), supplier),
            ):
                _add_issue(checked, _numbered(issue, rows))
            unpayable.count(rows, staging.sections)
            for key, issue in _references(rows, supplier.supplier_id, format_name):
                wanted.setdefault(key, []).append(_numbered(issue, rows))
        for issue in _missing(
            {key: issues for key, issues in wanted.items() if key not in known}, find_existing_keys
        ):
            _add_issue(checked, issue)
    for issue in unpayable.issues():
        _add_issue(checked, issue)


def _is_repeated(registry: Registry, staging: StagingDb, load: LoadExisting) -> bool:
    """Tell whether a registry of this number and date was the newest of something that this one brings."""
    keys = [job_store.newest_key(registry.supplier_id, scope) for scope in staging.scopes]
    return any(item["stamp"] == registry.stamp for item in load(keys).values())


def _find_repeated(
    batch: Sequence[AccountRows], registry: Registry, staging: StagingDb, load: LoadExisting
) -> Iterator[Issue]:
    existing = load(
        [key for rows in batch for key in repeated_registry.compared_keys(rows, registry.supplier_id)]
    )
    for rows in batch:
        yield from repeated_registry.find_issues(rows, registry, staging.sections, existing)


def _meters(batch: Sequence[AccountRows], supplier_id: str, load: LoadExisting) -> dict[Key, Item]:
    """Return what the cabinet knows of the meters whose readings the rows bring."""
    keys = [key for rows in batch for key in _meter_keys(rows, supplier_id).values()]
    return load(keys, attributes=_METER_ATTRIBUTES) if keys else {}


def _own(rows: AccountRows, supplier_id: str, meters: Mapping[Key, Item]) -> dict[str, Meter]:
    keys = _meter_keys(rows, supplier_id)
    return {meter_id: Meter.model_validate(meters[key]) for meter_id, key in keys.items() if key in meters}


def _meter_keys(rows: AccountRows, supplier_id: str) -> dict[str, Key]:
    account_id = make_account_id(supplier_id, rows.number)
    named = dict.fromkeys(make_meter_id(row["meter_no"]) for row in rows.of("readings"))
    return {meter_id: meter_key(account_id, meter_id) for meter_id in named}


def _missing(wanted: dict[Key, list[Issue]], find_existing_keys: FindExistingKeys) -> Iterator[Issue]:
    if wanted:
        known = find_existing_keys(list(wanted))
        yield from itertools.chain.from_iterable(issues for key, issues in wanted.items() if key not in known)


def _references(rows: AccountRows, supplier_id: str, format_name: str) -> Iterable[tuple[Key, Issue]]:
    """Yield what the rows depend on and the registry lacks, with what to report if it is absent."""
    account_id = make_account_id(supplier_id, rows.spelling)
    if "accounts" not in rows.rows:
        location = next(iter(rows.rows.values()))[0][0]
        message = f"Лицевой счёт {rows.spelling} неизвестен, и строки о нём в реестре нет."
        yield account_key(account_id), Issue(location, "ls", "unknown_account", message)
    if format_name == "native":
        balances = {(row["period"], receipt_kind_code(row["receipt"])) for row in rows.of("balances")}
        for location, row in (*rows.with_location("services"), *rows.with_location("charges")):
            key = row["period"], receipt_kind_code(row["receipt"])
            if key not in balances:
                message = f"Квитанции «{row['receipt']}» за {row['period']} нет ни в реестре, ни в кабинете."
                yield receipt_key(account_id, *key), Issue(location, "receipt", "unknown_receipt", message)
    meters = {make_meter_id(row["meter_no"]) for row in rows.of("meters")}
    for location, row in rows.with_location("readings"):
        meter_id = make_meter_id(row["meter_no"])
        if meter_id not in meters:
            # A bank numbers the meters of its contract: debts are not refused for one that we do not know.
            severity: Severity = "error" if format_name == "native" else "warning"
            message = f"Прибор {row['meter_no']} неизвестен; показание не принято."
            issue = Issue(location, "meter_no", "unknown_meter", message, severity)
            yield meter_key(account_id, meter_id), issue


def _numbered(issue: Issue, rows: AccountRows) -> Issue:
    return Issue(issue.location, issue.field, issue.code, issue.message, issue.severity, number=rows.number)
