"""The cart's rules without storage: what a receipt brings, what adding means, how a cart becomes orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import Commission, FiscalSettings, Supplier, Webhook
from cabinet.billing.amounts_due import PendingPayments
from cabinet.billing.model import Amounts, Preliminary, Receipt, ServiceLine
from cabinet.core.errors import InvalidFields, NotFound
from cabinet.core.money import NO_BREAK_SPACE
from cabinet.payments.cart.rules import (
    MAX_LINES,
    MAX_RECEIPTS,
    add,
    adjust,
    clear,
    filter_by_accounts,
    has_other_commission,
    paid_by_item,
    receipt_lines,
    remove,
    remove_one,
    stale_items,
    with_commissions,
)
from cabinet.payments.errors import CartFull, MethodUnavailable, NothingToPay, PayeeMissing, ReceiptPaid
from cabinet.payments.model import Cart
from cabinet.payments.orders.split import commission_for, split_into_orders
from tests.support.factories.bound_accounts import PAYEE
from tests.support.factories.merchants import merchant

SUPPLIER = Supplier(
    supplier_id="uk",
    name="УК",
    inn=PAYEE.inn,
    payees=[PAYEE],
    features=["payments"],
    merchant=merchant("http://127.0.0.1:9", "rbs"),
)


def receipt(*totals: int, period: str = "2020-08", penalty: int = 0, **changes: object) -> Receipt:
    fields: dict[str, object] = {
        "kind": "main",
        "kind_title": "Объединенная",
        "period": period,
        "main": Amounts(total=sum(max(total, 0) for total in totals)),
        "penalty": Amounts(total=penalty),
        "services": [ServiceLine(service=f"Услуга {n}", total=t) for n, t in enumerate(totals)],
    }
    return Receipt.model_validate(fields | changes)


def lines(  # type: ignore[no-untyped-def]
    made: Receipt,
    account_id: str = "uk:1",
    digest: str = "d",
    with_preliminary: bool = False,
    unaccounted: PendingPayments | None = None,
    pay_ahead: bool = False,
):
    return receipt_lines(
        SUPPLIER,
        account_id,
        made,
        digest,
        unaccounted or {},
        with_preliminary=with_preliminary,
        pay_ahead=pay_ahead,
    )


def paid(*lines: tuple[str, int], receipt_id: str = "2020-08-main") -> PendingPayments:
    """Return a payment of services as the account remembers it."""
    kept = [[receipt_id, PAYEE.inn, service, amount] for service, amount in lines]
    return {"P1": {"amount": sum(amount for _, amount in lines), "lines": kept}}


def test_an_overpaid_service_brings_no_line() -> None:
    assert [line.amount for line in lines(receipt(100, -1_462, 0, 5))] == [100, 5]


def test_penalties_come_once_whether_billing_lists_them_or_not() -> None:
    assert [line.service for line in lines(receipt(100, penalty=7))] == ["Услуга 0", "Пени"]
    listed = receipt(services=[ServiceLine(service="ПЕНИ", total=7)], penalty=7)
    assert [line.amount for line in lines(listed)] == [7]


def test_a_receipt_of_sums_alone_is_paid_as_a_whole() -> None:
    (line,) = lines(receipt(services=[], main=Amounts(total=329_308)))
    assert (line.service, line.amount, line.payee_name) == ("Оплата по квитанции", 329_308, PAYEE.name)


def test_a_receipt_that_asks_for_nothing_cannot_be_added() -> None:
    with pytest.raises(NothingToPay):
        lines(receipt(-5))
    ahead = receipt(-5, preliminary=Preliminary(period="2020-09", main=10))
    assert [line.amount for line in lines(ahead, with_preliminary=True)] == [10]


def test_what_nobody_has_said_a_payee_of_is_refused_as_such() -> None:
    other = PAYEE.model_copy(update={"inn": "7447004569", "name": "Другой"})
    two = SUPPLIER.model_copy(update={"payees": [PAYEE, other]})
    with pytest.raises(PayeeMissing):
        receipt_lines(two, "uk:1", receipt(100), "d", {}, with_preliminary=False)
    with pytest.raises(NothingToPay):
        receipt_lines(two, "uk:1", receipt(-5), "d", {}, with_preliminary=False)


def filled() -> Cart:
    return add(add(Cart(), lines(receipt(100, 70))), lines(receipt(30), account_id="uk:2", digest="e"))


@pytest.mark.parametrize(
    ("amount", "is_taken"), [(0, False), (-1, False), (1, True), (5_000_000, True), (5_000_001, False)]
)
def test_a_sum_is_changed_within_the_limit_and_of_its_line_alone(amount: int, is_taken: bool) -> None:
    cart = filled()
    item = cart.lines[1].item_id
    if not is_taken:
        with pytest.raises(InvalidFields) as refused:
            adjust(cart, item, amount)
        assert [(error.field, error.code) for error in refused.value.errors] == [("amount", "amount_invalid")]
        return
    assert [line.amount for line in adjust(cart, item, amount).lines] == [100, amount, 30]


def test_lines_are_taken_out_by_name_and_a_strange_name_is_not_found() -> None:
    cart = filled()
    first, second, third = (line.item_id for line in cart.lines)
    assert [line.item_id for line in remove_one(cart, second).lines] == [first, third]
    assert [line.item_id for line in remove(cart, {first, "strange"}).lines] == [second, third]
    assert [line.item_id for line in filter_by_accounts(cart, {"uk:2"}).lines] == [third]
    assert clear(cart).lines == []
    for change in (lambda: remove_one(cart, "strange"), lambda: adjust(cart, "strange", 1)):
        with pytest.raises(NotFound):
            change()


def test_what_was_paid_is_told_by_the_item_that_it_was_paid_for() -> None:
    made = receipt(100, 70)
    first, second = lines(made)
    paid_for = paid_by_item(SUPPLIER, "uk:1", made, paid(("Услуга 0", 30)))
    assert paid_for == {first.item_id: 30, second.item_id: 0}


def owner(account_id: str, **latest: str) -> Account:
    address = Address(city="Ч", street="С", house="1", flat="1")
    return Account(
        account_id=account_id, supplier_id="uk", holder="И", address=address, latest_periods=latest
    )


def test_a_line_is_stale_when_receipt_payee_or_account_changed() -> None:
    cart = filled()
    first, second, third = (line.item_id for line in cart.lines)
    accounts = {"uk:1": owner("uk:1", main="2020-08"), "uk:2": owner("uk:2", main="2020-08")}
    digests: dict[tuple[str, str], str | None] = {
        ("uk:1", "2020-08-main"): "d",
        ("uk:2", "2020-08-main"): "e",
    }
    everything = {first, second, third}
    assert stale_items(cart, accounts, digests, everything) == set()
    assert stale_items(cart, accounts, digests | {("uk:2", "2020-08-main"): None}, everything) == {third}
    assert stale_items(cart, accounts, digests | {("uk:1", "2020-08-main"): "x"}, everything) == {
        first,
        second,
    }
    newer = accounts | {"uk:2": owner("uk:2", main="2020-09")}
    assert stale_items(cart, newer, digests, everything) == {third}
    assert stale_items(cart, accounts, digests, everything - {first}) == {first}
    gone = {name: digest for name, digest in digests.items() if name[0] != "uk:2"}
    assert stale_items(cart, {"uk:1": accounts["uk:1"]}, gone, everything) == {third}


def test_a_line_beyond_the_suppliers_limit_is_cut_to_it_and_says_what_was_due() -> None:
    (line,) = lines(receipt(6_442_974))
    assert (line.amount, line.due, line.limit) == (5_000_000, 6_442_974, 5_000_000)


def test_a_paid_line_brings_only_its_unpaid_rest() -> None:
    brought = lines(receipt(100, 70, 5), unaccounted=paid(("Услуга 0", 30), ("Услуга 1", 70)))
    assert [(line.service, line.amount, line.due) for line in brought] == [
        ("Услуга 0", 70, 100),
        ("Услуга 2", 5, 5),
    ]


def test_the_rest_of_a_sum_above_the_suppliers_limit_is_offered_next() -> None:
    (line,) = lines(receipt(6_442_974), unaccounted=paid(("Услуга 0", 5_000_000)))
    assert line.amount == 1_442_974


def test_a_fully_paid_receipt_is_added_only_when_paying_ahead() -> None:
    whole = paid(("Услуга 0", 100), ("Услуга 1", 90))
    with pytest.raises(ReceiptPaid):
        lines(receipt(100, 70), unaccounted=whole)
    brought = lines(receipt(100, 70), unaccounted=whole, pay_ahead=True)
    assert [line.amount for line in brought] == [100, 70]


def test_only_the_preliminary_charge_is_left_when_the_receipt_itself_is_paid() -> None:
    made = receipt(100, preliminary=Preliminary(period="2020-09", main=9))
    brought = lines(made, with_preliminary=True, unaccounted=paid(("Услуга 0", 100)))
    assert [(line.service, line.amount) for line in brought] == [
        ("Начислено предварительно за СЕНТЯБРЬ 2020", 9)
    ]


def test_a_newer_receipt_takes_the_place_of_the_older_one_of_its_kind_alone() -> None:
    cart = add(Cart(), lines(receipt(100)))
    cart = add(cart, lines(receipt(7, kind="water", kind_title="ХВС")))
    cart = add(cart, lines(receipt(120, period="2020-09")))
    assert sorted((line.kind, line.amount) for line in cart.lines) == [("main", 120), ("water", 7)]


def test_a_cart_has_an_end() -> None:
    cart = add(Cart(), lines(receipt(*[1] * MAX_LINES)))
    with pytest.raises(CartFull):
        add(cart, lines(receipt(1), account_id="uk:2"))
    many = Cart()
    for number in range(MAX_RECEIPTS):
        many = add(many, lines(receipt(1), account_id=f"uk:{number}"))
    with pytest.raises(CartFull):
        add(many, lines(receipt(1), account_id="uk:next"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(8, 10), st.booleans()), max_size=12))
def test_adding_is_idempotent_and_keeps_one_period_of_a_kind(steps: list[tuple[int, int, bool]]) -> None:
    cart = Cart()
    for number, month, ahead in steps:
        made = receipt(100, 50, period=f"2020-{month:02d}", preliminary=Preliminary(period="2020-11", main=9))
        brought = lines(made, account_id=f"uk:{number}", with_preliminary=ahead)
        cart = add(cart, brought)
        assert add(cart, brought) == cart
    assert len({line.item_id for line in cart.lines}) == len(cart.lines)
    by_account: dict[str, set[str]] = {}
    for line in cart.lines:
        by_account.setdefault(line.account_id, set()).add(line.period)
    assert all(len(periods) == 1 for periods in by_account.values())


@given(st.integers(0, 10**9), st.integers(0, 1000), st.integers(0, 10_000))
def test_commission_is_exact_to_half_a_kopeck(amount: int, basis_points: int, minimum: int) -> None:
    rule = Commission(basis_points=basis_points, minimum=minimum)
    charged = commission_for(rule, amount)
    assert charged >= minimum
    if charged > minimum:
        assert abs(charged * 10_000 - amount * basis_points) <= 5_000


def test_commission_is_said_by_its_numbers_and_advertises_nobody() -> None:
    said = {
        Commission(): "Комиссия не взимается.",
        Commission(minimum=1200): "Комиссия 12,00 руб.",
        Commission(basis_points=150): "Комиссия 1,5 %",
        Commission(basis_points=240, minimum=1200, maximum=150000): (
            "Комиссия 2,4 %, не менее 12,00 руб., не более 1 500,00 руб."
        ),
        Commission(text="Наша комиссия", basis_points=100): "Наша комиссия",
    }
    assert {rule: rule.sentence.replace(NO_BREAK_SPACE, " ") for rule in said} == said


@pytest.mark.parametrize(
    ("basis_points", "minimum", "maximum", "amount", "charged"),
    [
        (240, 0, None, 4_161_00, 99_86),
        (240, 0, None, 812_00, 19_49),
        (240, 12_00, None, 1_00, 12_00),
        (240, 0, 1_500_00, 360_192_00, 1_500_00),
        (240, 12_00, 1_500_00, 1_00, 12_00),
        (240, 0, None, 360_192_00, 8_644_61),
        (120, 0, None, 5_125_812_99, 61_509_76),
        (0, 12_00, 12_00, 5_00, 12_00),
    ],
)
def test_commission_of_the_published_vectors(
    basis_points: int, minimum: int, maximum: int | None, amount: int, charged: int
) -> None:
    rule = Commission(basis_points=basis_points, minimum=minimum, maximum=maximum)
    assert commission_for(rule, amount) == charged


def test_fiscal_lines_have_the_payees_rate_and_advances_a_fraction() -> None:
    taxed = SUPPLIER.payees[0].model_copy(update={"fiscal": FiscalSettings(vat="22")})
    supplier = SUPPLIER.model_copy(update={"payees": [taxed, *SUPPLIER.payees[1:]]})
    made = receipt(100, preliminary=Preliminary(period="2020-11", main=9))
    due, ahead = receipt_lines(supplier, "uk:1", made, "d", {}, with_preliminary=True)
    assert (due.fiscal.vat, due.fiscal.payment_method) == ("22", "full_payment")
    assert (ahead.fiscal.vat, ahead.fiscal.payment_method) == ("22/122", "advance")


CARD_TERMS = SUPPLIER.model_copy(update={"commission": Commission(basis_points=240)})
SBP = merchant("http://127.0.0.1:9", "rbs").model_copy(update={"contract": "sbp", "methods": ("sbp",)})
BOTH = CARD_TERMS.model_copy(
    update={"merchants": [SBP], "method_commissions": {"sbp": Commission(basis_points=40)}}
)


def test_each_way_of_paying_has_its_own_contract_commission_and_total() -> None:
    (draft,) = split_into_orders(lines(receipt(1_000_00)), {"uk": BOTH})
    told = [(one.method, one.merchant.contract, one.commission, one.total) for one in draft.options]
    assert told == [("card", "c", 24_00, 1_024_00), ("sbp", "sbp", 4_00, 1_004_00)]
    assert [one.commission_texts for one in draft.options] == [("Комиссия 2,4 %",), ("Комиссия 0,4 %",)]
    assert draft.option(None) == draft.option("card") == draft.options[0]


def test_a_way_that_not_all_suppliers_of_an_order_have_is_not_offered() -> None:
    other = CARD_TERMS.model_copy(update={"supplier_id": "other"})
    cart_lines = [*lines(receipt(100)), *lines(receipt(100), account_id="other:1")]
    (draft,) = split_into_orders(cart_lines, {"uk": BOTH, "other": other})
    assert [one.method for one in draft.options] == ["card"]
    with pytest.raises(MethodUnavailable):
        draft.option("sbp")


def test_a_supplier_without_cards_is_paid_as_it_can_be() -> None:
    only = SUPPLIER.model_copy(update={"merchant": SBP})
    (draft,) = split_into_orders(lines(receipt(100)), {"uk": only})
    assert draft.option(None).method == "sbp"


def test_a_line_shown_with_another_rule_of_the_method_is_told_apart() -> None:
    shown = receipt_lines(BOTH, "uk:1", receipt(100), "d", {}, with_preliminary=False)
    dearer = BOTH.model_copy(update={"method_commissions": {"sbp": Commission(basis_points=70)}})
    assert has_other_commission(shown, {"uk": dearer}, "sbp")
    assert not has_other_commission(shown, {"uk": dearer}, "card")
    agreed = with_commissions(Cart(lines=shown), {"uk": dearer}).lines
    assert not has_other_commission(agreed, {"uk": dearer}, "sbp")


@given(st.integers(1, 60), st.sets(st.integers(0, 4)))
def test_every_draft_fits_one_transaction_and_no_line_is_lost(accounts: int, with_webhook: set[int]) -> None:
    cart_lines = [
        line.model_copy(update={"account_id": f"s{number % 5}:{number}"})
        for number in range(accounts)
        for line in lines(receipt(100))
    ]
    webhook = Webhook(url="https://billing.example.ru/", secret="cabinet/webhook/s")
    suppliers = {
        f"s{n}": SUPPLIER.model_copy(
            update={"supplier_id": f"s{n}", "webhook": webhook if n in with_webhook else None}
        )
        for n in range(5)
    }
    made = split_into_orders(cart_lines, suppliers)
    assert sum(len(draft.lines) for draft in made) == accounts
    for draft in made:
        ids = {line.account_id for line in draft.lines}
        events = sum(suppliers[each.split(":")[0]].webhook is not None for each in ids)
        credited = 4 + 2 * len(ids) + len({i.split(":")[0] for i in ids}) + events
        ordered = 6 + 2 * len(ids)
        assert max(credited, ordered) <= 25
