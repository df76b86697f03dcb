"""A supplier's month in a template: out of storage, in workbooks of so many rows, what is left out listed."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import Table
from cabinet.billing.model import Amounts, Receipt
from cabinet.core.periods import Period
from cabinet.exchange.errors import OutOfTime
from cabinet.exchange.gis import fill as fill_module
from cabinet.exchange.gis import sources
from cabinet.exchange.gis.errors import HeaderMissing, OutputTooLarge
from cabinet.exchange.gis.fill import LEFT_OUT_NAME, FillReport, fill
from cabinet.exchange.gis.template_rules import GisKind
from cabinet.metering.model import Meter, Reading, ZoneReading
from cabinet.payments.keys import export_queue_key, supplier_payments_partition
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.gis_templates import PAYMENTS_HEADER, cells_of, files_of, template


@pytest.fixture(autouse=True)
def one_thread(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Moto is not made for more."""
    monkeypatch.setattr(sources, "THREADS", 1)
    return aws


def last(value: str, month: int = 10) -> ZoneReading:
    day = date(2026, month, 20)
    period = f"2026-{month:02d}"
    return ZoneReading(reading_id=value, value=value, taken_on=day, source="billing", period=period)


def has_meter(account_number: str, gis_number: str = "74000000001", **changes: Any) -> None:
    account = bound_accounts.account(account_number, els="74АА000001")
    fields = {"meter_id": "m", "number": "77", "service": "ХВС", "gis_number": gis_number}
    bound_accounts.meter(account.account_id, Meter(**fields | {"last": {"T1": last("12.5")}} | changes))


def pays(payment_id: str, day: str, amount: int, receipt_id: str = "2026-09-ob", number: str = "100") -> None:
    line = {"account_id": f"uk-test:{number}", "receipt_id": receipt_id, "service": "ХВС",
            "payee_inn": "7421000200", "amount": amount}  # fmt: skip
    pk, sk = export_queue_key("uk-test", payment_id)
    row = {"payment_id": payment_id, "paid_at": f"{day}T10:00:00+00:00", "received_on": day, "status": "paid"}
    index = {"subscriber": supplier_payments_partition("uk-test", 1), "created_at": f"{day}#{payment_id}"}
    bound_accounts.write(Table.PAYMENTS, {"pk": pk, "sk": sk} | row | index | {"lines": [line]})


def done(
    path: Path, kind: GisKind, supplier: Supplier, period: Period = "2026-10"
) -> tuple[FillReport, dict[str, bytes]]:
    packed = io.BytesIO()
    report = fill(path, kind, supplier, period, packed)
    return report, files_of(packed.getvalue())


def left_out(files: dict[str, bytes]) -> list[list[str]]:
    content = files[LEFT_OUT_NAME]
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))[1:]


def test_readings_of_the_month_are_written_and_the_rest_is_listed(tmp_path: Path) -> None:
    supplier = bound_accounts.supplier()
    has_meter("100")
    has_meter("200", gis_number="")
    has_meter("300", last={"T1": last("3", 9)})
    report, files = done(template(tmp_path), "readings", supplier)
    assert (report.rows, report.workbooks, dict(report.left_out)) == (1, 1, {"meter_number": 1})
    book = cells_of(files["readings_uk-test_2026-10_001.xlsx"])
    assert (book["B2"], book["C2"], book["D2"]) == ("74000000001", "Холодная вода", "10.2026")
    assert (book["E2"], book["H2"]) == ("12.5", "20.10.2026")
    assert "B3" not in book
    ((account, meter, day, value, why),) = left_out(files)
    assert (account, meter, day, value) == ("200", "77", "2026-10-20", "12.5")
    assert "gis_no" in why


def test_an_earlier_month_comes_out_of_the_history(tmp_path: Path) -> None:
    supplier = bound_accounts.supplier()
    has_meter("100", before={"T1": last("9", 9)})
    fields = {"meter_id": "m", "zone": "T1", "source": "billing"}
    for value, day in (("7", "2026-08-01"), ("8", "2026-08-20"), ("6", "2026-07-20")):
        of_day = {"reading_id": value, "value": value, "taken_on": day}
        bound_accounts.reading("uk-test:100", Reading.model_validate(fields | of_day))
    report, files = done(template(tmp_path), "readings", supplier, "2026-08")
    assert report.rows == 1
    assert cells_of(files["readings_uk-test_2026-08_001.xlsx"])["E2"] == "8"


