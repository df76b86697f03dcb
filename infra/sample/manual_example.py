"""The accounts of the user manual, with the manual's own figures, line by line.

The manual shows screens of several people; each has an account here, so that every screen comes back exactly.
What a screen does not show (the lines of a receipt of which only the totals are printed) is made to fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cabinet.core.periods import period_title, shift_period
from infra.sample.residents import Resident
from infra.sample.suppliers import CAPITAL_REPAIR_INN, CENTER, CENTER_INN, WATER, WATER_INN

if TYPE_CHECKING:
    from infra.sample.csv_builder import Sheets

UNITED, WATER_KIND = "Объединённая", "ХВС и ВО"
_KYSHTYMSKAYA = "УЛ. КЫШТЫМСКАЯ"
_HOLDER = "Кузнецова Анна Сергеевна"

MAIN = Resident(CENTER, "1234567899", _HOLDER, _KYSHTYMSKAYA, "10", "1010", "18.3", 1, els="75КА100101")
"""«Общая информация» of September 2019, «История оплат», meters, «Документы»."""
DEBTOR = Resident(CENTER, "1234567820", "Ёлкин-Береговой Пётр Ильич", _KYSHTYMSKAYA, "10", "77", "61.4", 3)
"""«Общая информация» of August 2020: 58 383,43."""
SHEETS = Resident(CENTER, "1234567821", "Орлова Мария Викторовна", "УЛ. ВОРОВСКОГО", "15а", "42", "114.8", 2)
"""«Детализация по услугам», «Детализация начислений» and the cart of August 2020: 5 135,27."""
WATER_SUPPLY_ACCOUNT = Resident(WATER, "1234567802", _HOLDER, _KYSHTYMSKAYA, "10", "1010", "18.3", 1)
"""«Оплата услуг» of February 2018: the receipt «ХВС и ВО»."""

RESIDENTS = (MAIN, DEBTOR, SHEETS, WATER_SUPPLY_ACCOUNT)

_SEPTEMBER = (
    ("Содержание и ремонт", "1412.40", "0", "278.16", "1690.56"),
    ("ХВС", "603.72", "0", "125.30", "729.02"),
    ("Водоотведение", "463.80", "0", "91.20", "555.00"),
    ("Эл/эн в целях содержания ОИ", "300.00", "0", "18.50", "318.50"),
)
_SEPTEMBER_CHARGES = (
    ("Содержание и ремонт", "15,20 руб/м2", "", "18.3", "м2", "278.16"),
    ("ХВС", "25,06 руб/м3", "", "5", "м3", "125.30"),
    ("Водоотведение", "18,24 руб/м3", "", "5", "м3", "91.20"),
    ("Эл/эн в целях содержания ОИ", "2,35 руб/кВт*ч", "", "7.8723", "кВт*ч", "18.50"),
)
_AUGUST = (
    ("Содержание и ремонт", "1134.24", "0", "278.16", "1412.40"),
    ("ХВС", "503.48", "0", "100.24", "603.72"),
    ("Водоотведение", "390.84", "0", "72.96", "463.80"),
    ("Эл/эн в целях содержания ОИ", "281.50", "0", "18.50", "300.00"),
)
_AUGUST_CHARGES = (
    ("Содержание и ремонт", "15,20 руб/м2", "", "18.3", "м2", "278.16"),
    ("ХВС", "25,06 руб/м3", "", "4", "м3", "100.24"),
    ("Водоотведение", "18,24 руб/м3", "", "4", "м3", "72.96"),
    ("Эл/эн в целях содержания ОИ", "2,35 руб/кВт*ч", "", "7.8723", "кВт*ч", "18.50"),
)
_DEBTOR = (
    ("Отопление", "60000.00", "-7000.00", "1000.00", "54000.00"),
    ("Содержание и ремонт", "4429.74", "-564.61", "518.30", "4383.43"),
)
_DEBTOR_CHARGES = (
    ("Отопление", "1170,57 руб/Гкал", "", "0.8543", "Гкал", "1000.00"),
    ("Содержание и ремонт", "8,44 руб/м2", "", "61.4", "м2", "518.30"),
)
_PENALTY = "Пеня: Взнос В Фонд Капремонта"
_SHEET = (
    ("Содержание и ремонт", "2633.51", "-2633.51", "2633.51", "2633.51"),
    ("Консьерж", "1248.26", "-1248.26", "1337.42", "1337.42"),
    ("ХВС в целях содержания ОИ", "7.79", "-7.79", "7.79", "7.79"),
    ("Эл/эн в целях содержания ОИ", "134.92", "-134.92", "134.92", "134.92"),
    ("Взнос В Фонд Капремонта", "941.36", "-941.36", "941.36", "941.36"),
    ('Обслуж. спец. счета "Кап.ремонт"', "74.62", "-74.62", "74.62", "74.62"),
    # The manual's own line: −14,62 asks for 0,00, never for less.
    (_PENALTY, "-14.62", "0", "0", "0"),
    ("Во При Сои", "5.65", "-5.65", "5.65", "5.65"),
)
_SHEET_CHARGES = (
    ("Содержание и ремонт", "22,94 руб/м2", "", "114.8", "м2", "2633.51"),
    ("Консьерж", "11,65 руб/м2", "", "114.8", "м2", "1337.42"),
    ("ХВС в целях содержания ОИ", "25,16 руб/м3", "0,0187 м3/м2 ОИ", "0.3098", "м3", "7.79"),
    ("Эл/эн в целях содержания ОИ", "2,35 руб/кВт*ч", "2,7770 кВт*ч/м2 ОИ", "57.4139", "кВт*ч", "134.92"),
    ("Взнос В Фонд Капремонта", "8,20 руб/м2", "", "114.8", "м2", "941.36"),
    ('Обслуж. спец. счета "Кап.ремонт"', "0,65 руб/м2", "", "114.8", "м2", "74.62"),
    ("Во При Сои", "18,24 руб/м3", "0,0187 м3/м2 ОИ", "0.3098", "м3", "5.65"),
)
_WATER = (
    ("ХВС", "0", "-286.20", "318.00", "318.00"),
    ("ВО", "0", "-199.08", "221.20", "221.20"),
)
_WATER_CHARGES = (
    ("ХВС", "31,80 руб/м3", "", "10", "м3", "318.00"),
    ("ВО", "22,12 руб/м3", "", "10", "м3", "221.20"),
)
_GOROD = (
    ("08.11.2012", "12.11.2012", "1082.36"),
    ("08.10.2012", "01.11.2012", "1082.36"),
    ("10.09.2012", "01.11.2012", "1037.66"),
    ("06.08.2012", "01.11.2012", "1037.64"),
    ("06.07.2012", "01.11.2012", "944.66"),
)

type Lines = tuple[tuple[str, str, str, str, str], ...]
type Charges = tuple[tuple[str, str, str, str, str, str], ...]


def fill(sheets: Sheets) -> None:
    """Add the manual's accounts of this supplier."""
    for resident in RESIDENTS:
        if resident.supplier_id == sheets.supplier_id:
            resident.enter(sheets)
    if sheets.supplier_id == CENTER:
        _fill_main(sheets)
        _fill_august_2020(sheets)
    else:
        _fill_water(sheets)


