"""A backup and a restore of many accounts: memory, time, size; rows change while the backup is taken.

    .local/venv/bin/python bench/backup_size.py [accounts, 100000 by default]

Each runs in a process of its own against tables in SQLite behind botocore, so its times are not an engine's.
To hold: memory that does not grow with the accounts (run it with a tenth of them too), rows alike afterwards.
"""

# botocore's hooks and raw bodies are typed wider than what is met here.
# mypy: disable-error-code="arg-type, union-attr"

from __future__ import annotations

import io
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest


ROOT = Path(__file__).resolve().parent.parent
PAGE_BYTES = 1_000_000
CHANGES = 200
"""Rows that change, each before a page of a scan of the accounts."""
TABLES = ("users", "accounts", "payments", "messages")
LINES = [
    {"M": {"service": {"S": name}, "total": {"N": "10000"}}} for name in ("ХВС", "ГВС", "Ремонт", "Свет")
]


def rows_of(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Return what an account has: itself, a year of receipts and payments, meters, a user, some orders."""
    pk, user, account = f"ACCOUNT#center#{number:010d}", f"USER#u{number}", f"center:{number:010d}"
    made: list[tuple[str, dict[str, Any]]] = [
        ("accounts", {"pk": pk, "sk": "ACCOUNT", "address": f"УЛ. ЛЕНИНА, д. {number // 100}"}),
        ("users", {"pk": user, "sk": "PROFILE", "user_id": f"u{number}", "email": f"u{number}@example.com"}),
        ("users", {"pk": user, "sk": f"BINDING#{account}", "bound_account": account}),
    ]  # fmt: skip
    made += [("accounts", {"pk": pk, "sk": f"RECEIPT#2026-{month:02d}#main"}) for month in range(1, 13)]
    made += [("accounts", {"pk": pk, "sk": f"PAYMENT#2026-{month:02d}-10#p"}) for month in range(1, 13)]
    made += [("accounts", {"pk": pk, "sk": f"METER#{meter}"}) for meter in range(2)]
    made += [("payments", {"pk": f"CARDS#u{number}", "sk": "CARDS"})]
    return made


def typed(row: dict[str, Any]) -> str:
    attributes: dict[str, Any] = {name: {"S": value} for name, value in row.items()}
    if "RECEIPT" in row["sk"]:
        attributes["services"] = {"L": LINES}
    return json.dumps(attributes, ensure_ascii=False)


def fill(folder: Path, accounts: int) -> int:
    count = 0
    db = opened(folder / "live.db")
    for number in range(accounts):
        for table, row in rows_of(number):
            db.execute("INSERT INTO items VALUES (?, ?, ?, ?)", (table, row["pk"], row["sk"], typed(row)))
            count += 1
    db.execute("COMMIT")
    return count


def opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-8192"):
        db.execute(f"PRAGMA {pragma}")
    db.execute(
        "CREATE TABLE IF NOT EXISTS items"
        "(of TEXT, pk TEXT, sk TEXT, item TEXT, PRIMARY KEY (of, pk, sk)) WITHOUT ROWID"
    )
    db.execute("BEGIN")
    return db


class Storage:
    """The few calls of a backup and a restore."""

    def __init__(self, path: Path, changes: int) -> None:
        self.db = opened(path)
        self.changes, self.scans = changes, 0

    def dynamodb(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Answer one call."""
        call = json.loads(request.body)
        match request.headers["X-Amz-Target"].decode().partition(".")[2]:
            case "Scan":
                return self._scan(call)
            case "Query":
                where = (call["TableName"], call["ExpressionAttributeValues"][":pk"]["S"])
                found = self.db.execute("SELECT item FROM items WHERE of = ? AND pk = ? ORDER BY sk", where)
                return answer(f'{{"Items": [{",".join(item for (item,) in found)}]}}')
            case "BatchGetItem":
                ((table, wanted),) = call["RequestItems"].items()
                rows = [self._row(table, key) for key in wanted["Keys"]]
                found_rows = ",".join(row for row in rows if row)
                return answer(f'{{"Responses": {{"{table}": [{found_rows}]}}, "UnprocessedKeys": {{}}}}')
            case "TransactWriteItems":
                for action in call["TransactItems"]:
                    self._put(action["Put"])
            case "PutItem":
                self._put(call)
        return answer("{}")

    def _scan(self, call: dict[str, Any]) -> AWSResponse:
        table = call["TableName"]
        self.scans += 1
        if self.changes and table == "accounts":
            self.changes -= 1
            where = f"ACCOUNT#center#{self.scans * 7919 % 100_000:010d}"
            changed = typed({"pk": where, "sk": "ACCOUNT", "address": f"changed {self.scans}"})
            self.db.execute(
                "UPDATE items SET item = ? WHERE of = ? AND pk = ? AND sk = 'ACCOUNT'",
                (changed, table, where),
            )
        after = call.get("ExclusiveStartKey", {"pk": {"S": ""}, "sk": {"S": ""}})
        found = self.db.execute(
            "SELECT pk, sk, item FROM items WHERE of = ? AND (pk, sk) > (?, ?) ORDER BY pk, sk",
            (table, after["pk"]["S"], after["sk"]["S"]),
        )
        items, size = [], 0
        for pk, sk, item in found:
            items.append(item)
            size += len(item)
            if size > PAGE_BYTES:
                last = json.dumps({"pk": {"S": pk}, "sk": {"S": sk}})
                return answer(f'{{"Items": [{",".join(items)}], "LastEvaluatedKey": {last}}}')
        return answer(f'{{"Items": [{",".join(items)}]}}')

    def _row(self, table: str, key: dict[str, Any]) -> str | None:
        where = (table, key["pk"]["S"], key["sk"]["S"])
        row = self.db.execute("SELECT item FROM items WHERE of = ? AND pk = ? AND sk = ?", where).fetchone()
        return None if row is None else str(row[0])

    def _put(self, put: dict[str, Any]) -> None:
        row = put["Item"]
        where = (put["TableName"], row["pk"]["S"], row["sk"]["S"])
        self.db.execute(
            "INSERT INTO items VALUES (?, ?, ?, ?)", (*where, json.dumps(row, ensure_ascii=False))
        )

    def s3(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Answer that there is no object."""
        nothing = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        return AWSResponse(request.url, 200, {}, Raw(nothing))


class Raw:
    """What botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)

    def stream(self, amount: int = 65536, **_: object) -> Iterator[bytes]:
        """Give the content piece by piece."""
        while chunk := self._stream.read(amount):
            yield chunk


def answer(text: str) -> AWSResponse:
    return AWSResponse(
        "https://disk", 200, {"Content-Type": "application/x-amz-json-1.0"}, Raw(text.encode())
    )


def child(what: str, folder: Path) -> None:
    import boto3

    from infra.backup.archive import Archive
    from infra.backup.create import Backup
    from infra.backup.restore import Restore
    from infra.backup.services import BUCKETS, Services

    storage = Storage(
        folder / ("live.db" if what == "backup" else "restored.db"), CHANGES * (what == "backup")
    )
    boto3.setup_default_session(region_name="eu-central-1")
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-send.dynamodb", storage.dynamodb)
    boto3.DEFAULT_SESSION.events.register("before-send.s3", storage.s3)
    names = {f"{table.upper()}_TABLE": table for table in TABLES} | dict.fromkeys(BUCKETS, "bucket")
    services = Services.from_environment(names | {"AWS_REGION": "eu-central-1"})
    started, key = time.monotonic(), b"k" * 32
    if what == "backup":
        Backup(Archive.begin(folder / "backup", key), services, lambda _: None).run()
    else:
        (folder / "work").mkdir()
        Restore(
            Archive(folder / "backup", key), services, folder / "work", lambda _: None, lambda: None
        ).run()
    storage.db.execute("COMMIT")
    spent = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": round(time.monotonic() - started, 1), "cpu": round(spent.ru_utime + spent.ru_stime, 1),
        "peak_mb": spent.ru_maxrss // 1024,
    }))  # fmt: skip


def main() -> int:
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    with tempfile.TemporaryDirectory(prefix="bench-backup-") as name:
        folder = Path(name)
        rows = fill(folder, accounts)
        for what in ("backup", "restore"):
            command = [sys.executable, __file__, "--child", what, name]
            done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True)
            print(f"{accounts} accounts, {rows} rows, {what}: {done.stdout.decode().strip()}", flush=True)
        size = sum(path.stat().st_size for path in (folder / "backup").rglob("*") if path.is_file())
        print(
            f"the folder: {size / 1e6:.0f} MB; of {(folder / 'live.db').stat().st_size / 1e6:.0f} MB of rows"
        )
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        raise SystemExit(main())
