"""Lines for the bank and the fiscal receipt: of an order, and of money that is refunded. Pure."""

from cabinet.payments.model import Order, OrderLine, Refund
from cabinet.payments.providers.base import RegistrationLine

_MAX_NAME_LENGTH = 100
_COMMISSION = "Комиссия"


def order_lines(order: Order) -> list[RegistrationLine]:
    """Return the lines of an order, which sum up to its total; the commission is a line of its own."""
    lines = [_line(order, line, line.amount) for line in order.lines]
    if order.commission:
        lines.append(RegistrationLine(_COMMISSION, order.commission, order.commission_vat))
    return lines


def refund_lines(order: Order, refund: Refund) -> list[RegistrationLine]:
    """Return the lines of a refund, less what was never on a receipt: money beyond what was ordered."""
    lines = [_line(order, order.lines[part.position], part.amount) for part in refund.lines]
    commission = refund.amount - refund.unposted_amount - sum(part.amount for part in refund.lines)
    if commission > 0:
        lines.append(RegistrationLine(_COMMISSION, commission, order.commission_vat))
    return lines


def _line(order: Order, line: OrderLine, amount: int) -> RegistrationLine:
    fiscal = line.fiscal
    return RegistrationLine(
        _line_name(line, order), amount, fiscal.vat, fiscal.payment_method, fiscal.payment_object
    )


def _line_name(line: OrderLine, order: Order) -> str:
    """Return a service's name for the bank and the fiscal receipt: with its flat where there are several."""
    if len(order.account_ids) == 1 or not line.address:
        return line.service
    room = _MAX_NAME_LENGTH - len(line.address) - 2
    return f"{line.address}: {line.service[:room]}" if room > 0 else line.service
