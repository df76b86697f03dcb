"""A registry that brings another holder: since when, and that refusals of paper end with the former one."""

from typing import Any

import pytest

from cabinet.accounts import paperless
from cabinet.accounts.holders import holder_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table, Transaction
from cabinet.core.errors import Conflict
from tests.support.factories.registries import (
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    NUMBER,
    SUPPLIER,
    RegistryImporter,
    account_item,
    packed,
)

REFUSAL = {"enabled": True, "at": "2026-09-01T00:00:00Z", "version": "2026-01", "sha256": "0" * 64}


def import_registry(importer: RegistryImporter, number: int, dated: str, **changes: str) -> dict[str, Any]:
    return importer.import_file(packed({"accounts": [ACCOUNT | changes]}, number, dated))


def refuse_paper(user_id: str) -> None:
    transaction = Transaction()
    paperless.record_decision(transaction, ACCOUNT_ID, user_id, REFUSAL, paperless.get_row(ACCOUNT_ID))
    transaction.commit()


def lines() -> list[int]:
    shards = [paperless.queue_partition(SUPPLIER, shard) for shard in range(paperless.QUEUE_SHARDS)]
    rows = [row for shard in shards for row in dynamo.query_all(Table.ACCOUNTS, shard)]
    assert {row["ls"] for row in rows} <= {NUMBER}
    return [int(row["refused"]) for row in sorted(rows, key=lambda row: row["turn"])]


@pytest.mark.parametrize("spelled", ["ИВАНОВ П.И.", "Иванов Сидор Ильич"])
def test_another_spelling_of_the_surname_is_no_change_of_holder(
    importer: RegistryImporter, spelled: str
) -> None:
    import_registry(importer, 1, "2026-09-30")
    assert account_item().get("holder_since") is None
    refuse_paper("u1")
    import_registry(importer, 2, "2026-10-31", fio=spelled)
    assert account_item().get("holder_since") is None
    assert lines() == [1]


def test_another_holder_is_dated_and_ends_the_refusals_of_paper(importer: RegistryImporter) -> None:
    import_registry(importer, 1, "2026-09-30")
    refuse_paper("u1")
    refuse_paper("u2")
    item = import_registry(importer, 2, "2026-10-31", fio="Петрова Анна")
    assert (item["status"], account_item()["holder_since"]) == ("applied", "2026-10-31")
    ended = {"ended_on": "2026-10-31", "last_period": account_item().get("last_period"), "notices": 0}
    assert account_item()["former_holders"] == {holder_key(ACCOUNT_ID, ACCOUNT["fio"]): ended}
    stored = paperless.get_row(ACCOUNT_ID)
    assert stored is not None
    assert stored["refused_by"] == {}
    assert lines() == [1, 0]
    import_registry(importer, 2, "2026-10-31", fio="Петрова Анна")
    import_registry(importer, 3, "2026-11-30", fio="Петрова Анна", area="51")
    assert account_item()["holder_since"] == "2026-10-31"
    assert list(account_item()["former_holders"].values()) == [ended]
    assert lines() == [1, 0]


def test_an_opt_out_made_while_the_holder_changes_ends_with_the_change(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_registry(importer, 1, "2026-09-30")
    refuse_paper("u1")
    real, waiting = paperless.get_row, ["u2"]

    def read(account_id: str) -> dict[str, Any] | None:
        stored = real(account_id)
        if waiting:
            transaction = Transaction()
            paperless.record_decision(transaction, account_id, waiting.pop(), REFUSAL, stored)
            transaction.commit()
        return stored

    monkeypatch.setattr(paperless, "get_row", read)
    import_registry(importer, 2, "2026-10-31", fio="Петрова Анна")
    stored = paperless.get_row(ACCOUNT_ID)
    assert stored is not None
    assert (account_item()["holder"], stored["refused_by"]) == ("Петрова Анна", {})
    assert lines() == [1, 0]


def test_a_write_that_is_refused_changes_neither_holder_nor_refusals(importer: RegistryImporter) -> None:
    import_registry(importer, 1, "2026-09-30")
    refuse_paper("u1")
    stale = paperless.get_row(ACCOUNT_ID)
    refuse_paper("u2")
    transaction = Transaction()
    key = account_item()["pk"], "ACCOUNT"
    transaction.update(
        Table.ACCOUNTS, key, "SET #holder = :h", condition=IS_PRESENT, on_conflict=Conflict, h="Х"
    )
    paperless.withdraw_all(transaction, ACCOUNT_ID, "2026-10-31T00:00:00Z", stale, has_webhook=False)
    with pytest.raises(paperless.StalePaperless):
        transaction.commit()
    assert account_item()["holder"] == ACCOUNT["fio"]
    assert lines() == [1]


@pytest.mark.parametrize("plain", [1, 2, 3])
def test_a_change_of_holder_fits_a_transaction_beside_other_accounts(
    importer: RegistryImporter, plain: int
) -> None:
    """The end of a paper opt-out is two further actions, and a transaction takes 25."""
    import_registry(importer, 1, "2026-09-30")
    refuse_paper("u1")
    numbers = [f"100000{number:04}" for number in range(7 + plain)]
    others = [ACCOUNT | {"ls": number} for number in numbers]
    # Seven new accounts with a receipt and its document are 21 actions, the plain ones one each.
    balances = [BALANCE | {"ls": number} for number in numbers[plain:]]
    holder = ACCOUNT | {"fio": "Петрова Анна"}
    item = importer.import_file(
        packed({"accounts": [*others, holder], "balances": balances}, 2, "2026-10-31")
    )
    assert item["status"] == "applied"
    assert account_item()["holder"] == "Петрова Анна"
    assert lines() == [1, 0]
