"""What is checked against what the cabinet has already, from the file to the report's line."""

import pytest

from cabinet.metering.model import Meter
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    BALANCE,
    CHARGE,
    METER,
    READING,
    SERVICE,
    WHOLE,
    RegistryImporter,
    account_item,
    apply_supplier,
    packed,
    section_file,
    under,
)


def test_a_sum_out_of_proportion_refuses_the_file_and_names_its_cell(importer: RegistryImporter) -> None:
    rows = WHOLE | {"balances": [BALANCE | {"charged": "5600000000.00", "total": "5600000000.00"}]}
    item = importer.import_file(packed(rows))
    assert (item["status"], importer.stored()) == ("refused", {})
    first = importer.report(item)[0]
    assert first[:3] == ["balances.csv:3", "charged", "sum_large"]
    assert "больше 10 000 000,00 руб. Если ошибки нет, предел меняют в" in first[3].replace("\u00a0", " ")


def test_the_suppliers_own_limits_are_the_ones_that_count(importer: RegistryImporter) -> None:
    far = WHOLE | {"balances": [BALANCE | {"period": "2036-08", "issued": ""}]}
    far = {name: rows for name, rows in far.items() if name in ("accounts", "balances")}
    assert "period_far" in importer.codes(importer.import_file(packed(far)))
    apply_supplier(registry_limits={"months_ahead": 120})
    assert importer.import_file(packed(far))["status"] == "applied"


def test_a_charge_on_a_closed_account_is_reported(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT | {"closed": "15.08.2026"}]}))
    item = importer.import_file(packed({"balances": [BALANCE], "charges": [CHARGE]}, number=2))
    assert (item["status"], item["warnings"]) == ("applied", 1)
    (line,) = [line for line in importer.report(item) if line[2] == "account_closed"]
    assert line[:2] == ["balances.csv:3", "charged"]
    assert "закрыт 15.08.2026, а за 2026-09 начислено 150,00" in line[3]


def test_a_falling_reading_is_kept_and_reported(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    lower = READING | {"value": "9", "taken": "2026-09-28", "source": "биллинг"}
    item = importer.import_file(packed({"readings": [lower]}, number=2))
    assert (item["status"], importer.codes(item)) == ("applied", ["reading_falls"])
    assert Meter.model_validate(under("METER#757-243")).last["T1"].value == "9.000"


def test_a_controllers_99999_is_refused_and_the_meter_stays(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    typed = READING | {"value": "99999", "taken": "2026-09-28", "accepted": "", "source": "контролёр"}
    item = importer.import_file(section_file("readings", [typed], number=2), "readings.csv")
    assert (item["status"], importer.report(item)[0][:3]) == ("refused", ["3", "value", "reading_jumps"])
    assert Meter.model_validate(under("METER#757-243")).last["T1"].value == "12.500"


# ------------------------------------------------------------------ one number, two contents


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"accounts": [ACCOUNT | {"fio": "Петров Пётр"}]}, "accounts.csv:3"),
        ({"balances": [BALANCE | {"debt": "200.00", "total": "250.00"}]}, "balances.csv:3"),
        ({"services": [SERVICE | {"debt": "200.00", "total": "250.00"}]}, "services.csv:3"),
        ({"charges": [CHARGE | {"sum": "250.00"}]}, "charges.csv:3"),
        ({"meters": [METER | {"digits": "6"}]}, "meters.csv:3"),
    ],
)
def test_the_same_number_and_date_with_other_content_is_told_and_taken(
    importer: RegistryImporter, sections: dict[str, list[dict[str, str]]], place: str
) -> None:
    importer.import_file(packed(WHOLE))
    item = importer.import_file(packed(sections))
    assert item["status"] == "applied"
    (line,) = [line for line in importer.report(item) if line[2] == "number_repeated"]
    assert line[0] == place
    assert line[3] == (
        "Реестр № 1 от 30.09.2026 уже загружался, и в нём здесь были другие данные. Приняты новые; "
        "исправленный реестр присылайте под следующим номером."
    )
    assert "number_repeated" not in importer.codes(importer.import_file(packed(sections, number=2)))


def test_parts_of_one_registry_and_the_same_file_again_are_no_repetition(importer: RegistryImporter) -> None:
    for part in ("accounts", "balances", "services", "charges", "meters", "readings", "payments"):
        item = importer.import_file(packed({part: WHOLE[part]}))
        assert (item["status"], importer.codes(item)) == ("applied", [])
    other = packed({"accounts": [ACCOUNT | {"ls": "7400000002"}]})
    assert importer.codes(importer.import_file(other)) == []
    assert importer.codes(importer.import_file(packed(WHOLE))) == []
    assert account_item()["holder"] == "Иванов Пётр Ильич"
