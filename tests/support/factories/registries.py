"""Registries for tests: small native files made by the writer, and an import that runs to its report."""

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from cabinet.accounts import suppliers
from cabinet.accounts.supplier_model import RegistryEncoding, Supplier
from cabinet.audit.model import Author
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.core import clock
from cabinet.exchange.exports.csv_writer import csv_file, zip_file
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.formats.schema import NATIVE
from cabinet.exchange.imports import import_job, job_store, undo_requests
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.undo_requests import Undo
from cabinet.exchange.imports.validate import ValidatedFile, check
from cabinet.exchange.model import AccountRows, Issue, Location, Registry, SectionName
from infra.sample.suppliers import CENTER, PROFILES
from tests.support.aws import Aws

SUPPLIER = CENTER
NUMBER = "7400000001"
ACCOUNT_ID = f"{SUPPLIER}:{NUMBER}"

ACCOUNT = {
    "ls": NUMBER, "fio": "Иванов Пётр Ильич", "street": "УЛ. ЛЕНИНА", "house": "1", "flat": "2",
    "area": "50.5", "residents": "2",
}  # fmt: skip
BALANCE = {
    "ls": NUMBER, "period": "2026-09", "receipt": "Объединённая", "issued": "2026-09-28",
    "debt": "100.00", "paid": "-100.00", "charged": "150.00", "total": "150.00", "penalty_total": "0",
}  # fmt: skip
SERVICE = {
    "ls": NUMBER, "period": "2026-09", "receipt": "Объединённая", "service": "ХВС", "payee_inn": "7451001232",
    "debt": "100.00", "paid": "-100.00", "charged": "150.00", "total": "150.00",
}  # fmt: skip
CHARGE = {
    "ls": NUMBER, "period": "2026-09", "receipt": "Объединённая", "service": "ХВС", "op": "начисление",
    "tariff": "30,00 руб/м3", "volume": "5", "unit": "м3", "calc_period": "Сентябрь 2026", "sum": "150.00",
}  # fmt: skip
PAYMENT = {
    "ls": NUMBER, "kind": 'оплата "Город"', "received": "2026-09-10", "processed": "2026-09-12",
    "sum": "100.00",
}  # fmt: skip
METER = {
    "ls": NUMBER, "meter_no": "757/243", "service": "ХВС", "place": "С/У", "unit": "м3", "zones": "1",
    "digits": "5", "decimals": "3", "installed": "2026-01-01", "verify_until": "2032-01-01",
}  # fmt: skip
READING = {
    "ls": NUMBER, "meter_no": "757/243", "zone": "T1", "value": "12.500", "taken": "2026-09-20",
    "accepted": "2026-09-25", "source": "абонент",
}  # fmt: skip
WHOLE: dict[str, list[dict[str, str]]] = {
    "accounts": [ACCOUNT], "balances": [BALANCE], "services": [SERVICE], "charges": [CHARGE],
    "payments": [PAYMENT], "meters": [METER], "readings": [READING],
}  # fmt: skip


def section_file(name: str, rows: list[dict[str, str]], number: int = 1, dated: str = "2026-09-30") -> bytes:
    """One native file with a right control line."""
    section = next(section for section in NATIVE if section.name == name)
    columns = list(section.columns)
    read = [{column: section.columns[column](row.get(column, "")) for column in columns} for row in rows]
    registry = Registry(supplier_id=SUPPLIER, number=number, dated=date.fromisoformat(dated))
    cells = [[row.get(column, "") for column in columns] for row in rows]
    return csv_file(registry, columns, cells, sum(section.control(values) for values in read))


def packed(rows: dict[str, list[dict[str, str]]], number: int = 1, dated: str = "2026-09-30") -> bytes:
    """A ZIP of native files."""
    return zip_file({f"{name}.csv": section_file(name, given, number, dated) for name, given in rows.items()})


def sample_supplier(supplier_id: str, **changes: Any) -> Supplier:
    """A supplier of the sample outside the local stack: its bank and receiver are of the open internet."""
    text = PROFILES[supplier_id].replace("${LOCAL_ORIGIN}/local/webhooks", "https://billing.example.ru/hook")
    return Supplier.model_validate(
        yaml.safe_load(text.replace("${LOCAL_ORIGIN}", "https://bank.example.ru")) | changes
    )


def no_stored_rows(*_: object, **_options: object) -> dict[Key, Item]:
    """What a check reads of an empty cabinet."""
    return {}


def no_other_files(*_: object) -> tuple[Issue, ...]:
    """What a check hears of a registry's other files where there are none."""
    return ()


def apply_supplier(**changes: Any) -> Supplier:
    """Write the sample's first supplier, with changes."""
    supplier = sample_supplier(SUPPLIER, **changes)
    suppliers.apply(supplier)
    return supplier