def _fill_main(sheets: Sheets) -> None:
    number = MAIN.number
    _receipt(sheets, number, "2019-09", UNITED, _SEPTEMBER, _SEPTEMBER_CHARGES)
    sheets.add(
        "balances", ls=number, period="2019-09", receipt=UNITED, issued="28.09.2019",
        debt="2779.92", paid="0", charged="513.16", total="3293.08", penalty_total="0",
        preliminary_period="2019-10", preliminary="235.22",
    )  # fmt: skip
    _receipt(sheets, number, "2019-08", UNITED, _AUGUST, _AUGUST_CHARGES)
    sheets.add(
        "balances", ls=number, period="2019-08", receipt=UNITED, issued="30.08.2019",
        debt="2310.06", paid="0", charged="469.86", total="2779.92", penalty_total="0",
    )  # fmt: skip
    for received, processed, paid in _GOROD:
        sheets.add(
            "payments", ls=number, kind='оплата "Город"', received=received, processed=processed, sum=paid
        )
    _old_meter(sheets, "757260", "ГВС", "02.02.2016")
    _old_meter(sheets, "757243", "ХВС", "02.02.2018")
    _meter(sheets, "34230774", "ГВС С/У", "09.04.2018", "13.02.2024", monthly=2)
    _meter(sheets, "26616450", "ХВС С/У", "19.08.2016", "01.07.2022", monthly=6)


