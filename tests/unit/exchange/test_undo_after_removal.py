"""A receipt that a person has taken away stays away, whatever import is undone before or after it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cabinet.accounts.model import Account
from cabinet.audit.model import Author
from cabinet.aws import queues
from cabinet.billing.receipt_copies import copied_receipts
from cabinet.exchange import row_removal
from cabinet.exchange.imports import undo_apply, undo_job
from cabinet.exchange.imports.import_job import ImportResult
from tests.support.account_consistency import assert_accounts_agree_with_their_rows
from tests.support.factories.registries import (
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    PAYMENT,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    ask_undo,
    packed,
    under,
)

ENGINEER = Author("s1", "Инженер", "engineer")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
KIND = "obedinennaya"


@pytest.fixture(autouse=True)
def _unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run the undo themselves."""
    monkeypatch.setattr(queues, "send", lambda *_, **__: None)


def balance(period: str, total: str = "150.00") -> dict[str, str]:
    return BALANCE | {"period": period, "issued": f"{period}-28", "charged": total, "total": total}


def import_registry(
    importer: RegistryImporter, number: int, *balances: dict[str, str], **sections: list[dict[str, str]]
) -> str:
    item = importer.import_file(packed({"balances": list(balances)} | sections, number=number))
    assert item["status"] == "applied", importer.codes(item)
    return str(item["import_id"])


def remove(period: str) -> None:
    row_removal.remove_receipt(ENGINEER, ACCOUNT_ID, period, KIND, "чужой счёт", NOW)


def undo(importer: RegistryImporter, import_id: str) -> None:
    asked = ask_undo(import_id)
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    item = importer.item(asked)  # type: ignore[arg-type]
    assert (item["status"], item["undo_left"]) == ("undone", 0), item
    assert_accounts_agree_with_their_rows(importer.aws)


def owed() -> list[tuple[str, int]]:
    """What the account's own item says is owed, by month."""
    copies = copied_receipts(Account.model_validate(account_item()))
    return [(copy.period, copy.main.total) for copy in copies or ()]


def test_a_removed_receipt_is_no_debt_after_a_later_import_is_undone(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    october = import_registry(importer, 2, balance("2026-10"))
    remove("2026-09")
    undo(importer, october)
    account = account_item()
    assert (account["latest"], account["newest"], account["charged"]) == ({}, {}, "")
    assert (account["first_period"], account["last_period"]) == (None, None)
    assert owed() == []


def test_the_receipt_before_the_removed_one_is_the_latest(importer: RegistryImporter) -> None:
    import_registry(importer, 1, balance("2026-08", "80.00"), balance("2026-09"), accounts=[ACCOUNT])
    october = import_registry(importer, 2, balance("2026-10"))
    remove("2026-09")
    undo(importer, october)
    assert owed() == [("2026-08", 8_000)]


def test_a_receipt_that_the_undone_import_had_changed_stays_away_too(importer: RegistryImporter) -> None:
    import_registry(importer, 1, balance("2026-08", "80.00"), balance("2026-09"), accounts=[ACCOUNT])
    changed = import_registry(importer, 2, balance("2026-09", "999.00"), balance("2026-08", "81.00"))
    remove("2026-09")
    undo(importer, changed)
    assert under(f"RECEIPT#2026-09#{KIND}") is None
    assert owed() == [("2026-08", 8_000)], "as it stood before the import"


def test_an_import_that_left_the_receipts_alone_puts_none_of_them_back(importer: RegistryImporter) -> None:
    import_registry(importer, 1, balance("2026-08"), balance("2026-09"), accounts=[ACCOUNT])
    renamed = importer.import_file(packed({"accounts": [ACCOUNT | {"residents": "9"}]}, number=2))[
        "import_id"
    ]
    remove("2026-09")
    undo(importer, renamed)
    assert account_item()["residents"] == 2
    assert owed() == [("2026-08", 15_000)]


def test_removed_rows_do_not_block_the_undo_of_their_import(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    meters = [row | {"place": "Кухня"} for row in WHOLE["meters"]]
    payments = [PAYMENT | {"processed": "2026-09-13"}]
    changed = import_registry(importer, 2, balance("2026-10"), meters=meters, payments=payments)
    found = row_removal.show_rows(ENGINEER, ACCOUNT_ID, NOW)
    (payment,), (meter,) = found.payments, found.meters
    row_removal.remove_payment(
        ENGINEER, ACCOUNT_ID, payment["received_on"], payment["payment_id"], "чужой счёт", NOW
    )
    row_removal.remove_meter(ENGINEER, ACCOUNT_ID, meter["meter_id"], "чужой счёт", NOW)
    undo(importer, changed)
    assert (under(payment["sk"]), under(meter["sk"])) == (None, None)
    assert account_item()["meter_terms"] == {}


def test_a_removal_between_looking_and_writing_is_seen(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_registry(importer, 1, balance("2026-08"), balance("2026-09"), accounts=[ACCOUNT])
    october = import_registry(importer, 2, balance("2026-10"))
    genuine, waiting = undo_apply.write_account, ["2026-09"]

    def disturbed(account: Any) -> None:
        while waiting:
            remove(waiting.pop())
        genuine(account)

    monkeypatch.setattr(undo_apply, "write_account", disturbed)
    undo(importer, october)
    assert owed() == [("2026-08", 15_000)]


PERIODS = ("2026-09", "2026-10")
STEPS = ("import both", "import 2026-10", "remove 2026-09", "remove 2026-10", "undo")


@pytest.mark.parametrize("second", STEPS)
def test_any_order_of_imports_removals_and_undos_leaves_what_was_not_taken_away(
    importer: RegistryImporter, second: str
) -> None:
    """An undo leaves what was there before its import, without what was removed since."""
    for third in STEPS:
        _clear(importer)
        _play(importer, ("import both", second, third, "undo", "undo"))


def _play(importer: RegistryImporter, steps: tuple[str, ...]) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT]}, number=1))
    remaining: set[str] = set()
    imports: list[tuple[str, set[str]]] = []
    for number, step in enumerate(steps, 2):
        verb, _, what = step.partition(" ")
        if verb == "import":
            named = PERIODS if what == "both" else (what,)
            before = set(remaining)
            rows = [balance(period, f"{number}00.00") for period in named]
            imports.append((import_registry(importer, number, *rows), before))
            remaining |= {*named}
        elif verb == "remove" and what in remaining:
            remove(what)
            remaining.discard(what)
            for _, before in imports:
                before.discard(what)
        elif verb == "undo" and imports:
            import_id, remaining = imports.pop()
            undo(importer, import_id)
        assert {period for period in PERIODS if under(f"RECEIPT#{period}#{KIND}")} == remaining, steps
        assert_accounts_agree_with_their_rows(importer.aws)


def _clear(importer: RegistryImporter) -> None:
    table = importer.aws.table("ACCOUNTS_TABLE")
    for item in table.scan()["Items"]:
        if (item["pk"], item["sk"]) != (f"SUPPLIER#{SUPPLIER}", "PROFILE"):
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
