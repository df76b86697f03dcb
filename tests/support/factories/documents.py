"""Payment documents to draw: the manual's sheet, and the shapes that break a layout."""

from datetime import date

from cabinet.accounts.supplier_model import Payee
from cabinet.receipts.document import (
    Charge,
    LastPayment,
    MeterReading,
    PayeeShare,
    Payer,
    PaymentDocument,
    Recalculation,
    SheetLine,
    Summary,
    Sums,
    Totals,
)

SETTLEMENT_CENTRE = Payee(
    name="ООО Поставщик Услуги",
    inn="7736520080",
    kpp="773601001",
    account="40702810800000012345",
    bank_name="ПАО «ЧЕЛЯБИНВЕСТБАНК»",
    bic="047501779",
    correspondent_account="30101810400000000779",
)
HOUSE_COMPANY = SETTLEMENT_CENTRE.model_copy(
    update={
        "name": "ООО «УК Тест»",
        "inn": "7421000200",
        "kpp": "742101001",
        "account": "40702810100000054321",
    }
)


def charge(tariff: str, norm: str, volume: str, amount: int, kind: str = "норм") -> Charge:
    """A plain charge of March 2016, as on the manual's sheet."""
    return Charge(
        operation="начисление", tariff=tariff, norm=norm, volume_kind=kind, volume=volume, amount=amount,
        calculation_period="2016-03",
    )  # fmt: skip


def line(number: int, service: str, debt: int, total: int, *charges: Charge) -> SheetLine:
    """A line whose whole total is asked for."""
    return SheetLine(number=number, service=service, debt=debt, charges=charges, total=total, payable=total)


MANUAL_LINES = (
    line(1, "Обслуживание и ремонт", 520346, 536346, charge("16.00 руб/м2", "", "10 м2", 16000)),
    line(2, "Лифт", 153518, 153518),
    line(3, "Мусоропровод", 17090, 17580, charge("0.49 руб/м2", "", "10 м2", 490)),
    line(4, "Плита", 19534, 20094, charge("0.56 руб/м2", "", "10 м2", 560)),
    line(5, "Отопление СУПЕР", 669156, 669156),
    line(
        6, "ГВС", 1922587, 2021851,
        charge("1170.57 руб/Гкал", "0.212 Гкал/чел", "0.848 Гкал (4 чел)", 99264),
    ),
    line(7, "ХВС", 1958244, 2072212, charge("31.31 руб/м3", "9.1 м3/чел", "36.4 м3 (4 чел)", 113968)),
    line(8, "Электроэнергия при СОИ", 3840, 4080, charge("0.24 руб/м2", "", "10 м2", 240)),
    line(9, "Наем жилья", 17880, 17880),
)  # fmt: skip

PURPOSE = "ЖКУ 03.2016 л/с 1000010"

MANUAL = PaymentDocument(
    document_id="80АА123456-01-6031",
    kind_title="Объединённая",
    period="2016-03",
    issued_on=date(2017, 11, 13),
    account_number="1000010",
    els="80АА123456",
    izhku="75да533315-01",
    supplier_name="Расчётный центр",
    payer=Payer(
        name="С.З.З.",
        surname="Сидоров",
        address="УЛ. КЫШТЫМСКАЯ, 10 - 1010",
        area="10",
        registered_residents=4,
        residents=4,
        house_areas="общая: 10955.38 м²; жилая: 10955.38 м²; н/ж: 0 м²;"
        " ОИ всего: 2462.89 м²; ОИ з/з: 2462.89 м²",
    ),
    payees=(
        PayeeShare(payee=SETTLEMENT_CENTRE, lines=(1, 2, 4, 8, 9), payable=731918, purpose=PURPOSE),
        PayeeShare(payee=HOUSE_COMPANY, lines=(3, 5, 6, 7), payable=4780799, purpose=PURPOSE),
    ),
    lines=MANUAL_LINES,
    totals=Totals(paid=0, debt=5282195, charged=230522, total=5512717, payable=5512717),
    meters=(
        MeterReading(
            service="ГВС", number="757260", place="Н/У", verify_until=date(2018, 2, 2),
            taken_on=date(2017, 9, 20), value="12.345",
        ),
        MeterReading(service="Электроэнергия", number="0811", place="Кор.", zone="Т1 (день)", value="10412"),
        MeterReading(service="Электроэнергия", number="0811", place="Кор.", zone="Т2 (ночь)", value="4311"),
    ),
    summary=Summary(
        debt=Sums(main=5282195, penalty=0),
        paid=Sums(main=0, penalty=0),
        charged=Sums(main=230522, penalty=1462),
        total=Sums(main=5512717, penalty=1462),
        preliminary_period="2016-04",
        preliminary=Sums(main=190464, penalty=0),
        with_preliminary=Sums(main=5703181, penalty=1462),
    ),
    last_payment=LastPayment(received_on=date(2017, 8, 8), amount=108236),
    note="всем оплатить за газ",
)  # fmt: skip

