"""«Город»'s and Сбербанк's registries: as their contracts write them, in both of their encodings."""

import pytest

from cabinet.billing.model import Receipt
from cabinet.exchange.formats import addresses, detection, sber
from cabinet.exchange.formats.archive import Line
from cabinet.exchange.model import Location, RegistryRejected
from cabinet.metering.model import Meter
from tests.support.factories.registries import (
    ACCOUNT,
    METER,
    NUMBER,
    WHOLE,
    RegistryImporter,
    account_item,
    apply_supplier,
    packed,
    under,
)

GOROD = f"""#FILESUM 3293.08
#TYPE 7
#SERVICE 11501
Кузнецова Анна;Челябинск,УЛ. КЫШТЫМСКАЯ,10,1010;{NUMBER};3000.00;11501;01/09/2019;30/09/2019;757243:513.16
Кузнецова Анна;Челябинск,УЛ. КЫШТЫМСКАЯ,10,1010;{NUMBER};293.08;11502;01/09/2019;30/09/2019;
"""
SBER = "Кузнецова Анна Сергеевна;75КА100101;;г. Челябинск, ул. Кыштымская, д. 10, кв. 1010;{};3293,08\r\n"


def lines(text: str) -> list[Line]:
    return [Line(Location("", number), line) for number, line in enumerate(text.splitlines(), 1)]


@pytest.mark.parametrize(
    ("written", "house", "flat", "street"),
    [
        ("Челябинск, Дружбы, 7, 12", "7", "12", "Дружбы"),
        ("Долгодеревенское, ул. Ленина, 7, 12", "7", "12", "ул. Ленина"),
        ("Копейск, Квартальная, 5", "5", "", "Квартальная"),
        ("г Копейск, ул Ленина, дом 5, квартира 3", "5", "3", "ул Ленина"),
        ("г. Копейск, ул. Ленина, д5, кв3", "5", "3", "ул. Ленина"),
    ],
)  # fmt: skip
def test_a_street_that_begins_like_a_house_is_a_street(
    written: str, house: str, flat: str, street: str
) -> None:
    found = addresses.parse_labelled(written)
    assert (found["house"], found["flat"], found["street"]) == (house, flat, street)


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "utf-8"])
def test_gorods_debts_become_an_account_and_a_receipt(importer: RegistryImporter, encoding: str) -> None:
    apply_supplier(service_titles={"11501": "ХВС", "11502": "Пеня: ХВС"}, penalty_services=["11502"])
    item = importer.import_file(GOROD.encode(encoding), "debts.txt")
    assert (item["status"], item["format"]) == ("applied", "gorod")
    assert account_item()["holder"] == "Кузнецова Анна"
    assert account_item()["address"]["flat"] == "1010"
    receipt = Receipt.model_validate(under("RECEIPT#2019-09#obedinennaya"))
    assert (receipt.main.total, receipt.penalty.total) == (300000, 29308)
    assert [line.service for line in receipt.services] == ["ХВС", "Пеня: ХВС"]


def test_gorods_wrong_filesum_refuses_the_file(importer: RegistryImporter) -> None:
    item = importer.import_file(GOROD.replace("3293.08", "3293.09").encode("cp1251"), "debts.txt")
    assert (item["status"], importer.codes(item)[0]) == ("refused", "control_sum")
    assert importer.stored() == {}


def test_filesum_may_leave_negative_sums_and_penalties_out(importer: RegistryImporter) -> None:
    apply_supplier(
        service_titles={"11502": "Задолженность по пеням"},
        penalty_services=["задолженность по  пеням"],
        sum_counts_penalty=False,
        sum_counts_negative=False,
    )
    text = GOROD.replace("3293.08", "3000.00").replace(";757243:513.16", "")
    text += f"Кузнецова Анна Сергеевна;Челябинск,УЛ. КЫШТЫМСКАЯ,10,1010;{NUMBER};-5.00\n"
    assert importer.import_file(text.encode("cp866"), "debts.txt")["status"] == "applied"


def test_gorods_meters_are_read_where_they_are_known_and_warned_of_where_not(
    importer: RegistryImporter,
) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT], "meters": [METER | {"meter_no": "757243"}]}))
    assert importer.codes(importer.import_file(GOROD.encode("cp1251"), "debts.txt")) == []
    assert Meter.model_validate(under("METER#757243")).last["T1"].value == "513.160"
    unknown = GOROD.replace("757243:", "1:")
    assert importer.codes(importer.import_file(unknown.encode("cp1251"), "debts.txt")) == ["unknown_meter"]