def ask_undo(import_id: str, name: str = "an engineer") -> Undo:
    """Somebody has an import undone."""
    author = Author(f"command:{name}", name, "command")
    return undo_requests.request(author, SUPPLIER, import_id, "не тот месяц", clock.now())


class RegistryImporter:
    """Uploads a registry, runs its import and reads the report."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.bucket = aws.environment["EXCHANGE_BUCKET"]
        self.uploads = 0

    def upload(self, content: bytes, name: str = "registry.zip", given: str = "auto") -> str:
        """Upload under a key of its own and return it."""
        self.uploads += 1
        key = f"inbound/{SUPPLIER}/{given}/{self.uploads}/{name}"
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return key

    def job(self, key: str) -> job_store.Job:
        """The job of an uploaded object."""
        job = import_job.job_for_object(key)
        assert job is not None
        return job

    def import_file(self, content: bytes, name: str = "registry.zip", given: str = "auto") -> Item:
        """Import with all the time in the world and return the import's item."""
        job = self.job(self.upload(content, name, given))
        assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
        return self.item(job)

    def item(self, job: job_store.Job) -> Item:
        """The import's item."""
        item = job_store.get_job(SUPPLIER, job.import_id)
        assert item is not None
        return item

    def report(self, item: Item) -> list[list[str]]:
        """The report's lines, without the header."""
        body = self.aws.client("s3").get_object(Bucket=self.bucket, Key=item["report_key"])["Body"].read()
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))[1:]

    def codes(self, item: Item) -> list[str]:
        """The codes of the report's issues."""
        return [line[2] for line in self.report(item) if line[2] != "summary"]

    def stored(self) -> dict[tuple[str, str], Item]:
        """Everything in Accounts but the suppliers' own partition and their lists of houses."""
        items: dict[tuple[str, str], Item] = {}
        request: dict[str, Any] = {}
        while True:
            page = self.aws.table("ACCOUNTS_TABLE").scan(ConsistentRead=True, **request)
            for item in page["Items"]:
                if not item["pk"].startswith(("SUPPLIER#", "HOUSES#")):
                    items[item["pk"], item["sk"]] = item
            if "LastEvaluatedKey" not in page:
                return items
            request = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@dataclass(frozen=True)
class CheckedRegistry:
    """What a check has found in a file, without AWS: all that it refers to is taken to be there."""

    checked: ValidatedFile
    accounts: list[AccountRows]

    @property
    def issues(self) -> list[tuple[str, str, str, str]]:
        """Place, field, code and message of each issue, warnings too."""
        return [(str(one.location), one.field, one.code, one.message) for one in self.checked.issues.kept]

    @property
    def codes(self) -> list[str]:
        """The codes of the issues."""
        return [code for _, _, code, _ in self.issues]

    def values(self, section: SectionName) -> dict[str, Any]:
        """The only row of a section."""
        ((_, values),) = [row for account in self.accounts for row in account.with_location(section)]
        return values


def check_file(
    content: bytes, name: str = "registry.csv", sent: RegistryEncoding | None = None, **changes: Any
) -> CheckedRegistry:
    """Check a file as an import does before it writes anything."""
    supplier = sample_supplier(SUPPLIER, **changes)
    uploaded_at = datetime(2026, 11, 26, 7, tzinfo=UTC)
    reading = FileReader(supplier, name, uploaded_at.date(), encoding=sent)
    with tempfile.TemporaryDirectory() as folder, StagingDb(Path(folder) / "stage.db") as stage:
        checked = check(
            written(Path(folder), content), reading, uploaded_at, stage, set, no_stored_rows, no_other_files
        )
        return CheckedRegistry(checked, [] if checked.refused else list(stage.accounts()))


def account_item() -> Item:
    """The account's stored item."""
    item = dynamo.get(Table.ACCOUNTS, (f"ACCOUNT#{SUPPLIER}#{NUMBER}", "ACCOUNT"), consistent=True)
    assert item is not None
    return item


def under(sort_key: str) -> Item | None:
    """An item of the account by its sort key."""
    return dynamo.get(Table.ACCOUNTS, (f"ACCOUNT#{SUPPLIER}#{NUMBER}", sort_key), consistent=True)


def written(folder: Path, content: bytes) -> Path:
    """A file with the content."""
    path = folder / "registry"
    path.write_bytes(content)
    return path


AMOUNTS = {"debt": 10, "paid": -10, "charged": 5, "total": 5}
LINE = {"period": "2026-09", "receipt": "Объединённая", "service": "ХВС", "payee_inn": "", **AMOUNTS}


def rows_of(**sections: list[dict[str, object]]) -> AccountRows:
    """Return an account's rows by section, from the third line on."""
    rows = AccountRows("740")
    for name, given_rows in sections.items():
        section: SectionName = name  # type: ignore[assignment]
        rows.rows[section] = [
            (Location("", line), {"ls": "740"} | row) for line, row in enumerate(given_rows, 3)
        ]
    return rows
