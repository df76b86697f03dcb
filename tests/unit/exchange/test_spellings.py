"""One account however its number is spelled: Latin look-alikes and case, from one registry to the next."""

from cabinet.accounts.keys import account_partition
from cabinet.accounts.store import find_by_number
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.text import number_key
from cabinet.exchange.exports.csv_writer import zip_file
from tests.support.factories.registries import (
    ACCOUNT,
    BALANCE,
    PAYMENT,
    SUPPLIER,
    RegistryImporter,
    apply_supplier,
    packed,
    section_file,
)

CYRILLIC, LATIN, SMALL = "74С-001", "74C-001", "74c-001"


def test_another_spelling_in_a_later_registry_reaches_the_first_account(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT | {"ls": CYRILLIC}]}))
    renamed = ACCOUNT | {"ls": LATIN, "fio": "Петрова Анна"}
    item = importer.import_file(packed({"accounts": [renamed], "balances": [BALANCE | {"ls": SMALL}]}, 2))
    assert (item["status"], importer.codes(item)) == ("applied", [])
    (account,) = find_by_number(number_key(SMALL))
    assert (account.number, account.holder) == (CYRILLIC, "Петрова Анна"), "the first spelling is kept"
    assert account.latest_periods == {"obedinennaya": "2026-09"}


def test_the_same_data_in_another_spelling_change_nothing(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT | {"ls": CYRILLIC}]}))
    before = importer.stored()
    item = importer.import_file(packed({"accounts": [ACCOUNT | {"ls": SMALL}]}, 2))
    assert (item["counts"], importer.stored()) == ({"accounts.unchanged": 1}, before)


def test_a_payment_at_the_bank_finds_its_account_in_either_spelling(importer: RegistryImporter) -> None:
    rows = {"accounts": [ACCOUNT | {"ls": CYRILLIC}], "payments": [PAYMENT | {"ls": LATIN}]}
    assert importer.import_file(packed(rows))["status"] == "applied"
    partition = account_partition(f"{SUPPLIER}:{SMALL}")
    page = dynamo.query(Table.ACCOUNTS, partition, begins="PAYMENT#")
    assert [row["amount"] for row in page.items] == [10000]


def test_two_spellings_of_an_account_are_reported_as_a_duplicate(importer: RegistryImporter) -> None:
    item = importer.import_file(packed({"accounts": [ACCOUNT | {"ls": LATIN}, ACCOUNT | {"ls": CYRILLIC}]}))
    assert item["status"] == "refused"
    place, field, code, message = importer.report(item)[0]
    assert (place, field, code) == ("accounts.csv:4", "ls", "duplicate")
    assert message == (
        f"Вторая такая строка для счёта {CYRILLIC}, первая — строка accounts.csv:3: оставьте одну. "
        f"Там счёт написан «{LATIN}»: русские и латинские, большие и малые буквы не различаются."
    )


def test_a_broken_row_leaves_the_account_out_in_every_spelling(importer: RegistryImporter) -> None:
    apply_supplier(registry_errors_share=90)
    spoilt = section_file("payments", [PAYMENT | {"ls": LATIN}]).replace(b";100.00;", b";1OO;")
    accounts = section_file("accounts", [ACCOUNT | {"ls": CYRILLIC}])
    item = importer.import_file(zip_file({"accounts.csv": accounts, "payments.csv": spoilt}))
    assert (item["status"], importer.codes(item), importer.stored()) == ("applied", ["sum"], {})