def test_an_account_whose_meters_are_not_known_by_its_item_is_read(tmp_path: Path) -> None:
    supplier = bound_accounts.supplier()
    account = bound_accounts.account("100", meter_summaries=None)
    meter = Meter(meter_id="m", number="77", service="ХВС", gis_number="1", last={"T1": last("5")})
    bound_accounts.meter("uk-test:absent", meter)
    bound_accounts.write(
        Table.ACCOUNTS,
        {"pk": f"ACCOUNT#{account.account_id.replace(':', '#')}", "sk": "METER#m"}
        | meter.model_dump(mode="json"),
    )
    assert done(template(tmp_path), "readings", supplier)[0].rows == 1


def test_a_workbook_has_no_more_rows_than_the_setting_says(tmp_path: Path) -> None:
    supplier = bound_accounts.supplier(gis_rows_per_file=2)
    for number in range(5):
        has_meter(f"10{number}")
    report, files = done(template(tmp_path), "readings", supplier)
    assert (report.rows, report.workbooks) == (5, 3)
    rows = [sum(place.startswith("B") for place in cells_of(book)) - 1 for book in files.values()]
    assert rows == [2, 2, 1]


def test_payments_of_the_month_are_written_by_receipt(tmp_path: Path) -> None:
    supplier = bound_accounts.supplier()
    bound_accounts.account("100", els="74АА000001")
    bound_accounts.receipt(
        "uk-test:100",
        Receipt(kind="ob", kind_title="Об", period="2026-09", main=Amounts(), penalty=Amounts(),
                gis_document="74АА000001-01-6091"),
    )  # fmt: skip
    pays("P1", "2026-10-01", 123456)
    pays("P2", "2026-10-31", 100, "2026-08-ob")
    pays("R1", "2026-10-15", -50)
    pays("P3", "2026-09-30", 1)
    pays("P4", "2026-11-01", 1)
    pays("P5", "2026-10-02", 7, number="absent")
    report, files = done(template(tmp_path, PAYMENTS_HEADER), "payments", supplier)
    assert (report.rows, report.total) == (2, 123556)
    assert dict(report.left_out) == {"refund": 1, "account_unknown": 1}
    book = cells_of(files["payments_uk-test_2026-10_001.xlsx"])
    row = [book.get(f"{column}2", "") for column in "ABCDEFGH"]
    assert row == ["74АА000001-01-6091", "", "01.10.2026", "9", "2026", "1234.56", "P1", "Да"]
    row = [book.get(f"{column}3", "") for column in "ABCDEFGH"]
    assert row == ["", "74АА000001-01", "31.10.2026", "8", "2026", "1.00", "P2", "Да"]
    assert [cells[:4] for cells in left_out(files)] == [
        ["absent", "P5", "2026-10-02", "0.07"], ["100", "R1", "2026-10-15", "-0.50"],
    ]  # fmt: skip


def test_a_formula_in_a_number_is_listed_and_runs_nowhere(tmp_path: Path) -> None:
    supplier = bound_accounts.supplier()
    has_meter("100", gis_number="=HYPERLINK(1)", number="@SUM(1)")
    report, files = done(template(tmp_path), "readings", supplier)
    assert dict(report.left_out) == {"formula": 1}
    assert left_out(files)[0][1] == "'@SUM(1)"
    assert list(files) == [LEFT_OUT_NAME]


def test_a_template_that_does_not_fit_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supplier = bound_accounts.supplier()
    monkeypatch.setattr(fill_module, "SOURCES", {})
    with pytest.raises(HeaderMissing):
        done(template(tmp_path, PAYMENTS_HEADER), "readings", supplier)


def test_what_takes_too_long_or_grows_too_large_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supplier = bound_accounts.supplier()
    has_meter("100")
    with pytest.raises(OutOfTime):
        fill(template(tmp_path), "readings", supplier, "2026-10", io.BytesIO(), lambda: False)
    monkeypatch.setattr(fill_module, "MAX_OUTPUT_BYTES", 10)
    with pytest.raises(OutputTooLarge):
        done(template(tmp_path), "readings", supplier)
