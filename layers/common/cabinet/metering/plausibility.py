"""Changes that no dwelling can have used: the user cannot confirm them, but may send a request. Pure."""

from collections.abc import Sequence

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.errors import FieldError, InvalidFields
from cabinet.core.money import NO_BREAK_SPACE, format_rubles
from cabinet.metering.model import ChargedService
from cabinet.metering.rules import ValidatedReading, amount_by_tariff, last_bill
from cabinet.metering.submission import ReadingInput
from cabinet.metering.volumes import UNIT, Millionths, format_volume

_ALWAYS_PLAUSIBLE: Millionths = 500 * UNIT
"""However little was used before: an empty dwelling is lived in again, a garden is watered."""


def is_suspect(validated: ValidatedReading) -> bool:
    """Tell whether a change is compared with the second threshold: unusual, or without an average."""
    return validated.confirmation_reason is not None or (validated.average is None and bool(validated.delta))


def reject_implausible(
    rows: Sequence[ReadingInput],
    validated: Sequence[ValidatedReading],
    charges: Sequence[ChargedService],
    supplier: Supplier,
    *,
    is_bound: bool,
    sees_history: bool = True,
) -> None:
    """Raise InvalidFields for each row beyond the supplier's limits, confirmed or not.

    `charges` are those of the last receipts: by their tariff the change is priced. A resident who has the
    account bound (`is_bound`) reads what the last bill was, unless it was another holder's (`sees_history`);
    a guest does not, and sends no requests.
    """
    errors = [
        FieldError(
            f"readings[{index}].{'value' if row.value is not None else 'delta'}",
            "implausible",
            _message(each, charges, supplier, is_bound=is_bound, sees_history=sees_history),
        )
        for index, (row, each) in enumerate(zip(rows, validated, strict=True))
        if is_suspect(each) and _is_implausible(each, charges, supplier)
    ]
    if errors:
        raise InvalidFields(*errors)


def _is_implausible(
    validated: ValidatedReading, charges: Sequence[ChargedService], supplier: Supplier
) -> bool:
    if validated.delta is None:
        return False
    amount = amount_by_tariff(validated.meter, validated.delta, charges)
    if amount is not None and amount > supplier.implausible_amount:
        return True
    if validated.average is None:
        return validated.delta > supplier.implausible_volume * UNIT
    return validated.delta > max(supplier.implausible_factor * validated.average, _ALWAYS_PLAUSIBLE)


def _message(
    validated: ValidatedReading,
    charges: Sequence[ChargedService],
    supplier: Supplier,
    *,
    is_bound: bool,
    sees_history: bool,
) -> str:
    change, meter = validated.delta or 0, validated.meter
    amount, bill = amount_by_tariff(meter, change, charges), last_bill(meter, charges)
    unit = f"{NO_BREAK_SPACE}{meter.unit}" if meter.unit else ""
    text = f"Объём {format_volume(change, meter.decimals).replace('.', ',')}{unit}"
    if amount is not None:
        text += f" — это примерно {format_rubles(amount)}{NO_BREAK_SPACE}₽"
    if bill is not None and is_bound and sees_history:
        text += f"; в последней квитанции за эту услугу {format_rubles(bill)}{NO_BREAK_SPACE}₽"
    has_requests = is_bound and supplier.offers("requests")
    advice = "отправьте заявку" if has_requests else "сообщите об этом в расчётную организацию"
    return (
        f"{text}. Проверьте показание. Если прибор показывает именно столько, {advice}: показание проверят."
    )
