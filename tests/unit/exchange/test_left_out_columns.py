"""A column that a file leaves out says nothing: what the cabinet has of it stays."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.exchange.exports.csv_writer import csv_file, zip_file
from cabinet.exchange.formats.schema import NATIVE
from cabinet.exchange.model import Registry, SectionName
from tests.support.aws_calls import Call, Listener, heard_by
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    BALANCE,
    CHARGE,
    METER,
    NUMBER,
    PAYMENT,
    SERVICE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    packed,
    section_file,
    under,
)

HOUSE = {"house_area": "10955.38", "house_living": "9000", "house_nonliving": "55", "house_common": "1900.38"}
FULL_ACCOUNT = ACCOUNT | HOUSE | {
    "els": "74АА000001", "izhku": "74АА000001-02", "org_inn": "7451001232", "city": "Челябинск",
    "registered": "2", "closed": "15.08.2026",
}  # fmt: skip
FULL: dict[str, list[dict[str, str]]] = WHOLE | {
    "accounts": [FULL_ACCOUNT],
    "balances": [
        BALANCE
        | {"preliminary_period": "2026-10", "preliminary": "70.00", "preliminary_penalty": "1.00"}
        | {"pd": "74АА000001-02-6091"}
    ],
    "services": [SERVICE | {"penalty": "да"}],
    "charges": [CHARGE | {"volume_kind": "прибор учёта", "recalculation": "да", "grounds": "п. 86"}],
    "payments": [PAYMENT | {"order_id": "billing-17"}],
    "meters": [METER | {"gis_no": "10000000757"}],
}
OPTIONAL = [(section.name, column) for section in NATIVE for column in sorted(section.optional)]


def short_file(name: str, row: dict[str, str], number: int = 2) -> bytes:
    """A file of one row without any optional column."""
    section = next(section for section in NATIVE if section.name == name)
    columns = [column for column in section.columns if column not in section.optional]
    read = {column: section.columns[column](row.get(column, "")) for column in columns}
    registry = Registry(supplier_id=SUPPLIER, number=number, dated=date(2026, 9, 30))
    return csv_file(registry, columns, [[row.get(column, "") for column in columns]], section.control(read))


def test_an_accounts_file_of_required_columns_alone_erases_nothing(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [FULL_ACCOUNT]}))
    before = Account.model_validate(account_item())
    item = importer.import_file(short_file("accounts", ACCOUNT | {"area": "51.7"}), "accounts.csv")
    assert (item["status"], item["errors"]) == ("applied", 0)
    account = Account.model_validate(account_item())
    assert account == before.model_copy(update={"area": "51.7"})
    assert (account.els, account.address.city, str(account.closed_on), account.registered) == (
        "74АА000001", "Челябинск", "2026-08-15", 2,
    )  # fmt: skip


def test_an_empty_cell_of_a_named_column_does_erase(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [FULL_ACCOUNT]}))
    importer.import_file(packed({"accounts": [ACCOUNT]}, number=2))
    account = Account.model_validate(account_item())
    assert (account.els, account.address.city, account.closed_on, account.house.total) == ("", "", None, "")


def test_an_empty_cell_erases_numbers_of_gis(importer: RegistryImporter) -> None:
    importer.import_file(packed(FULL))
    receipt, meter = under("RECEIPT#2026-09#obedinennaya"), under("METER#757-243")
    assert receipt is not None
    assert meter is not None
    assert (receipt["gis_document"], meter["gis_number"]) == ("74АА000001-02-6091", "10000000757")
    without = FULL | {"balances": [BALANCE], "meters": [METER]}
    assert importer.import_file(packed(without, number=2))["status"] == "applied"
    receipt, meter = under("RECEIPT#2026-09#obedinennaya"), under("METER#757-243")
    assert receipt is not None
    assert meter is not None
    assert "gis_document" not in receipt
    assert meter["gis_number"] == ""
    before = importer.stored()
    importer.import_file(packed(without, number=3))
    assert importer.stored() == before


def test_who_sends_no_numbers_of_gis_has_no_attribute_of_them(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    assert not any(name.startswith("gis_") for item in importer.stored().values() for name in item)


@pytest.mark.parametrize(
    ("name", "row", "where"),
    [
        ("accounts", ACCOUNT, "ACCOUNT"),
        ("balances", BALANCE, "RECEIPT#2026-09#obedinennaya"),
        ("services", SERVICE, "RECEIPT#2026-09#obedinennaya"),
        ("charges", CHARGE, "RECEIPT#2026-09#obedinennaya"),
        ("meters", METER, "METER#757-243"),
    ],
)
def test_a_newer_file_without_its_optional_columns_changes_nothing(
    importer: RegistryImporter, name: str, row: dict[str, str], where: str
) -> None:
    importer.import_file(packed(FULL))
    before = importer.stored()
    item = importer.import_file(short_file(name, row), f"{name}.csv")
    assert (item["status"], item["errors"]) == ("applied", 0)
    assert under(where) is not None
    assert importer.stored() == before


@pytest.mark.parametrize(("name", "column"), OPTIONAL, ids=str)
def test_any_optional_column_left_out_alone_erases_nothing(
    importer: RegistryImporter, name: SectionName, column: str
) -> None:
    """Of the table of columns itself: a new one is tested as soon as it is listed there."""
    section = next(section for section in NATIVE if section.name == name)
    (row,) = FULL[name]
    assert section.columns[column](row.get(column, "")) not in (None, "", 0), f"FULL says no {column}"
    importer.import_file(packed(FULL))
    before = importer.stored()
    columns = [each for each in section.columns if each != column]
    registry = Registry(supplier_id=SUPPLIER, number=2, dated=date(2026, 9, 30))
    control = section.control({each: section.columns[each](row.get(each, "")) for each in columns})
    cells = [row.get(each, "") for each in columns]
    item = importer.import_file(csv_file(registry, columns, [cells], control), f"{name}.csv")
    assert (item["status"], item["errors"]) == ("applied", 0)
    assert importer.stored() == before


def test_only_as_many_payments_as_had_an_orders_number_are_known_without_it(
    importer: RegistryImporter,
) -> None:
    importer.import_file(packed(FULL))
    columns = ["ls", "kind", "received", "processed", "sum"]
    registry = Registry(supplier_id=SUPPLIER, number=2, dated=date(2026, 9, 30))
    cells = [[PAYMENT[each] for each in columns]] * 2
    for _ in range(2):
        importer.import_file(csv_file(registry, columns, cells, 200_00), "payments.csv")
        stored = [item for key, item in importer.stored().items() if key[1].startswith("PAYMENT#")]
        assert [item["amount"] for item in stored] == [100_00, 100_00]


class DaysRead(Listener):
    """Keeps how often the payments of a day are read."""

    count = 0

    def before(self, call: Call) -> None:
        self.count += call.operation == "Query" and "PAYMENT#" in str(call.parameters)


def import_payment(importer: RegistryImporter, number: int, day: str, order_id: str | None = None) -> int:
    """Bring one payment, its order if there is one in a column; return how often days were read."""
    row = PAYMENT | {"received": day} | ({} if order_id is None else {"order_id": order_id})
    columns = ["ls", "kind", "received", "processed", "sum", *([] if order_id is None else ["order_id"])]
    registry = Registry(supplier_id=SUPPLIER, number=number, dated=date(2026, 9, 30))
    with heard_by(DaysRead()) as days:
        file = csv_file(registry, columns, [[row[each] for each in columns]], 100_00)
        assert importer.import_file(file, "payments.csv")["status"] == "applied"
    return days.count


def test_a_day_is_read_only_where_an_order_can_stand_on_it(importer: RegistryImporter) -> None:
    with heard_by(DaysRead()) as days:
        columns = ["ls", "kind", "received", "processed", "sum"]
        registry = Registry(supplier_id=SUPPLIER, number=1, dated=date(2026, 9, 30))
        payments = csv_file(registry, columns, [[PAYMENT[each] for each in columns]], 100_00)
        importer.import_file(
            zip_file({"accounts.csv": section_file("accounts", [ACCOUNT]), "payments.csv": payments})
        )
    assert days.count == 0, "the account is new"
    assert import_payment(importer, 2, "2026-09-11") == 0, "no order was ever made for it"
    import_payment(importer, 3, "2026-09-12", "billing-18")
    assert import_payment(importer, 4, "2026-09-12") == 1
    stored = [key for key in importer.stored() if key[1].startswith("PAYMENT#2026-09-12")]
    assert len(stored) == 1, "the payment is known by its day and sum"


@pytest.mark.parametrize(
    "trace", [{"reserved_version": 1}, {"returns": 1}, {"ordered_elsewhere": None}], ids=str
)
def test_a_day_is_read_where_an_order_was_made_or_it_is_not_known(
    importer: RegistryImporter, trace: dict[str, Any]
) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT]}))
    ((name, value),) = trace.items()
    change = f"REMOVE #{name}" if value is None else f"SET #{name} = :value"
    values = {} if value is None else {"value": value}
    dynamo.update(
        Table.ACCOUNTS, account_key(f"{SUPPLIER}:{NUMBER}"), change, condition=IS_PRESENT,
        on_conflict=dynamo.conflict, **values,
    )  # fmt: skip
    assert import_payment(importer, 2, "2026-09-11") == 1


def test_what_else_such_a_file_brings_is_written_beside_what_stays(importer: RegistryImporter) -> None:
    importer.import_file(packed(FULL))
    importer.import_file(
        short_file("balances", BALANCE | {"debt": "110.00", "total": "160.00"}), "balances.csv"
    )
    importer.import_file(short_file("charges", CHARGE | {"sum": "160.00"}, 3), "charges.csv")
    importer.import_file(short_file("meters", METER | {"place": "Кухня"}, 4), "meters.csv")
    receipt: dict[str, Any] = under("RECEIPT#2026-09#obedinennaya") or {}
    assert (receipt["main"]["total"], receipt["preliminary"]["main"]) == (16000, 7000)
    (charge,) = receipt["charges"]
    assert (charge["amount"], charge["volume_kind"], charge["grounds"]) == (16000, "meter", "п. 86")
    assert charge["is_recalculation"] is True
    meter: dict[str, Any] = under("METER#757-243") or {}
    assert (meter["place"], meter["unit"]) == ("Кухня", "м3")


def test_a_whole_receipt_without_optional_columns_keeps_what_they_said(importer: RegistryImporter) -> None:
    importer.import_file(packed(FULL))
    files = {
        "balances": BALANCE | {"debt": "110.00", "total": "160.00"},
        "services": SERVICE,
        "charges": CHARGE,
    }
    importer.import_file(zip_file({f"{name}.csv": short_file(name, row) for name, row in files.items()}))
    receipt: dict[str, Any] = under("RECEIPT#2026-09#obedinennaya") or {}
    assert (receipt["main"]["total"], receipt["preliminary"]["period"]) == (16000, "2026-10")
    assert receipt["services"][0]["is_penalty"] is True
    assert receipt["charges"][0]["grounds"] == "п. 86"


def test_a_banks_debts_do_not_reopen_an_account_that_the_bank_has_closed(importer: RegistryImporter) -> None:
    debt = "Иванов;Челябинск,УЛ. ЛЕНИНА,1,2;7400000001;10.00;1;01/09/2026;30/09/2026"
    importer.import_file(f"#FILESUM 10.00\r\n#TYPE 7\r\n{debt}\r\n".encode("cp1251"), "debts.txt", "gorod")
    importer.import_file(f"#TYPE 9\r\n{debt}\r\n".encode("cp1251"), "closed.txt", "gorod")
    later = debt.replace("Иванов", "Иванов Пётр")
    importer.import_file(f"#FILESUM 10.00\r\n#TYPE 7\r\n{later}\r\n".encode("cp1251"), "debts.txt", "gorod")
    account = Account.model_validate(account_item())
    assert (account.holder, str(account.closed_on)) == ("Иванов Пётр", "2026-09-30")


def test_a_receipt_of_a_new_month_takes_nothing_from_another(importer: RegistryImporter) -> None:
    importer.import_file(packed(FULL))
    october = BALANCE | {"period": "2026-10", "issued": "2026-10-31"}
    importer.import_file(short_file("balances", october), "balances.csv")
    receipt: dict[str, Any] = under("RECEIPT#2026-10#obedinennaya") or {}
    assert receipt["preliminary"] is None


def test_a_file_with_all_columns_is_read_as_before(importer: RegistryImporter) -> None:
    importer.import_file(packed(FULL))
    plain = section_file("charges", [CHARGE], number=2)
    importer.import_file(plain, "charges.csv")
    receipt: dict[str, Any] = under("RECEIPT#2026-09#obedinennaya") or {}
    assert not {"volume_kind", "grounds"} & receipt["charges"][0].keys()
