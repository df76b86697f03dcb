"""What the imported items say, put together as a payment document. Pure: nothing is read or guessed.

Billing's sums stay as they are; where the sheet must add up (a payee's share), it adds what lines ask for.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.gis_number_rules import dwelling_number
from cabinet.accounts.model import Account, HouseAreas
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing import amounts_due
from cabinet.billing.line_rules import is_recalculation, payee_of_kind
from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Receipt, ServiceLine, VolumeKind
from cabinet.billing.rules import due_date, totals_with_preliminary
from cabinet.core.money import Kopecks, format_rubles
from cabinet.core.periods import Period
from cabinet.core.text import surname
from cabinet.metering.model import Meter, ZoneReading
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
from cabinet.receipts.errors import PayeeUnknown
from cabinet.receipts.formatting import format_decimal, format_ranges
from cabinet.receipts.gis_numbers import registered_number

_COMMON_PROPERTY = "ОИ"
_VOLUME_KINDS: dict[VolumeKind, str] = {"meter": "ИПУ", "norm": "норм", "average": "средн", "common": "общ"}


@dataclass(frozen=True, slots=True)
class _BilledLine:
    """A line of the sheet: billing's sums, what it asks to pay, and who receives that."""

    line: ServiceLine
    payable: Kopecks
    payee_inn: str | None


def build_document(
    account: Account,
    supplier: Supplier,
    receipt: Receipt,
    meters: Sequence[Meter],
    last_payment: AccountPayment | None,
) -> PaymentDocument:
    """Return the document of one receipt.

    Raises
    ------
    PayeeUnknown
        A line names a payee that the supplier's profile does not have.
    """
    billed = _billed_lines(receipt, supplier)
    issued_on = receipt.issued_on or _month_end(receipt.period)
    registered = registered_number(account, receipt)
    return PaymentDocument(
        document_id=registered or f"{account.number}/{receipt.receipt_id}",
        is_registered=registered is not None,
        kind_title=receipt.kind_title,
        period=receipt.period,
        issued_on=issued_on,
        pay_by=due_date(receipt.period, supplier) if _amount_due(receipt) > 0 else None,
        account_number=account.number,
        els=account.els,
        izhku=dwelling_number(account.els, account.izhku) or "",
        supplier_name=supplier.name,
        supplier_contacts=", ".join(filter(None, (supplier.dispatcher_phone, supplier.office))),
        payer=Payer(
            name=account.holder,
            surname=surname(account.holder),
            address=account.address.line,
            area=account.area,
            house_areas=_house_areas(account.house),
            registered_residents=account.registered,
            residents=account.residents,
        ),
        payees=_shares(account, supplier, receipt, billed),
        note=_note(billed),
        lines=_lines(receipt, billed),
        totals=_totals(receipt),
        meters=tuple(_meter_readings(meters, issued_on)),
        recalculations=tuple(
            _recalculation(charge) for charge in receipt.charges if is_recalculation(supplier, charge)
        ),
        summary=_summary(receipt),
        last_payment=last_payment
        and LastPayment(received_on=last_payment.received_on, amount=last_payment.amount),
        qr_period_format=supplier.qr_period_format,
    )


def _billed_lines(receipt: Receipt, supplier: Supplier) -> list[_BilledLine]:
    """The services of the receipt, then what its total asks for beyond them: the lines that the cart sells.

    Raises PayeeUnknown where a service names a payee that the supplier does not have.
    """
    known = {payee.inn for payee in supplier.payees} | {""}
    if any(line.payee_inn not in known for line in receipt.services):
        raise PayeeUnknown
    asked = amounts_due.payable_lines(receipt, supplier, {})
    lines = [*receipt.services, *(_unlisted(line, receipt) for line in asked[len(receipt.services) :])]
    billed = [
        _BilledLine(line, max(payable.due, 0), payable.payee_inn)
        for line, payable in zip(lines, asked, strict=True)
    ]
    if billed:
        return billed
    nothing_asked = ServiceLine(service=receipt.kind_title, **_services_and_penalty(receipt).model_dump())
    return [_BilledLine(nothing_asked, 0, payee_of_kind(supplier, receipt.kind, receipt.kind_title))]


def _unlisted(line: amounts_due.PayableLine, receipt: Receipt) -> ServiceLine:
    """A line that billing gives as a total alone, with the total's other sums where it is the whole of it."""
    service = receipt.kind_title if line.service == amounts_due.WHOLE_RECEIPT_TITLE else line.service
    whole = receipt.penalty if line.is_penalty else receipt.main
    if line.service != amounts_due.UNITEMISED_TITLE and whole.total == line.due:
        return ServiceLine(service=service, **whole.model_dump())
    return ServiceLine(service=service, total=line.due)


def _lines(receipt: Receipt, billed: Iterable[_BilledLine]) -> tuple[SheetLine, ...]:
    charges: dict[str, list[Charge]] = {}
    for charge in receipt.charges:
        charges.setdefault(charge.service, []).append(_charge(charge))
    lines = [
        SheetLine(
            number=number,
            service=each.line.service,
            paid=each.line.paid or None,
            debt=each.line.debt + each.line.paid,
            charges=tuple(charges.pop(each.line.service, [])),
            total=each.line.total,
            payable=each.payable,
        )
        for number, each in enumerate(billed, 1)
    ]
    for number, (service, of_service) in enumerate(charges.items(), len(lines) + 1):
        lines.append(SheetLine(number=number, service=service, charges=tuple(of_service)))
    return tuple(lines)


