"""What an import would do, shown without doing it: the import's own check and plans, not written.

The file is read where it lies and never uploaded, so nothing stays that an import could find.
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
from typing import NoReturn

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import RegistryEncoding, Supplier
from cabinet.aws.dynamo import Key
from cabinet.aws.dynamo.serialization import Item
from cabinet.billing.keys import receipt_key
from cabinet.core import clock
from cabinet.core.money import Kopecks, format_rubles
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports import apply, bucket, import_job, job_store, report
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.merge_rules import AccountUpdate, ReceiptParts
from cabinet.exchange.imports.registry_parts import RegistryParts
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.summary import VERDICTS, missing_lines, tally_lines
from cabinet.exchange.imports.validate import ValidatedFile
from cabinet.exchange.imports.write_plan import Import, Plan
from cabinet.exchange.model import FormatName

BIGGEST = 10
_VERDICTS = VERDICTS | {"written": "будет записано", "corrected": "будет исправлено"}
_SUMS = ("main", "penalty")


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
    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    after: Counter[tuple[str, str]] = field(default_factory=Counter)
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


class _NoLog:
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
        Accounts have gone between the check and the comparison: an undo has run meanwhile.
    """
    moment = clock.now()
    job = Job(supplier.supplier_id, path.name, "", moment)
    uploaded_on = clock.local_date(moment, supplier.time_zone)
    reading = FileReader(supplier, path.name, uploaded_on, given_format, encoding=encoding)
    with (
        tempfile.TemporaryDirectory(prefix="preview-") as folder,
        StagingDb(Path(folder) / "stage.db") as staging,
        RegistryParts(bucket.s3(), job) as parts,
    ):
        checked = import_job.check_file(path, reading, job, staging, parts)
        lines = ["Реестр не будет принят. Ничего не записано."]
        if not checked.refused:
            lines = list(_lines(job, supplier, checked, staging))
        return not checked.refused, report.to_csv(checked.findings, lines)


def _lines(job: Job, supplier: Supplier, checked: ValidatedFile, staging: StagingDb) -> Iterator[str]:
    found = _compare(supplier, checked, staging)
    noted = import_job.compared_with_previous(job, checked, staging)
    yield f"Это проверка, ничего не записано. Реестр будет принят, строк: {checked.rows}."
    if job_store.is_locked_by_other(job, clock.now()):
        yield "Сейчас записывается или отменяется другой реестр поставщика: сравнение может измениться."
    accounts, receipts, tally = found.accounts, found.receipts, found.tally
    yield (
        f"лицевые счета: новых {accounts['new']}, изменённых {accounts['changed']} "
        f"(из них с другим собственником {accounts['holder']}), закрываемых {accounts['closed']}, "
        f"без изменений {tally['accounts.unchanged']}."
    )
    yield from missing_lines({section: known.missing for section, (_, _, known) in noted.items()})
    yield (
        f"квитанции: новых {receipts['new']}, изменённых {receipts['changed']}, "
        f"без изменений {tally['receipts.unchanged']}."
    )
    rest = Counter({name: count for name, count in tally.items() if name not in _SAID})
    yield from tally_lines(rest, verdicts=_VERDICTS)
    for period, kind in sorted(found.after):
        before, after = found.before[period, kind], found.after[period, kind]
        yield (
            f"К оплате за {period}, {kind}: было {format_rubles(before)}, станет {format_rubles(after)} руб."
        )
    if found.biggest:
        yield "Самые большие изменения «К оплате»:"
    for one in found.biggest:
        was = f" (за {one.compared_with})" if one.compared_with not in ("", one.period) else ""
        yield (
            f"{one.number}, {one.kind} за {one.period}: было {format_rubles(one.before)}{was}, "
            f"станет {format_rubles(one.after)} руб."
        )


_SAID = {f"{kind}.{said}" for kind in ("accounts", "receipts") for said in ("written", "unchanged")}
"""What has lines of its own."""


def _compare(supplier: Supplier, checked: ValidatedFile, staging: StagingDb) -> Preview:
    whole, registry = Preview(), checked.registry
    if registry is None:
        return whole
    source = checked.format or "native"
    newest = job_store.latest_applied(supplier.supplier_id, apply.version_scopes(staging, source))
    importing = Import(supplier, registry, source, newest, staging.fingerprint, _NoLog())
    updates = apply.account_updates(staging, importing, checked.left_out)
    with ThreadPoolExecutor(apply.THREADS) as executor:
        for window in itertools.batched(updates, apply.THREADS * apply.BATCH_SIZE, strict=False):
            batches = itertools.batched(window, apply.BATCH_SIZE, strict=False)
            for part in executor.map(partial(_compare_accounts, importing), batches):
                whole.merge(part)
    return whole


def _compare_accounts(importing: Import, updates: Sequence[AccountUpdate]) -> Preview:
    plans = apply.plan_accounts(updates, importing, again=True)
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
    before = 0 if compared is None else _total(existing[compared])
    after = before
    if own in plan.values:
        found.receipts["changed" if own in existing else "new"] += 1
        after = _total(plan.values[own])
    name = parts.period, parts.kind_title
    found.before[name] += before
    found.after[name] += after
    if after != before:
        since = "" if compared is None else compared[1].removeprefix("RECEIPT#")[:7]
        found.biggest.append(Difference(update.number, *name, before, after, since))


def _compared_keys(update: AccountUpdate, parts: ReceiptParts, plan: Plan) -> list[Key]:
    """Return the receipt's key, and that of the kind's latest one where this is to come after it."""
    keys = [receipt_key(update.account_id, parts.period, parts.kind)]
    account = plan.existing.get(account_key(update.account_id)) or {}
    latest = (account.get("latest") or {}).get(parts.kind, "")
    if latest and latest < parts.period:
        keys.append(receipt_key(update.account_id, latest, parts.kind))
    return keys


def _total(receipt: Mapping[str, Item]) -> Kopecks:
    return sum(int((receipt.get(name) or {}).get("total", 0)) for name in _SUMS)
