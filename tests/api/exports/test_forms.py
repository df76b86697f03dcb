"""How registries out are written: the supplier's decimals, clocks and words, and a workbook beside."""

import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cabinet.accounts import binding_store
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import Table
from cabinet.payments.keys import export_queue_key
from exports.delivery import deliver, redeliver
from infra import __main__
from tests.support.aws import Aws
from tests.support.exported_registries import everything_delivered, reading_waits, refuse_paper
from tests.support.factories import bound_accounts

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PAID_AT = "2026-10-31T20:15:07.123456+00:00"


def pays(receipt_id: str = "2026-10-obedinennaya", amount: int = 123456) -> None:
    line = {"account_id": "uk-test:0012", "receipt_id": receipt_id, "service": "=ХВС",
            "payee_inn": "7451001232", "amount": amount}  # fmt: skip
    row = {"payment_id": "p1", "paid_at": PAID_AT, "bank_order": "9007199254740993", "status": "paid"}
    pk, sk = export_queue_key("uk-test", "p1")
    bound_accounts.write(Table.PAYMENTS, {"pk": pk, "sk": sk} | row | {"lines": [line]})


def text(content: bytes) -> list[str]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = archive.namelist()
            content = archive.read(name)
    return content.decode("utf-8-sig").splitlines()


def cells(book: bytes) -> list[list[str]]:
    """Return the cells of the workbook's only sheet; texts are marked by a quote before them."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314 - our own
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    words = ["".join(part.text or "" for part in one.iter(f"{SHEET}t")) for one in shared.iter(f"{SHEET}si")]
    assert not list(sheet.iter(f"{SHEET}f")), "no formula"
    return [
        [f"'{words[int(cell[0].text or 0)]}" if cell.get("t") == "s" else str(cell[0].text) for cell in row]
        for row in sheet.iter(f"{SHEET}row")
    ]


def test_payments_are_in_the_suppliers_words_and_clocks(aws: Aws) -> None:
    kinds = {"Объединённая": {"payee_inn": bound_accounts.PAYEE.inn}}
    supplier = bound_accounts.supplier(receipt_kinds=kinds, registry_decimal="comma")
    pays()
    done = deliver("payments", supplier, lambda: True)
    assert done is not None
    assert text(done.content)[1:] == [
        "id;ls;receipt;service;sum;paid_at;bank_order;status;period",
        "p1;0012;Объединённая;'=ХВС;1234,56;2026-11-01 01:15:07;9007199254740993;paid;2026-10",
        "#control;1;1234,56",
    ]


def test_a_kind_without_a_setting_is_called_as_its_receipt_is(aws: Aws) -> None:
    supplier = bound_accounts.supplier()
    item = {"pk": "ACCOUNT#uk-test#0012", "sk": "RECEIPT#2026-10#hvs-i-vo", "kind_title": "ХВС и ВО"}
    bound_accounts.write(Table.ACCOUNTS, item)
    pays("2026-10-hvs-i-vo")
    done = deliver("payments", supplier, lambda: True)
    assert done is not None
    assert text(done.content)[2].split(";")[2] == "ХВС и ВО"


def test_a_registry_keeps_the_form_in_which_it_went_out(aws: Aws) -> None:
    pays()
    supplier = bound_accounts.supplier()
    done = deliver("payments", supplier, lambda: True)
    changes = {"registry_decimal": "comma", "time_zone": "Asia/Kamchatka"}
    changed = supplier.model_copy(update=changes)
    assert done is not None
    again = redeliver("payments", changed, 1)
    assert (again.content, again.workbook) == (done.content, done.workbook)


@pytest.mark.parametrize(("setting", "shown"), [("dot", "38.500"), ("comma", "38,500")])
def test_readings_and_refusals_follow_the_settings_too(aws: Aws, setting: str, shown: str) -> None:
    supplier = bound_accounts.supplier(registry_decimal=setting)
    reading_waits("uk-test", "100", "r1", "38.500")
    refuse_paper("100")
    readings, refusals = (deliver(what, supplier, lambda: True) for what in ("readings", "refusals"))
    assert readings is not None
    assert text(readings.content)[2].split(";")[3] == shown
    assert refusals is not None
    assert text(refusals.content)[2].split(";")[2] == "2026-10-20 10:00:00"


# ------------------------------------------------------------------ the workbook


def test_a_workbook_is_made_too_with_numbers_as_numbers(aws: Aws) -> None:
    supplier = bound_accounts.supplier(registry_decimal="comma")
    pays()
    done = deliver("payments", supplier, lambda: True)
    assert done is not None
    there = everything_delivered(aws, "uk-test")
    assert list(there) == [
        "outbound/uk-test/payments/payments_uk-test_000001.xlsx",
        "outbound/uk-test/payments/payments_uk-test_000001.zip",
    ]
    head, row = cells(there["outbound/uk-test/payments/payments_uk-test_000001.xlsx"])
    assert head[:3] == ["'id", "'ls", "'receipt"]
    assert row == [
        "'p1", "'0012", "'2026-10-obedinennaya", "'=ХВС", "1234.56", "46327.05216435185",
        "'9007199254740993", "'paid", "'2026-10",
    ]  # fmt: skip


def test_a_supplier_that_wants_no_workbook_gets_none(aws: Aws) -> None:
    supplier: Supplier = bound_accounts.supplier(registry_xlsx=False)
    reading_waits("uk-test", "100", "r1")
    assert deliver("readings", supplier, lambda: True) is not None
    assert list(everything_delivered(aws, "uk-test")) == [
        "outbound/uk-test/readings/readings_uk-test_000001.csv"
    ]


def shown(book: bytes, column: int) -> tuple[datetime, str]:
    """Return the moment in a cell of the first row, and the form in which a spreadsheet shows it."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 - our own
    cell = list(list(sheet.iter(f"{SHEET}row"))[1])[column]
    forms = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{SHEET}numFmt")}
    (cell_styles,) = styles.iter(f"{SHEET}cellXfs")
    form = forms[cell_styles[int(cell.get("s", "0"))].get("numFmtId")]
    days = float(cell[0].text or "")
    return datetime(1899, 12, 30) + timedelta(seconds=round(days * 86400)), str(form)  # noqa: DTZ001 - a cell


