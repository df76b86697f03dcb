"""What a registry leaves for the desk's search: rows by holder and by address, renewed with them."""

import pytest

from cabinet.accounts.keys import (
    account_key,
    address_index_partition,
    holder_changes_partition,
    holder_index_partition,
)
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.exchange.imports import undo_job
from cabinet.exchange.imports.import_job import ImportResult
from tests.support.aws import Aws
from tests.support.factories.registries import ACCOUNT, ACCOUNT_ID, RegistryImporter, ask_undo, packed


def import_registry(importer: RegistryImporter, number: int, dated: str, **changes: str) -> str:
    item = importer.import_file(packed({"accounts": [ACCOUNT | changes]}, number, dated))
    assert item["status"] == "applied"
    return str(item["import_id"])


def undo(import_id: str) -> None:
    asked = ask_undo(import_id, "an engineer")
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE


def named_by(partition: str) -> list[str]:
    return [row["account_id"] for row in dynamo.query(Table.ACCOUNTS, partition).items]


def index_rows(aws: Aws) -> list[tuple[str, str, str]]:
    rows = aws.rows("ACCOUNTS_TABLE")
    of_index = [row for row in rows if row["pk"].startswith(("HOLDER#", "AT#"))]
    return sorted((row["pk"], row["sk"], row["mark"]) for row in of_index)


def test_a_new_account_has_its_rows(importer: RegistryImporter, aws: Aws) -> None:
    import_registry(importer, 1, "2026-09-30", fio="Иванов Иван", street="ул. Северная", house="12", flat="5")
    assert named_by(holder_index_partition("иванов")) == [ACCOUNT_ID]
    assert named_by(address_index_partition("северная", "12")) == [ACCOUNT_ID]
    assert len(index_rows(aws)) == 2


@pytest.mark.parametrize(
    ("changes", "renewed"),
    [
        ({"fio": "Петрова Анна"}, 1),
        ({"fio": "Петрова Анна", "flat": "6"}, 2),
        ({"area": "60"}, 0),
    ],
)
def test_what_changes_takes_other_rows_and_an_undo_gives_them_back(
    importer: RegistryImporter, aws: Aws, changes: dict[str, str], renewed: int
) -> None:
    flat = {"fio": "Иванов Иван", "street": "ул. Северная", "house": "12", "flat": "5"}
    first = import_registry(importer, 1, "2026-09-30", **flat)
    before = index_rows(aws)
    second = import_registry(importer, 2, "2026-10-31", **flat | changes)
    after = index_rows(aws)
    assert (len(after), len({*after} - {*before})) == (2, renewed)
    undo(second)
    assert [row[:2] for row in index_rows(aws)] == [row[:2] for row in before]
    undo(first)
    assert index_rows(aws) == []


def test_a_change_of_the_holder_of_a_bound_account_is_listed_until_it_is_undone(
    importer: RegistryImporter,
) -> None:
    import_registry(importer, 1, "2026-09-30", fio="Иванов Иван")
    listed = holder_changes_partition(ACCOUNT_ID.partition(":")[0])
    second = import_registry(importer, 2, "2026-10-31", fio="Петрова Анна")
    assert named_by(listed) == []
    undo(second)
    dynamo.update(
        Table.ACCOUNTS, account_key(ACCOUNT_ID), "SET #bound = :yes",
        condition=dynamo.IS_PRESENT, on_conflict=AssertionError, yes=True,
    )  # fmt: skip
    third = import_registry(importer, 3, "2026-11-30", fio="Петрова Анна")
    assert named_by(listed) == [ACCOUNT_ID]
    undo(third)
    assert named_by(listed) == []