def _charge(charge: ChargeLine) -> Charge:
    return Charge(
        operation=charge.operation,
        tariff=charge.tariff,
        norm=charge.norm,
        volume_kind=_volume_kind(charge),
        volume=" ".join(filter(None, (charge.volume, charge.unit))),
        amount=charge.amount,
        calculation_period=charge.calculation_period,
    )


def _volume_kind(charge: ChargeLine) -> str:
    """What billing says; else a norm tells it: «общ» for common property, «норм» for a dwelling."""
    if charge.volume_kind is not None:
        return _VOLUME_KINDS[charge.volume_kind]
    if not charge.norm:
        return ""
    return "общ" if _COMMON_PROPERTY in charge.norm else "норм"


def _house_areas(areas: HouseAreas) -> str:
    """Return «общая: 10955,38 м²; ОИ всего: 2462,89 м²», in the words of the manual's sheet."""
    titled = (
        ("общая", areas.total),
        ("жилая", areas.living),
        ("н/ж", areas.non_living),
        ("ОИ всего", areas.common),
    )
    return "; ".join(f"{word}: {format_decimal(area)} м²" for word, area in titled if area)


def _recalculation(charge: ChargeLine) -> Recalculation:
    return Recalculation(
        service=charge.service,
        period=charge.calculation_period,
        grounds=charge.grounds or charge.operation,
        amount=charge.amount,
    )


def _shares(
    account: Account, supplier: Supplier, receipt: Receipt, billed: Sequence[_BilledLine]
) -> tuple[PayeeShare, ...]:
    """The payees in the profile's order, each with its lines; one without lines is left out."""
    purpose = f"ЖКУ {receipt.period[5:]}.{receipt.period[:4]} л/с {account.number}"
    shares = []
    for payee in supplier.payees:
        of_payee = [(number, each) for number, each in enumerate(billed, 1) if each.payee_inn == payee.inn]
        if of_payee:
            payable = sum(each.payable for _, each in of_payee)
            lines = tuple(number for number, _ in of_payee)
            shares.append(PayeeShare(payee=payee, lines=lines, payable=payable, purpose=purpose))
    return tuple(shares)


def _note(billed: Sequence[_BilledLine]) -> str:
    """Say which lines no code on the sheet pays."""
    not_payable = [number for number, each in enumerate(billed, 1) if each.payable and each.payee_inn is None]
    if not not_payable:
        return ""
    total = format_rubles(sum(billed[number - 1].payable for number in not_payable))
    lines = format_ranges(not_payable)
    return f"Получатель не назван: строки № {lines}, {total} руб. По QR-коду эту сумму не оплатить."


def _services_and_penalty(receipt: Receipt) -> Amounts:
    """Services and penalty together."""
    main, penalty = receipt.main, receipt.penalty
    return Amounts(
        debt=main.debt + penalty.debt,
        paid=main.paid + penalty.paid,
        charged=main.charged + penalty.charged,
        total=main.total + penalty.total,
    )


def _amount_due(receipt: Receipt) -> Kopecks:
    return receipt.main.total + receipt.penalty.total


def _totals(receipt: Receipt) -> Totals:
    both = _services_and_penalty(receipt)
    return Totals(
        paid=both.paid,
        debt=both.debt + both.paid,
        charged=both.charged,
        total=both.total,
        payable=max(both.total, 0),
    )


def _summary(receipt: Receipt) -> Summary:
    main, penalty, preliminary = receipt.main, receipt.penalty, receipt.preliminary
    total_main, total_penalty = totals_with_preliminary(receipt)
    return Summary(
        debt=Sums(main=main.debt, penalty=penalty.debt),
        paid=Sums(main=main.paid, penalty=penalty.paid),
        charged=Sums(main=main.charged, penalty=penalty.charged),
        total=Sums(main=main.total, penalty=penalty.total),
        preliminary_period=preliminary and preliminary.period,
        preliminary=preliminary and Sums(main=preliminary.main, penalty=preliminary.penalty),
        with_preliminary=Sums(main=total_main, penalty=total_penalty) if preliminary else None,
    )


def _meter_readings(meters: Sequence[Meter], issued_on: date) -> Iterable[MeterReading]:
    """Each active meter's zones with the reading that was known when the document was issued."""
    for meter in meters:
        if meter.calculated_to is not None and meter.calculated_to < issued_on:
            continue
        for zone in meter.zone_names:
            known = _last_known(meter, zone, issued_on)
            yield MeterReading(
                service=meter.service,
                number=meter.number,
                place=meter.place,
                zone=meter.zone_title(zone),
                verify_until=meter.verify_until,
                taken_on=known and known.taken_on,
                value=known.value if known else "",
            )


def _last_known(meter: Meter, zone: str, issued_on: date) -> ZoneReading | None:
    for reading in (meter.last.get(zone), meter.before.get(zone)):
        if reading is not None and reading.taken_on <= issued_on:
            return reading
    return None


def _month_end(period: Period) -> date:
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, calendar.monthrange(year, month)[1])
