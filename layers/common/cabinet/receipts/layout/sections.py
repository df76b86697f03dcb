"""The sheet's tables: charges, meters, recalculations, and the sums to pay."""

from collections.abc import Iterator

from cabinet.core.periods import period_title
from cabinet.receipts.document import Charge, PaymentDocument, SheetLine, Sums
from cabinet.receipts.formatting import format_amount, format_date, format_decimal, short_period
from cabinet.receipts.layout.page_flow import Flow
from cabinet.receipts.layout.table import Row, draw_table
from cabinet.receipts.layout.table_header import Column, cell_height

_SIZE = 7.5
_HEADING = 9.0
_GAP = 7.0
_PAID, _VOLUME = "Оплата за период", "Объём услуг"
_CHARGE_COLUMNS = (
    Column("№ п/п", 20, is_number=True),
    Column("Виды услуг", 119),
    Column("Дата", 42, _PAID),
    Column("Сумма, руб.", 50, _PAID, is_number=True),
    Column("Долг(+), перепл.(-) с учётом оплаты", 58, is_number=True),
    Column("Тип операции", 54),
    Column("Тариф", 74),
    Column("Норматив / кол. дн. долга", 76),
    Column("Тип", 28, _VOLUME),
    Column("Объём", 76, _VOLUME),
    Column("Сумма, руб.", 50, is_number=True),
    Column("Период расчёта", 44),
    Column("Итого, руб.", 53, is_number=True),
    Column("К оплате, руб.", 53.8, is_number=True),
)


def draw_charges(flow: Flow, document: PaymentDocument) -> None:
    """Draw the charges table with all columns of the form, and its bottom line."""
    rows = [row for line in document.lines for row in _service_rows(line)]
    draw_table(flow, _CHARGE_COLUMNS, [*rows, _totals_row(document)], _SIZE)
    flow.y += _GAP


def _service_rows(line: SheetLine) -> Iterator[Row]:
    """One row an operation; what belongs to the whole service is in the first of them.

    No registry says on which day a service was paid: the form's column stays empty.
    """
    first, *others = line.charges or (None,)
    yield Row(
        (
            str(line.number), line.service, "", format_amount(line.paid), format_amount(line.debt),
            *_operation(first), format_amount(line.total), format_amount(line.payable),
        )
    )  # fmt: skip
    for charge in others:
        yield Row(("", "", "", "", "", *_operation(charge), "", ""), continues=True)


def _operation(charge: Charge | None) -> tuple[str, ...]:
    if charge is None:
        return ("",) * 7
    return (
        charge.operation, format_decimal(charge.tariff), format_decimal(charge.norm), charge.volume_kind,
        format_decimal(charge.volume), format_amount(charge.amount), short_period(charge.calculation_period),
    )  # fmt: skip


def _totals_row(document: PaymentDocument) -> Row:
    totals = document.totals
    return Row(
        (
            "", "ВСЕГО", "", format_amount(totals.paid), format_amount(totals.debt), "", "", "", "", "",
            format_amount(totals.charged), "", format_amount(totals.total), format_amount(totals.payable),
        ),
        is_bold=True,
    )  # fmt: skip


def draw_meters(flow: Flow, document: PaymentDocument) -> None:
    """Draw the individual meters with their last readings, where there are any."""
    columns = (
        Column("Услуга", 150),
        Column("№ прибора", 110),
        Column("Место установки", 110),
        Column("Зона", 56),
        Column("Поверка до", 70),
        Column("Дата показания", 80),
        Column("Последнее показание", 100, is_number=True),
    )
    rows = [
        Row(
            (
                meter.service, meter.number, meter.place, meter.zone, format_date(meter.verify_until),
                format_date(meter.taken_on), format_decimal(meter.value),
            )
        )
        for meter in document.meters
    ]  # fmt: skip
    _draw_section(flow, "Показания приборов учёта", columns, rows)


def draw_recalculations(flow: Flow, document: PaymentDocument) -> None:
    """Draw the recalculations with their grounds, where there are any."""
    columns = (
        Column("Услуга", 150),
        Column("Период", 70),
        Column("Основание", 440),
        Column("Сумма, руб.", 70, is_number=True),
    )
    rows = [
        Row((item.service, short_period(item.period), item.grounds, format_amount(item.amount)))
        for item in document.recalculations
    ]
    _draw_section(flow, "Перерасчёты", columns, rows)


def draw_summary(flow: Flow, document: PaymentDocument) -> None:
    """Draw debt, payments, charges and the sums to pay, services and penalty apart."""
    columns = (
        Column("", 330),
        Column("Основные услуги, руб.", 90, is_number=True),
        Column("Пени, руб.", 90, is_number=True),
    )
    rows = list(_summary_rows(document))
    _draw_section(flow, "К оплате", columns, rows, keep_with=cell_height(1, _SIZE) * (len(rows) + 1))


def draw_last_payment(flow: Flow, document: PaymentDocument) -> None:
    """Draw the last payment known at the end of the document's month."""
    if document.last_payment is not None:
        last = document.last_payment
        text = f"Последняя оплата: {format_amount(last.amount)} руб., принята {format_date(last.received_on)}"
        flow.ensure_space(_SIZE)
        flow.y = flow.paragraph(text, flow.pdf.regular, _SIZE, x=flow.left, width=flow.width, y=flow.y)


def _summary_rows(document: PaymentDocument) -> Iterator[Row]:
    summary = document.summary
    yield _sums("Долг (+) / переплата (-)", summary.debt)
    yield _sums("Оплата (-), учтённая в документе", summary.paid)
    yield _sums("Начислено", summary.charged)
    until = f", оплатить до {format_date(document.pay_by)}" if document.pay_by else ""
    yield _sums(f"ИТОГО К ОПЛАТЕ за {period_title(document.period)}{until}", summary.total, is_bold=True)
    if summary.preliminary is not None and summary.preliminary_period is not None:
        yield _sums(
            f"Предварительно начислено за {period_title(summary.preliminary_period)}", summary.preliminary
        )
    if summary.with_preliminary is not None:
        yield _sums(
            "К оплате с учётом предварительного начисления (авансом)", summary.with_preliminary, is_bold=True
        )


def _sums(title: str, sums: Sums, *, is_bold: bool = False) -> Row:
    return Row((title, format_amount(sums.main), format_amount(sums.penalty)), is_bold=is_bold)


def _draw_section(
    flow: Flow, title: str, columns: tuple[Column, ...], rows: list[Row], keep_with: float = 40.0
) -> None:
    if rows:
        flow.heading(title, _HEADING, keep_with=keep_with)
        draw_table(flow, columns, rows, _SIZE)
        flow.y += _GAP
