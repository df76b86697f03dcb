"""An import of many accounts: peak memory, time, what a second import of the same data writes; and previews.

    .local/venv/bin/python bench/import_memory.py [accounts, 100000 by default]

Each import runs in a process of its own, with the product's code from the job to its report; the storage is
`disk_storage`, SQLite and a file behind botocore, so its times are not DynamoDB's. The figures to hold:
256 MB at the peak, and nothing written by the second import but the supplier's own rows, nor by a preview.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MB = 256
SUPPLIER = "center"
SERVICES = ("Содержание и ремонт", "ХВС", "ГВС", "Водоотведение")
OF_THE_SUPPLIER = {"IMPORT", "TURN", "NEWEST"}
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


def registry_lines(section: str, number: int) -> list[tuple[str, int]]:
    """The rows of one account in one file, and what each adds to the control sum in kopecks."""
    ls, receipt = f"74{number:08d}", "2026-10;Объединённая"
    match section:
        case "accounts":
            return [
                (f"{ls};Иванов Пётр {number};УЛ. ЛЕНИНА;{number // 100 + 1};{number % 100 + 1};50.5;2", 0)
            ]
        case "balances":
            return [(f"{ls};{receipt};2026-10-28;400.00;-400.00;400.00;400.00;0;0;0;0", 400_00)]
        case "services":
            return [
                (f"{ls};{receipt};{service};;100.00;-100.00;100.00;100.00", 100_00) for service in SERVICES
            ]
        case "charges":
            volume = number % 90 + 1
            return [
                (f"{ls};{receipt};{service};начисление;10,00 руб/м3;;{volume};м3;Октябрь 2026;100.00", 100_00)
                for service in SERVICES
            ]
        case "payments":
            return [(f"{ls};касса;2026-10-10;2026-10-12;400.00", 400_00)]
        case "meters":
            return [(f"{ls};{number};ХВС;С/У;1;5;3;2020-01-01;2032-01-01;2020-01-01;;", 0)]
        case _:
            return [(f"{ls};{number};T1;{number % 900}.500;2026-10-20;2026-10-25;абонент", 0)]


def generate(path: Path, accounts: int) -> int:
    """Write the registry, its accounts out of order, and return the number of its rows."""
    rows = 0
    step = 61_681  # prime: the files' order is not the numbers'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for section, header in HEADERS.items():
            count = total = 0
            with archive.open(f"{section}.csv", "w") as member:
                member.write(f"#registry;{SUPPLIER};1;2026-10-31\r\n{header}\r\n".encode())
                for index in range(accounts):
                    for line, amount in registry_lines(section, index * step % accounts):
                        member.write(f"{line}\r\n".encode())
                        count, total = count + 1, total + amount
                member.write(f"#control;{count};{total / 100:.2f}\r\n".encode())
            rows += count
    return rows


def child(folder: Path) -> None:
    """Import once and print what it took."""
    import resource
    import time

    import boto3

    sys.path.insert(0, str(ROOT / "bench"))
    from disk_storage import DiskStorage

    from cabinet.aws import clients

    session = boto3.Session(botocore_session=clients.shared_session())
    storage = DiskStorage(folder / "storage.db", folder / "registry.zip")
    storage.answer_for(session)
    import yaml

    from cabinet.accounts import suppliers
    from cabinet.accounts.supplier_model import Supplier
    from cabinet.exchange.imports import import_job, job_store
    from cabinet.exchange.imports.preview import preview
    from infra.sample.suppliers import PROFILES

    suppliers.apply(
        Supplier.model_validate(
            yaml.safe_load(PROFILES[SUPPLIER].replace("${LOCAL_ORIGIN}", "https://bank.example.ru"))
        )
    )
    storage.written.clear()
    job = import_job.job_for_object(f"inbound/{SUPPLIER}/auto/{sys.argv[3]}/registry.zip")
    assert job is not None
    started, cpu = time.monotonic(), time.process_time()
    if sys.argv[3].startswith("preview"):
        supplier = job_store.get_supplier(SUPPLIER)
        assert supplier is not None
        outcome, content = preview(folder / "registry.zip", supplier)
        item = {"status": "applied" if outcome else "refused", "rows": len(content)}
    else:
        outcome = import_job.run(job, lambda: 86_400.0) == "done"
        item = job_store.get_job(SUPPLIER, job.import_id) or {}
    print(json.dumps({
        "outcome": outcome, "status": item["status"], "rows": item["rows"],
        "seconds": round(time.monotonic() - started, 1), "cpu": round(time.process_time() - cpu, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "written": dict(storage.written), "calls": dict(storage.calls),
    }))  # fmt: skip


def measure(folder: Path, run: str) -> dict[str, Any]:
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1", "ACCOUNTS_TABLE": "accounts", "EXCHANGE_BUCKET": "exchange",
        "POWERTOOLS_LOG_LEVEL": "ERROR", "POWERTOOLS_SERVICE_NAME": "bench",
    }  # fmt: skip
    command = [sys.executable, __file__, "--child", str(folder), run]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        folder = Path(name)
        rows = generate(folder / "registry.zip", accounts)
        size = (folder / "registry.zip").stat().st_size / 1e6
        print(f"{accounts} accounts, {rows} rows, {size:.1f} MB of ZIP; storage: SQLite behind botocore\n")
        print(f"{'':14}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}  {'account items written':>22}")
        results = [
            (run, measure(folder, run)) for run in ("preview before", "first", "second", "preview after")
        ]
    for run, result in results:
        items = sum(count for kind, count in result["written"].items() if kind not in OF_THE_SUPPLIER)
        print(f"{run:14}{result['seconds']:>9}{result['cpu']:>9}{result['peak_mb']:>9}  {items:>22}")
    before, first, second, after = (result for _, result in results)
    print(f"\nlimit {LIMIT_MB} MB; first wrote {first['written']}; second wrote {second['written']}")
    nothing = set(second["written"]) <= OF_THE_SUPPLIER and not (before["written"] or after["written"])
    held = max(result["peak_mb"] for _, result in results) <= LIMIT_MB and nothing
    applied = all(result["status"] == "applied" for _, result in results)
    print("held" if held and applied else "NOT HELD")
    return 0 if held and applied else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]))
    else:
        raise SystemExit(main())