ONE_LINE = MANUAL.model_copy(
    update={
        "payees": (PayeeShare(payee=HOUSE_COMPANY, lines=(1,), payable=2, purpose="Взнос"),),
        "lines": (line(1, "Взнос на капитальный ремонт", 0, 2),),
        "totals": Totals(paid=0, debt=0, charged=2, total=2, payable=2),
        "meters": (),
        "note": "",
        "last_payment": None,
        "els": "",
        "izhku": "",
    }
)

OVERPAID = MANUAL.model_copy(
    update={
        "payees": (
            PayeeShare(payee=HOUSE_COMPANY, lines=(1,), payable=-123456, purpose="ЖКУ"),
            PayeeShare(payee=SETTLEMENT_CENTRE, lines=(2,), payable=0, purpose="ЖКУ"),
        ),
        "lines": (
            SheetLine(
                number=1, service="Содержание", debt=-200000, total=-123456, payable=0,
                paid=-50000,
                charges=(charge("22.94 руб/м2", "", "33.4 м2", 76544),),
            ),
            SheetLine(number=2, service="Пеня: капремонт", debt=-1462, total=-1462, payable=0),
        ),
        "totals": Totals(paid=-50000, debt=-201462, charged=76544, total=-124918, payable=0),
    }
)  # fmt: skip


def large(count: int = 40, payees: int = 4) -> PaymentDocument:
    """Many lines, some with two operations, and several payees: the sheet flows on to more pages."""
    again = Charge(
        operation="перерасчёт", tariff="31.31 руб/м3", volume="-2.000 м3", volume_kind="ИПУ", amount=-6262,
        calculation_period="2016-01",
    )  # fmt: skip
    lines = tuple(
        line(
            number, f"Услуга номер {number} с довольно длинным названием", 1000 * number, 1100 * number,
            charge("31.31 руб/м3", "9.1 м3/чел", "36.4 м3 (4 чел)", 100 * number),
            *[again] * (number % 4 == 0),
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    shares = tuple(
        PayeeShare(
            payee=HOUSE_COMPANY.model_copy(update={"name": f"ООО «Получатель номер {place}»"}),
            lines=tuple(range(place, count + 1, payees)),
            payable=1000 * place,
            purpose="ЖКУ",
        )
        for place in range(1, payees + 1)
    )
    grounds = (
        "Перерасчёт размера платы за коммунальную услугу в связи с временным отсутствием потребителя, п. 86"
    )
    return MANUAL.model_copy(
        update={
            "lines": lines,
            "payees": shares,
            "recalculations": tuple(
                Recalculation(service=f"Услуга номер {n}", period="2016-01", grounds=grounds, amount=-6262)
                for n in range(4, count + 1, 4)
            ),
        }
    )


LONG_NAMES = MANUAL.model_copy(
    update={
        "payer": MANUAL.payer.model_copy(
            update={
                "name": "Константинопольская-Заболоцкая Александра-Виктория Владиславовна"
                " и Ғәлимйәнов Әхмәт Ҡадир улы",
                "address": "ПОСЁЛОК ГОРОДСКОГО ТИПА КРАСНОГВАРДЕЙСКИЙ, УЛ. ИМЕНИ 50-ЛЕТИЯ"
                " ОКТЯБРЬСКОЙ РЕВОЛЮЦИИ, 10/2 - 1010",
            }
        ),
        "payees": (
            PayeeShare(
                payee=HOUSE_COMPANY.model_copy(
                    update={
                        "name": "Специализированная некоммерческая организация — фонд «Региональный оператор"
                        " капитального ремонта» области (СНО ФОНД)",
                        "bank_name": "ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК",
                    }
                ),
                lines=(1, 2, 4, 8, 9), payable=731918, purpose="Взнос за капитальный ремонт",
            ),
            MANUAL.payees[1],
        ),
        "lines": (
            line(
                1, "Сверхдлинноенаименованиеуслугибезпробеловвообще и обычный хвост", 1, 100000000,
                charge("1170.57 руб/Гкал за отопительный период", "0.0187 м3/м2 ОИ", "57.4139 кВт*ч", 99264),
            ),
            *MANUAL_LINES[1:],
        ),
    }
)  # fmt: skip
