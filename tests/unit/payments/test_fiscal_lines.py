"""The content of the fiscal receipt: each line, the commission, the flat where there are several."""

from cabinet.accounts.supplier_model import FiscalSettings
from cabinet.payments.model import Order, OrderLine, Refund, RefundLine
from cabinet.payments.orders.fiscal_lines import order_lines, refund_lines
from tests.support.factories.orders import NOW, order

ADVANCE = FiscalSettings(vat="22/122", payment_method="advance")


def bought(*accounts: str, commission: int = 5) -> Order:
    lines = [
        OrderLine(
            account_id=f"uk:{account}",
            address=f"УЛ. МИРА, {account}",
            receipt_id="2026-08-main",
            receipt_title="К",
            service=f"Услуга {place}",
            fiscal=ADVANCE if place else FiscalSettings(),
            amount=100 + place,
        )
        for place, account in enumerate(accounts)
    ]
    total = sum(line.amount for line in lines)
    return order().model_copy(update={"lines": lines, "amount": total, "commission": commission})


def test_the_lines_sum_up_to_what_the_bank_takes() -> None:
    of = bought("1", "1")
    lines = order_lines(of)
    assert [(line.name, line.amount, line.vat, line.payment_method) for line in lines] == [
        ("Услуга 0", 100, "none", "full_payment"),
        ("Услуга 1", 101, "22/122", "advance"),
        ("Комиссия", 5, "none", "full_payment"),
    ]
    assert sum(line.amount for line in lines) == of.total


def test_of_several_flats_each_line_names_its_own() -> None:
    assert [line.name for line in order_lines(bought("1", "2", commission=0))] == [
        "УЛ. МИРА, 1: Услуга 0",
        "УЛ. МИРА, 2: Услуга 1",
    ]


def test_a_refund_has_its_lines_and_the_commission_and_nothing_beyond() -> None:
    of = bought("1", "1")
    part = [RefundLine(position=1, amount=40)]
    back = Refund(refund_id="r", amount=50, unposted_amount=7, lines=part, reason="…", at=NOW)
    assert [(line.name, line.amount, line.vat) for line in refund_lines(of, back)] == [
        ("Услуга 1", 40, "22/122"),
        ("Комиссия", 3, "none"),
    ]
    surplus = Refund(refund_id="r", amount=50, unposted_amount=50, reason="…", at=NOW)
    assert refund_lines(of, surplus) == []