def _fill_august_2020(sheets: Sheets) -> None:
    _receipt(sheets, DEBTOR.number, "2020-08", UNITED, _DEBTOR, _DEBTOR_CHARGES)
    sheets.add(
        "balances", ls=DEBTOR.number, period="2020-08", receipt=UNITED, issued="31.08.2020",
        debt="64429.74", paid="-7564.61", charged="1518.30", total="58383.43", penalty_total="0",
        preliminary_period="2020-09", preliminary="1904.64",
    )  # fmt: skip
    _receipt(sheets, SHEETS.number, "2020-08", UNITED, _SHEET, _SHEET_CHARGES)
    sheets.add(
        "balances", ls=SHEETS.number, period="2020-08", receipt=UNITED, issued="31.08.2020",
        debt="5046.11", paid="-5046.11", charged="5135.27", total="5135.27",
        penalty_debt="-14.62", penalty_paid="0", penalty_charged="0", penalty_total="0",
    )  # fmt: skip


def _fill_water(sheets: Sheets) -> None:
    _receipt(sheets, WATER_SUPPLY_ACCOUNT.number, "2018-02", WATER_KIND, _WATER, _WATER_CHARGES)
    # 0,00 − 485,28 + 539,20 is not 539,20: the manual's billing system has a rule of its own for totals.
    sheets.add(
        "balances", ls=WATER_SUPPLY_ACCOUNT.number, period="2018-02", receipt=WATER_KIND, issued="28.02.2018",
        debt="0", paid="-485.28", charged="539.20", total="539.20", penalty_total="0",
        preliminary_period="2018-03", preliminary="0",
    )  # fmt: skip


def _receipt(sheets: Sheets, number: str, period: str, kind: str, lines: Lines, charges: Charges) -> None:
    for service, debt, paid, charged, total in lines:
        sheets.add(
            "services", ls=number, period=period, receipt=kind, service=service,
            payee_inn=_payee(sheets.supplier_id, service),
            debt=debt, paid=paid, charged=charged, total=total,
            penalty="да" if service == _PENALTY else "нет",
        )  # fmt: skip
    for service, tariff, norm, volume, unit, amount in charges:
        sheets.add(
            "charges", ls=number, period=period, receipt=kind, service=service, op="начисление",
            tariff=tariff, norm=norm, volume=volume, unit=unit,
            calc_period=period_title(period), sum=amount,
        )  # fmt: skip


def _payee(supplier_id: str, service: str) -> str:
    if supplier_id == WATER:
        return WATER_INN
    return CAPITAL_REPAIR_INN if service.endswith("Взнос В Фонд Капремонта") else CENTER_INN


def _old_meter(sheets: Sheets, meter: str, service: str, verify_until: str) -> None:
    """A meter of the screen «Передать показания»: nothing but the initial reading."""
    sheets.add(
        "meters", ls=MAIN.number, meter_no=meter, service=service, place="Н/У", unit="м3",
        zones=1, digits=5, decimals=2, verify_until=verify_until,
    )  # fmt: skip
    sheets.add(
        "readings", ls=MAIN.number, meter_no=meter, zone="T1", value="0,00",
        taken="01.03.2012", accepted="01.03.2012", source="начальное",
    )  # fmt: skip


def _meter(sheets: Sheets, meter: str, service: str, installed: str, verify_until: str, monthly: int) -> None:
    """A meter of the screen «Информация об ИПУ»: the same change each month, so the average is known."""
    sheets.add(
        "meters", ls=MAIN.number, meter_no=meter, service=service, place="С/У", unit="м3", zones=1,
        digits=5, decimals=3, installed=installed, verify_until=verify_until, calc_from=installed,
    )  # fmt: skip
    sheets.add(
        "readings", ls=MAIN.number, meter_no=meter, zone="T1", value="0.000",
        taken=installed, accepted=installed, source="начальное",
    )  # fmt: skip
    value, period = 0, shift_period(f"{installed[6:]}-{installed[3:5]}", 1)
    while period <= "2019-09":
        value += monthly
        sheets.add(
            "readings", ls=MAIN.number, meter_no=meter, zone="T1", value=f"{value}.000",
            taken=f"{period}-22", accepted=f"{period}-25", source="абонент",
        )  # fmt: skip
        period = shift_period(period, 1)
