"""Where an import's time goes: calls of AWS and our own processor time per account, and what AWS would take.

    .local/venv/bin/python bench/import_speed.py [accounts, 1000 by default] [--profile]

The registry has the shape of a month: 98 333 rows for 5 000 accounts. It is imported new, again unchanged,
again with every sum and reading changed, then the month after it; one of 24 months each is imported new.
Only the transport is cut out (`disk_storage`): what the storage spends to answer is left out, and so is
what an import of any size costs: each is measured small and large, and the difference counts. "ours" is the
product's own time, "botocore" what its calls cost before and after the transport, both as they would be
where the baseline is 40 ms. The estimate is for 100 000 accounts in one invocation: the processor's time
and 10 ms a call, as many calls side by side as an import has threads, none of it overlapping. ``--profile``
prints instead which functions take the time, all in one thread.
"""

# ruff: noqa: ANN401 - what is timed has any shape

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import yaml
from cpu_baseline import QUIET_MS, BaselineSampler
from disk_storage import DiskStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ESTIMATED, CALL_MS, LIMIT_SECONDS = 100_000, 10, 600
MONTHS = [f"{2024 + (10 + month) // 12}-{(10 + month) % 12 + 1:02d}" for month in range(24)]
SERVICES = ("Содержание и ремонт", "ХВС", "ГВС", "Водоотведение", "Отопление", "Вывоз ТКО")
SUPPLIER = "center"
HEADERS = {
    "accounts": "ls;fio;street;house;flat;area;residents",
    "balances": "ls;period;receipt;issued;debt;paid;charged;total;"
    "penalty_debt;penalty_paid;penalty_charged;penalty_total",
    "services": "ls;period;receipt;service;payee_inn;debt;paid;charged;total",
    "charges": "ls;period;receipt;service;op;tariff;norm;volume;unit;calc_period;sum",
    "payments": "ls;kind;received;processed;sum",
    "meters": "ls;meter_no;service;place;zones;digits;decimals;installed;verify_until;"
    "calc_from;calc_to;reason",
    "readings": "ls;meter_no;zone;value;taken;accepted;source",
}
os.environ |= {
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1", "ACCOUNTS_TABLE": "accounts", "EXCHANGE_BUCKET": "exchange",
    "POWERTOOLS_LOG_LEVEL": "ERROR", "POWERTOOLS_SERVICE_NAME": "bench",
}  # fmt: skip


def rubles(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02d}"


def month_of(ls: str, period: str, number: int, added: int) -> Iterator[tuple[str, str, int]]:
    """The rows of one account's receipt: section, row, kopecks of the control sum; `added` changes them."""
    receipt, total, charged = f"{ls};{period};Объединённая", 0, [0] * len(SERVICES)
    for index, service in enumerate(SERVICES):
        charged[index] = 100_00 + number * 37 % 9973 + index * 11_50 + added
        total += charged[index]
        sums = f"{rubles(charged[index])};-{rubles(charged[index])};{rubles(charged[index])}"
        yield "services", f"{receipt};{service};;{sums};{rubles(charged[index])}", charged[index]
    lines = [*enumerate(SERVICES), *([(0, SERVICES[0])] if number % 3 else [])]
    for line, (index, service) in enumerate(lines):
        volume, said = number * 7 % 190 + 1, f"{period[5:]}.{period[:4]}"
        operation = "начисление" if line < len(SERVICES) else "перерасчёт"
        cells = f"{operation};25,16 руб/м3;;{volume};м3;{said};{rubles(charged[index])}"
        yield "charges", f"{receipt};{service};{cells}", charged[index]
    sums = f"{rubles(total)};-{rubles(total)};{rubles(total)};{rubles(total)}"
    yield "balances", f"{receipt};{period}-28;{sums};0;0;0;0", total


