"""What an import would do, shown without doing it: the import's own check and plans, not written.

The file is read in place and never uploaded, so nothing stays that an import could find.
"""

import heapq
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from cabinet.accounts.keys import account_key
from cabinet.accounts.supplier_model import RegistryEncoding, Supplier
from cabinet.aws.dynamo import Item, Key
from cabinet.billing.keys import receipt_key
from cabinet.core import clock
from cabinet.core.money import Kopecks, format_rubles
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports import apply, import_job, import_lock, job_store, report
from cabinet.exchange.imports.account_update import AccountUpdate, ReceiptParts
from cabinet.exchange.imports.earlier_files import EarlierFiles
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.summary import VERDICTS, missing_lines, tally_lines
from cabinet.exchange.imports.validate import ValidatedFile
from cabinet.exchange.imports.write_plan import Import, Plan
from cabinet.exchange.model import FormatName

BIGGEST = 10
_VERDICTS = VERDICTS | {"written": "будет записано", "corrected": "будет исправлено"}
_SUMS = ("main", "penalty", "services")


@dataclass(frozen=True, slots=True)
class Difference:
    """A receipt that would show another sum."""

    number: str
    period: str
    kind: str
    before: Kopecks
    after: Kopecks
    compared_with: str
    """The period of the receipt that `before` is of, empty where there was none."""

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Return what they sort by: the biggest first."""
        return -abs(self.after - self.before), self.number, self.period, self.kind


def _biggest(differences: Iterable[Difference]) -> list[Difference]:
    return heapq.nsmallest(BIGGEST, differences, key=lambda one: one.order)


@dataclass(slots=True)
class Preview:
    """What would change, of all accounts: counts, sums by period and kind, the biggest differences."""

    accounts: Counter[str] = field(default_factory=Counter)
    """``new``, ``changed``, ``holder``, ``closed``."""
    receipts: Counter[str] = field(default_factory=Counter)
    """``new``, ``changed``."""
    tally: Counter[str] = field(default_factory=Counter)
    before: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """«К оплате» by period, kind and the payee's INN, in kopecks; no INN for what no service's line says."""
    after: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    biggest: list[Difference] = field(default_factory=list)

    def merge(self, part: "Preview") -> None:
        """Add what other accounts come to."""
        for mine, theirs in (
            (self.accounts, part.accounts), (self.receipts, part.receipts), (self.tally, part.tally),
            (self.before, part.before), (self.after, part.after),
        ):  # fmt: skip
            # Sums may be negative, and zero is said.
            for name, count in theirs.items():
                mine[name] += count  # type: ignore[index]
        self.biggest = _biggest((*self.biggest, *part.biggest))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A file that was checked and compared with what is stored."""

    checked: ValidatedFile
    found: Preview
    missing: dict[str, list[str]]
    """By section, the previous registry's accounts that this one lacks."""
    is_busy: bool
    """Whether another import or undo of the supplier ran meanwhile, so that the comparison may be of both."""

    def lines(self) -> Iterator[str]:
        """Yield what would be done, a sentence each."""
        if self.checked.refused:
            yield "Реестр не будет принят. Ничего не записано."
        else:
            yield from _lines(self)


class _NoUndo:
    """Plans of a preview are never written."""

    def keep(self, plans: Sequence[Plan]) -> NoReturn:
        raise AssertionError(f"a preview writes nothing: {len(plans)} plans")


def preview(
    path: Path,
    supplier: Supplier,
    given_format: FormatName | None = None,
    encoding: RegistryEncoding | None = None,
) -> tuple[bool, bytes]:
    """Return whether the file would be accepted, and the report; nothing is written anywhere.

    Raises
    ------
    ConcurrentModification
        Accounts were deleted between the check and the comparison: an undo has run meanwhile.
    """
    moment = clock.now()
    job = Job(supplier.supplier_id, path.name, "", moment)
    uploaded_on = clock.local_date(moment, supplier.time_zone)
    reader = FileReader(supplier, path.name, uploaded_on, given_format, encoding=encoding)
    examined = run_check(path, job, supplier, reader)
    return not examined.checked.refused, report.to_csv(examined.checked.issues, examined.lines())


