"""Summary, cart, order and sheet show one number, and no line reaches a payee that nobody has named."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import ReceiptKind, Supplier
from cabinet.billing.amounts_due import (
    PENALTY_TITLE,
    UNITEMISED_TITLE,
    not_payable_amount,
    not_payable_reason,
    payable_lines,
    remaining,
)
from cabinet.billing.model import Receipt
from cabinet.core import clock
from cabinet.payments.cart.rules import add, paid_by_item, receipt_lines
from cabinet.payments.errors import NothingToPay, PayeeMissing
from cabinet.payments.model import Cart
from cabinet.payments.orders.checkout import build_order
from cabinet.payments.orders.split import split_into_orders
from cabinet.receipts.builder import build_document
from cabinet.receipts.document_qr import payment_requisites
from cabinet.web.summary_views import AccountSummary, SummaryReceipt
from tests.support.factories.bound_accounts import PAYEE
from tests.support.factories.merchants import merchant
from tests.support.factories.receipts import KIND, NAMES, OTHER, RECEIPTS, STRANGER, receipt

TODAY = date(2026, 11, 26)


def supplier(payees: int = 2, of_kind: str | None = None, penalties: tuple[str, ...] = ()) -> Supplier:
    return Supplier(
        supplier_id="uk",
        name="УК",
        inn=PAYEE.inn,
        payees=[PAYEE, OTHER][:payees],
        features=["payments"],
        merchant=merchant("http://127.0.0.1:9", "rbs"),
        payment_limit=10**12,
        receipt_kinds={KIND: ReceiptKind(payee_inn=of_kind)} if of_kind else {},
        penalty_services=list(penalties),
    )


def account(unaccounted: dict[str, dict[str, Any]] | None = None) -> Account:
    return Account(
        account_id="uk:1",
        supplier_id="uk",
        number="1",
        holder="Иванов Иван",
        address=Address(house="1"),
        unaccounted=unaccounted or {},
    )


def shown(
    made: Receipt, of: Supplier, unaccounted: dict[str, dict[str, Any]] | None = None
) -> SummaryReceipt:
    return AccountSummary.of(account(unaccounted), of, [made], TODAY).receipts[0]


def brought(made: Receipt, of: Supplier, *, ahead: bool = False) -> list[tuple[str, str, int]]:
    lines = receipt_lines(of, "uk:1", made, "d", {}, with_preliminary=ahead)
    return [(line.service, line.payee_inn, line.amount) for line in lines]


@pytest.mark.parametrize("name", NAMES)
def test_a_penalty_line_is_asked_once_whatever_it_is_called(name: str) -> None:
    made = receipt(10_000, 125, ("Содержание", PAYEE.inn, 10_000), (name, OTHER.inn, 125))
    assert brought(made, supplier()) == [("Содержание", PAYEE.inn, 10_000), (name, OTHER.inn, 125)]
    assert shown(made, supplier()).left == 10_125


def test_a_penalty_without_a_line_goes_to_the_payee_of_the_receipts_kind() -> None:
    made = receipt(100, 125, ("Взнос", OTHER.inn, 60), ("Вода", PAYEE.inn, 40))
    assert brought(made, supplier(of_kind=OTHER.inn))[-1] == (PENALTY_TITLE, OTHER.inn, 125)


def test_a_penalty_belongs_to_the_payee_that_all_lines_of_the_receipt_share() -> None:
    assert brought(receipt(100, 125, ("Взнос", OTHER.inn, 100)), supplier()) == [
        ("Взнос", OTHER.inn, 100), (PENALTY_TITLE, OTHER.inn, 125),
    ]  # fmt: skip


def test_a_penalty_that_may_be_either_payees_is_sold_to_neither_and_said() -> None:
    made = receipt(100, 125, ("Взнос", OTHER.inn, 60), ("Вода", PAYEE.inn, 40))
    assert [inn for _, inn, _ in brought(made, supplier())] == [OTHER.inn, PAYEE.inn]
    told = shown(made, supplier())
    assert (told.can_pay, told.left, told.not_payable) == (True, 100, 125)
    assert told.payment_note is not None
    assert "1,25 руб." in told.payment_note


def test_a_balance_without_services_and_without_a_named_payee_is_not_payable() -> None:
    made = receipt(50_000)
    told = shown(made, supplier())
    assert (told.can_pay, told.left, told.not_payable) == (False, 0, 50_000)
    assert told.payment_note is not None
    assert "не назвала получателя" in told.payment_note
    with pytest.raises(PayeeMissing):
        brought(made, supplier())
    assert [inn for _, inn, _ in brought(made, supplier(of_kind=OTHER.inn))] == [OTHER.inn]
    assert [inn for _, inn, _ in brought(made, supplier(payees=1))] == [PAYEE.inn]


def test_a_line_of_a_payee_that_the_supplier_does_not_have_is_never_sold() -> None:
    made = receipt(300, 0, ("Вода", PAYEE.inn, 100), ("Взнос", STRANGER, 200))
    assert brought(made, supplier(of_kind=PAYEE.inn)) == [("Вода", PAYEE.inn, 100)]
    assert shown(made, supplier(of_kind=PAYEE.inn)).left == 100


def test_a_sum_beyond_the_services_is_a_line_if_its_payee_is_known() -> None:
    made = receipt(50_000, 0, ("Вода", OTHER.inn, 10_000))
    known = supplier(of_kind=PAYEE.inn)
    assert brought(made, known) == [("Вода", OTHER.inn, 10_000), (UNITEMISED_TITLE, PAYEE.inn, 40_000)]
    assert shown(made, known).left == 50_000
    told = shown(made, supplier())
    assert (told.can_pay, told.left, told.not_payable) == (True, 10_000, 40_000)


def test_an_overpaid_service_lessens_its_own_payees_lines_first() -> None:
    made = receipt(80, 0, ("Взнос", OTHER.inn, 50), ("Вода", PAYEE.inn, 50), ("Лифт", PAYEE.inn, -20))
    assert brought(made, supplier()) == [("Взнос", OTHER.inn, 50), ("Вода", PAYEE.inn, 30)]
    with pytest.raises(NothingToPay):
        brought(receipt(-20, 0, ("Взнос", OTHER.inn, 50), ("Вода", PAYEE.inn, -70)), supplier())


def test_an_overpayment_lessens_what_is_paid_ahead_too() -> None:
    made = receipt(-5, 0, ("Вода", PAYEE.inn, -5), ahead=(10, 0))
    assert sum(amount for *_, amount in brought(made, supplier(), ahead=True)) == 5
    assert shown(made, supplier()).left_with_preliminary == 5


def test_an_item_in_a_cart_is_stale_when_its_money_has_another_payee_now() -> None:
    made = receipt(50_000)
    (line,) = receipt_lines(supplier(of_kind=PAYEE.inn), "uk:1", made, "d", {}, with_preliminary=False)
    assert line.item_id in paid_by_item(supplier(of_kind=PAYEE.inn), "uk:1", made, {})
    assert line.item_id not in paid_by_item(supplier(of_kind=OTHER.inn), "uk:1", made, {})
    assert line.item_id not in paid_by_item(supplier(), "uk:1", made, {})


SUPPLIERS = st.builds(
    supplier, st.sampled_from([1, 2]), st.sampled_from([None, PAYEE.inn, OTHER.inn]),
    st.sampled_from([(), ("Пеня: Вода",), tuple(NAMES)]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(RECEIPTS, SUPPLIERS, st.booleans())
def test_summary_cart_order_and_codes_agree_for_any_receipt(made: Receipt, of: Supplier, ahead: bool) -> None:
    told = shown(made, of)
    whole = max(made.main.total + made.penalty.total, 0)
    assert told.left + told.not_payable == whole, "the receipt's own total counts"
    expected = told.left_with_preliminary if ahead else told.left
    try:
        cart = add(Cart(), receipt_lines(of, "uk:1", made, "d", {}, with_preliminary=ahead))
    except (NothingToPay, PayeeMissing):
        assert expected == 0
        return
    assert sum(line.amount for line in cart.lines) == expected
    orders = [
        build_order(draft, draft.option(None), {"uk:1": account()}, {"uk": of}, now=clock.now())
        for draft in split_into_orders(cart.lines, {"uk": of})
    ]
    assert sum(order.amount for order in orders) == expected
    own = {payee.inn for payee in of.payees} | {""}
    if not ahead and all(line.payee_inn in own for line in made.services):
        document = build_document(account(), of, made, [], None)
        by_code = {
            share.payee.inn: payment_requisites(document, share).sum_kopecks or 0 for share in document.payees
        }
        by_cart: dict[str, int] = {}
        for line in cart.lines:
            by_cart[line.payee_inn] = by_cart.get(line.payee_inn, 0) + line.amount
        assert {inn: total for inn, total in by_code.items() if total} == by_cart


@settings(max_examples=300, deadline=None)
@given(RECEIPTS, SUPPLIERS)
def test_no_line_reaches_a_payee_that_nobody_has_named(made: Receipt, of: Supplier) -> None:
    named = {line.payee_inn for line in made.services} | {
        kind.payee_inn for kind in of.receipt_kinds.values()
    }
    if len(of.payees) == 1:
        named.add(of.payees[0].inn)
    lines = payable_lines(made, of, {}, with_preliminary=True)
    own = {payee.inn for payee in of.payees}
    assert {line.payee_inn for line in lines if line.can_be_paid} <= named & own
    for line, service in zip(lines, made.services, strict=False):
        if service.payee_inn and line.payee_inn is not None:
            assert line.payee_inn == service.payee_inn
    assert (not_payable_reason(lines) is None) == (not_payable_amount(lines) == 0)


@settings(max_examples=200, deadline=None)
@given(RECEIPTS, SUPPLIERS, st.lists(st.integers(-5_000, 60_000), max_size=4))
def test_what_was_paid_and_what_is_left_make_up_what_is_asked(
    made: Receipt, of: Supplier, paid: list[int]
) -> None:
    lines = payable_lines(made, of, {})
    kept = [
        [made.receipt_id, line.payee_inn, line.service, amount]
        for line, amount in zip([line for line in lines if line.can_be_paid], paid, strict=False)
    ]
    after = payable_lines(made, of, {"P1": {"paid_at": "", "amount": 0, "lines": kept}})
    assert remaining(after) == remaining(lines) - sum(line.paid for line in after)
    assert 0 <= sum(line.paid for line in after) <= sum(max(amount, 0) for *_, amount in kept)