def rows_of(number: int, periods: list[str], added: int) -> Iterator[tuple[str, str, int]]:
    ls = f"74{number:08d}"
    person = f"Иванов Пётр {number};УЛ. ЛЕНИНА;{number // 100 + 1};{number % 100 + 1};50.5;{2 + added}"
    yield "accounts", f"{ls};{person}", 0
    for meter in ("ХВС", "ГВС"):
        passport = f"{ls};{number}-{meter};{meter};С/У;1;5;3;2020-01-01;2032-01-01;2020-01-01;;"
        yield "meters", passport + "замена" * bool(added), 0
    for position, period in enumerate(periods):
        yield from month_of(ls, period, number, added)
        yield "payments", f"{ls};касса;{period}-1{added};{period}-12;400.00", 400_00
        for meter in ("ХВС", "ГВС"):
            value = number % 900 + 5 * position + added
            yield "readings", f"{ls};{number}-{meter};T1;{value}.500;{period}-2{added};{period}-25;абонент", 0


def generate(path: Path, numbers: range, periods: list[str], registry: int, added: int) -> int:
    """Write the registry, its accounts out of order, and return the number of its rows."""
    files: dict[str, list[str]] = {section: [] for section in HEADERS}
    totals: Counter[str] = Counter()
    for index in range(len(numbers)):
        for section, row, amount in rows_of(numbers[index * 61_681 % len(numbers)], periods, added):
            files[section].append(row)
            totals[section] += amount
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for section, rows in files.items():
            first = f"#registry;{SUPPLIER};{registry};2026-10-31"
            last = f"#control;{len(rows)};{rubles(totals[section])}"
            archive.writestr(f"{section}.csv", "\r\n".join([first, HEADERS[section], *rows, last, ""]))
    return sum(map(len, files.values()))