def run_check(path: Path, job: Job, supplier: Supplier, reader: FileReader) -> CheckResult:
    """Check a whole file and compare it with what is stored; nothing is written.

    Raises ConcurrentModification.
    """
    with (
        tempfile.TemporaryDirectory(prefix="preview-") as folder,
        StagingDb(Path(folder) / "stage.db") as staging,
        EarlierFiles(job) as earlier_files,
    ):
        checked = import_job.check_file(path, reader, job, staging, earlier_files)
        if checked.refused:
            return CheckResult(checked, Preview(), {}, is_busy=False)
        found = _compare(supplier, checked, staging)
        noted = import_job.compare_with_previous(job, checked, staging)
        missing = {section: known.missing for section, (_, _, known) in noted.items()}
        return CheckResult(checked, found, missing, import_lock.is_locked_by_other(job, clock.now()))


def _lines(examined: CheckResult) -> Iterator[str]:
    found = examined.found
    yield f"Это проверка, ничего не записано. Реестр будет принят, строк: {examined.checked.rows}."
    if examined.is_busy:
        yield "Сейчас записывается или отменяется другой реестр поставщика: сравнение может измениться."
    accounts, receipts, tally = found.accounts, found.receipts, found.tally
    yield (
        f"лицевые счета: новых {accounts['new']}, изменённых {accounts['changed']} "
        f"(из них с другим собственником {accounts['holder']}), закрываемых {accounts['closed']}, "
        f"без изменений {tally['accounts.unchanged']}."
    )
    yield from missing_lines(examined.missing)
    yield (
        f"квитанции: новых {receipts['new']}, изменённых {receipts['changed']}, "
        f"без изменений {tally['receipts.unchanged']}."
    )
    yield from other_lines(found)
    for (period, kind), payees in _payees(found).items():
        yield _sums_line(found, period, kind, payees)
    if found.biggest:
        yield "Самые большие изменения «К оплате»:"
    for one in found.biggest:
        was = f" (за {one.compared_with})" if one.compared_with not in ("", one.period) else ""
        yield (
            f"{one.number}, {one.kind} за {one.period}: было {format_rubles(one.before)}{was}, "
            f"станет {format_rubles(one.after)} руб."
        )


def _payees(found: Preview) -> dict[tuple[str, str], list[str]]:
    """Return by period and kind the INNs that get anything of it, sorted."""
    payees: dict[tuple[str, str], list[str]] = {}
    for period, kind, inn in sorted(found.after):
        payees.setdefault((period, kind), []).append(inn)
    return payees


def _sums_line(found: Preview, period: str, kind: str, payees: Sequence[str]) -> str:
    before = sum(found.before[period, kind, inn] for inn in payees)
    after = sum(found.after[period, kind, inn] for inn in payees)
    line = f"К оплате за {period}, {kind}: было {format_rubles(before)}, станет {format_rubles(after)} руб."
    named = [inn for inn in payees if inn]
    if len(named) < 2:
        return line
    shares = (f"{inn} {format_rubles(found.after[period, kind, inn])}" for inn in named)
    return f"{line[:-1]}, из них получателям: {', '.join(shares)}."


def other_lines(found: Preview) -> Iterator[str]:
    """Yield what would happen to payments, meters and readings, and what would stay unchanged."""
    rest = Counter({name: count for name, count in found.tally.items() if name not in _REPORTED_SEPARATELY})
    yield from tally_lines(rest, verdicts=_VERDICTS)


_REPORTED_SEPARATELY = {
    f"{kind}.{outcome}" for kind in ("accounts", "receipts") for outcome in ("written", "unchanged")
}
"""What has lines of its own."""