def test_gorods_closed_accounts_are_closed(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    text = f"#TYPE 9\nИванов;Челябинск,УЛ. ЛЕНИНА,1,2;{NUMBER};0.00;;;30/09/2026\n"
    assert importer.import_file(text.encode("cp1251"), "closed.txt")["status"] == "applied"
    assert account_item()["closed_on"] == "2026-09-30"


def test_a_banks_registry_never_overwrites_the_billing_systems_own(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    before = importer.stored()
    text = GOROD.replace("/09/2019", "/09/2026").replace(";757243:513.16", "")
    item = importer.import_file(text.encode("cp1251"), "debts.txt")
    assert item["counts"] == {"receipts.superseded": 1, "accounts.superseded": 1}
    assert importer.stored() == before


def test_the_billing_systems_own_registry_replaces_a_banks_whatever_the_dates(
    importer: RegistryImporter,
) -> None:
    text = GOROD.replace("/09/2019", "/09/2026").replace(";757243:513.16", "")
    importer.import_file(text.encode("cp1251"), "debts.txt")
    importer.import_file(packed(WHOLE, dated="2026-09-30"))
    assert Receipt.model_validate(under("RECEIPT#2026-09#obedinennaya")).main.charged == 15000
    assert account_item()["holder"] == "Иванов Пётр Ильич"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"Кузнецова;Челябинск;{NUMBER};1.00", "address"),
        (f"Кузнецова;Челябинск,УЛ.,,1;{NUMBER};1.00", "address"),
        (f"Кузнецова;Челябинск,УЛ.,1,1;{NUMBER};1,0,0", "sum"),
        (f"=cmd;Челябинск,УЛ.,1,1;{NUMBER};1.00", "formula"),
        ("Кузнецова;Челябинск,УЛ.,1,1", "columns"),
        (f"Кузнецова;Челябинск,УЛ.,1,1;{NUMBER};1.00;;;31/02/2019", "date"),
        (f"Кузнецова;Челябинск,УЛ.,1,1;{NUMBER};1.00;;;;nometer", "meters"),
    ],
)
def test_gorods_broken_row_refuses_the_file_and_is_named(
    importer: RegistryImporter, line: str, code: str
) -> None:
    item = importer.import_file(f"#FILESUM 1.00\n#TYPE 7\n{line}\n".encode("cp1251"), "debts.txt")
    assert (item["status"], importer.report(item)[0][0], importer.codes(item)[0]) == ("refused", "3", code)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8"])
def test_sberbanks_addressed_debts_become_accounts(importer: RegistryImporter, encoding: str) -> None:
    item = importer.import_file(
        SBER.format(NUMBER).encode(encoding), "7451001232_40702810800000012345_001_0919.txt"
    )
    assert (item["status"], item["format"], importer.codes(item)) == ("applied", "sber", [])
    assert account_item()["address"] == {
        "city": "г. Челябинск", "street": "ул. Кыштымская", "house": "10", "flat": "1010",
    }  # fmt: skip
    assert Receipt.model_validate(under("RECEIPT#2019-09#obedinennaya")).main.total == 329308


def test_sberbanks_short_debts_need_accounts_that_are_known(importer: RegistryImporter) -> None:
    short = f"{NUMBER}|Кузнецова А.С.|3293,08\r\n".encode("cp1251")
    refused = importer.import_file(short, "7451001232_40702810800000012345_001_0919.txt")
    assert (refused["status"], importer.codes(refused)) == ("refused", ["unknown_account"])
    importer.import_file(packed({"accounts": [ACCOUNT]}))
    assert importer.import_file(short, "7451001232_40702810800000012345_001_0919.txt")["status"] == "applied"


def test_sberbanks_file_of_another_company_is_refused(importer: RegistryImporter) -> None:
    item = importer.import_file(SBER.format(NUMBER).encode(), "7736520080_40702810800000012345_001_0919.txt")
    assert (item["status"], importer.codes(item)) == ("refused", ["wrong_supplier"])


def test_a_sberbank_file_without_a_month_is_dated_by_its_upload(importer: RegistryImporter) -> None:
    item = importer.import_file(SBER.format(NUMBER).encode(), "debts.txt", given="sber")
    assert (item["status"], importer.codes(item)) == ("applied", ["period_assumed"])


def test_sberbanks_trailer_is_held_against_the_rows(importer: RegistryImporter) -> None:
    name = "7451001232_40702810800000012345_001_0919.txt"
    row = SBER.format(NUMBER)
    assert importer.codes(importer.import_file((row + "=2;3293,08\r\n").encode(), name)) == ["control_count"]
    assert importer.codes(importer.import_file((row + "=1;3293,09\r\n").encode(), name)) == ["control_sum"]
    assert importer.codes(importer.import_file((row + "=1;3293,08\r\n").encode(), name)) == []


def test_the_name_says_the_month(aws: object) -> None:
    supplier = apply_supplier()
    assert sber.period_from_filename("7451001232_40702810800000012345_17_1220.txt", supplier) == "2020-12"
    assert sber.period_from_filename("debts.txt", supplier) is None
    with pytest.raises(RegistryRejected):
        sber.period_from_filename("500100732259_40702810800000012345_17_1220.txt", supplier)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#registry;center;1;2026-09-30\nls;kind", "native"),
        (GOROD, "gorod"),
        ("740|Иванов|1,00", "sber"),
        (SBER.format("740"), "sber"),
        ("Дата;Сумма\n1;2", None),
        ("", None),
    ],
)
def test_a_format_is_known_by_its_first_lines(text: str, found: str | None) -> None:
    assert detection.detect_format(lines(text)) == found


def test_the_upload_day_dates_a_debt_without_period(importer: RegistryImporter) -> None:
    text = f"#FILESUM 1.00\nКузнецова;Челябинск,УЛ.,1,1;{NUMBER};1.00\n"
    job = importer.job(importer.upload(text.encode("cp1251"), "debts.txt"))
    importer.import_file(text.encode("cp1251"), "debts.txt")
    assert f"{job.uploaded_at:%Y-%m}" in account_item()["latest"].values()