@dataclass
class CpuTime:
    """Processor seconds of all threads inside something that is wrapped by `timed`, and the calls made."""

    seconds: float = 0.0
    calls: int = 0
    """Those of a pool's threads: the others are few, whatever the size of the registry."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work` with its time and calls counted here."""

        def run(*given: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return work(*given, **named)
            finally:
                spent = time.thread_time() - began
                with self.lock:
                    self.seconds += spent
                    self.calls += threading.current_thread() is not threading.main_thread()

        return run


class Cost(NamedTuple):
    """Milliseconds and calls of an import; of an account where two imports are compared."""

    ours: float
    botocore: float
    calls: float

    def of_each(self, small: Cost, accounts: int) -> Cost:
        """Return what an account costs, where this import is larger than the `small` one by `accounts`."""
        return Cost(*((mine - others) / accounts for mine, others in zip(self, small, strict=True)))

    def waits(self, threads: int) -> float:
        """Return the milliseconds of waiting for answers."""
        return self.calls / threads * CALL_MS


class Serial:
    """An executor without threads, for a profile of one thread."""

    def __init__(self, *_: Any) -> None: ...

    def __enter__(self) -> Serial:
        return self

    def __exit__(self, *_: object) -> None: ...

    def map(self, work: Callable[..., Any], *given: Any) -> Iterator[Any]:
        """Work in the caller's thread."""
        return map(work, *given)


class Bench:
    """One storage, into which registries are imported one after the other."""

    def __init__(self, folder: Path) -> None:
        from cabinet.accounts import suppliers
        from cabinet.accounts.supplier_model import Supplier
        from cabinet.aws import clients, dynamo
        from infra.sample.suppliers import PROFILES

        self.folder, self.imports = folder, 0
        self.engine, self.calls = CpuTime(), CpuTime()
        self.storage = DiskStorage(folder / "storage.db", folder / "registry.zip")
        session = boto3.Session(botocore_session=clients.shared_session())
        self.storage.answer_for(session, self.engine.timed)
        calling: Any = dynamo.client
        calling.call = self.calls.timed(calling.call)
        suppliers.apply(
            Supplier.model_validate(
                yaml.safe_load(PROFILES[SUPPLIER].replace("${LOCAL_ORIGIN}", "https://bank.example.ru"))
            )
        )

    def load(self, case: Case) -> int:
        """Lay the case's registry ready and return the number of its rows."""
        return generate(self.folder / "registry.zip", case.numbers, case.periods, case.registry, case.added)

    def run(self) -> None:
        """Import what lies in the folder."""
        from cabinet.exchange.imports import import_job, job_store

        self.imports += 1
        job = import_job.job_for_object(f"inbound/{SUPPLIER}/auto/{self.imports}/registry.zip")
        assert job is not None
        assert import_job.run(job, lambda: 86_400.0) == "done"
        item = job_store.get_job(SUPPLIER, job.import_id)
        assert item is not None
        assert item["status"] == "applied", self.storage.report.decode()

    def measure(self) -> Cost:
        """Import and return what it took."""
        for spent in (self.engine, self.calls):
            spent.seconds, spent.calls = 0.0, 0
        began = time.process_time()
        with BaselineSampler() as sampler:
            self.run()
        total = time.process_time() - began - sampler.seconds
        scale = 1000 * QUIET_MS / sampler.mean
        ours, botocore = total - self.calls.seconds, self.calls.seconds - self.engine.seconds
        return Cost(ours * scale, botocore * scale, self.calls.calls)

    def profile(self, cases: list[Case]) -> int:
        """Import in one thread and print where the time goes."""
        from cabinet.exchange.imports import apply, import_job

        parts: Any = (apply, import_job)
        for part in parts:
            part.ThreadPoolExecutor = Serial
        for case in cases:
            self.load(case)
            profiler = cProfile.Profile(time.process_time)
            profiler.runcall(self.run)
            print(case.title)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        return 0


class Case(NamedTuple):
    """One import to measure."""

    title: str
    numbers: range
    periods: list[str]
    registry: int
    added: int = 0

    @property
    def small(self) -> Case:
        """The same case with few accounts of its own."""
        few = len(self.numbers) // 5
        return self._replace(numbers=range(self.numbers.stop, self.numbers.stop + few))


def main() -> int:
    given = [argument for argument in sys.argv[1:] if argument.isdigit()]
    month = range(int(given[0]) if given else 1000)
    years = range(20_000_000, 20_000_000 + max(len(month) // 20, 10))
    cases = [
        Case("new", month, MONTHS[-2:-1], 1), Case("unchanged", month, MONTHS[-2:-1], 1),
        Case("changed", month, MONTHS[-2:-1], 2, 1), Case("next month", month, MONTHS[-1:], 3, 2),
        Case("24 months, new", years, MONTHS, 4),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        bench = Bench(Path(name))
        bench.load(Case("warm", range(10_000_000, 10_000_010), MONTHS[-1:], 1))
        bench.run()
        if "--profile" in sys.argv:
            return bench.profile(cases)
        slowest = max(show(bench, case) for case in cases if len(case.periods) == 1)
        show(bench, cases[-1])
    print(
        f"calls and milliseconds of an account; a month's registry of {ESTIMATED} accounts: {slowest:.0f} s,"
    )
    print(f"to hold {LIMIT_SECONDS} s")
    return 0 if slowest <= LIMIT_SECONDS else 1


def show(bench: Bench, case: Case) -> float:
    """Measure a case, print its line of the table, and return the seconds that AWS would take."""
    from cabinet.exchange.imports import apply

    if case.title == "new":
        columns = (
            f"{'rows':>8}{'calls':>8}{'ours':>8}{'botocore':>10}{'CPU':>8}{'waits s':>9}{'on AWS s':>10}"
        )
        print(f"{'':16}{columns}")
    few, many = len(case.small.numbers), len(case.numbers)
    bench.load(case.small)
    small = bench.measure()
    rows = bench.load(case)
    each = bench.measure().of_each(small, many - few)
    cpu, waits = each.ours + each.botocore, each.waits(apply.THREADS)
    seconds = (cpu + waits) * ESTIMATED / 1000
    print(
        f"{case.title:16}{rows:>8}{each.calls:>8.2f}{each.ours:>8.2f}{each.botocore:>10.2f}{cpu:>8.2f}"
        f"{waits * ESTIMATED / 1000:>9.0f}{seconds:>10.0f}"
    )
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