def _compare(supplier: Supplier, checked: ValidatedFile, staging: StagingDb) -> Preview:
    whole, registry = Preview(), checked.registry
    if registry is None:
        return whole
    format_name = checked.format or "native"
    latest_stamps = job_store.latest_applied(supplier.supplier_id, apply.stamp_scopes(staging, format_name))
    importing = Import(supplier, registry, format_name, latest_stamps, staging.payments_digest, _NoUndo())
    updates = apply.account_updates(staging, importing, checked.left_out)
    with ThreadPoolExecutor(apply.THREADS) as executor:
        for window in itertools.batched(updates, apply.THREADS * apply.BATCH_SIZE, strict=False):
            batches = itertools.batched(window, apply.BATCH_SIZE, strict=False)
            for part in executor.map(partial(_compare_accounts, importing), batches):
                whole.merge(part)
    return whole


def _compare_accounts(importing: Import, updates: Sequence[AccountUpdate]) -> Preview:
    plans = apply.plan_accounts(updates, importing, is_retry=True)
    keys = [
        key
        for update, plan in zip(updates, plans, strict=True)
        for parts in update.receipts.values()
        for key in _compared_keys(update, parts, plan)
    ]
    existing = job_store.load_existing(list(dict.fromkeys(keys)), attributes=_SUMS, consistent=True)
    found = Preview()
    for update, plan in zip(updates, plans, strict=True):
        found.tally.update(plan.tally)
        _note_account(found, update, plan)
        for parts in update.receipts.values():
            _note_receipt(found, update, parts, plan, existing)
    found.biggest = _biggest(found.biggest)
    return found


def _note_account(found: Preview, update: AccountUpdate, plan: Plan) -> None:
    key = account_key(update.account_id)
    existing, values = plan.existing.get(key), plan.values.get(key, {})
    if existing is None:
        found.accounts["new"] += 1
        return
    found.accounts["changed"] += plan.tally["accounts.written"]
    found.accounts["holder"] += "holder_since" in values
    found.accounts["closed"] += bool(values.get("closed_on")) and not existing.get("closed_on")


def _note_receipt(
    found: Preview, update: AccountUpdate, parts: ReceiptParts, plan: Plan, existing: Mapping[Key, Item]
) -> None:
    own, *older = _compared_keys(update, parts, plan)
    compared = next((key for key in (own, *older) if key in existing), None)
    before = {} if compared is None else _by_payee(existing[compared])
    after = before
    if own in plan.values:
        found.receipts["changed" if own in existing else "new"] += 1
        after = _by_payee(plan.values[own])
    name = parts.period, parts.kind_title
    for inn in (before.keys() | after.keys()) or {""}:
        found.before[*name, inn] += before.get(inn, 0)
        found.after[*name, inn] += after.get(inn, 0)
    was, will_be = sum(before.values()), sum(after.values())
    if will_be != was:
        since = "" if compared is None else compared[1].removeprefix("RECEIPT#")[:7]
        found.biggest.append(Difference(update.number, *name, was, will_be, since))


def _compared_keys(update: AccountUpdate, parts: ReceiptParts, plan: Plan) -> list[Key]:
    """Return the receipt's key, and that of the kind's latest one where this is to come after it."""
    keys = [receipt_key(update.account_id, parts.period, parts.kind)]
    account = plan.existing.get(account_key(update.account_id)) or {}
    latest = (account.get("latest") or {}).get(parts.kind, "")
    if latest and latest < parts.period:
        keys.append(receipt_key(update.account_id, latest, parts.kind))
    return keys


def _by_payee(receipt: Mapping[str, Any]) -> dict[str, Kopecks]:
    """Return a receipt's «К оплате» by INN; what no service's line says is under none."""
    shares: dict[str, Kopecks] = {}
    for line in receipt.get("services") or ():
        inn = str(line.get("payee_inn") or "")
        shares[inn] = shares.get(inn, 0) + int(line["total"])
    total = sum(int((receipt.get(name) or {}).get("total", 0)) for name in ("main", "penalty"))
    rest = total - sum(shares.values())
    if rest or not shares:
        shares[""] = shares.get("", 0) + rest
    return shares