def test_days_and_times_of_a_workbook_are_dates(aws: Aws) -> None:
    supplier = bound_accounts.supplier(registry_decimal="comma")
    pays()
    reading_waits("uk-test", "100", "r1", "38.500")
    refuse_paper("100")
    moments = {}
    for what, column in (("payments", 5), ("readings", 4), ("refusals", 2)):
        done = deliver(what, supplier, lambda: True)
        assert done is not None
        assert done.workbook is not None
        moments[what] = shown(done.workbook, column)
    assert moments == {
        "payments": (datetime(2026, 11, 1, 1, 15, 7), "dd.mm.yyyy hh:mm:ss"),  # noqa: DTZ001
        "readings": (datetime(2026, 10, 20), "dd.mm.yyyy"),  # noqa: DTZ001
        "refusals": (datetime(2026, 10, 20, 10, 0), "dd.mm.yyyy hh:mm:ss"),  # noqa: DTZ001
    }


def test_all_refusals_at_once_have_the_form_of_the_registries(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound_accounts.supplier(registry_decimal="comma")
    bound_accounts.user("u1", bound_accounts.account())
    record = {"enabled": True, "at": "2026-10-31T20:15:07.123456+00:00", "version": "v1", "sha256": "ab"}
    binding_store.set_paperless("u1", "uk-test:1234567899", record)
    monkeypatch.setattr("infra.cli.environment.select_environment", lambda _: None)
    asked = ["paperless", "--supplier", "uk-test", "-o"]
    assert __main__.main([*asked, str(tmp_path / "all.csv")]) == 0
    assert text((tmp_path / "all.csv").read_bytes())[1:] == [
        "ls;refused;at;statement_version;statement_sha256",
        "1234567899;1;2026-11-01 01:15:07;v1;ab",
        "#control;1;0,00",
    ]
    book = (tmp_path / "all.xlsx").read_bytes()
    assert shown(book, 2) == (datetime(2026, 11, 1, 1, 15, 7), "dd.mm.yyyy hh:mm:ss")  # noqa: DTZ001
    assert __main__.main([*asked, str(tmp_path / "alone.xlsx")]) == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.csv", "all.xlsx", "alone.xlsx"]
