"""Ways of paying: each shown with its commission and total, ordered under its own contract."""

import pytest

from cabinet.accounts.keys import supplier_key
from cabinet.accounts.supplier_model import Commission
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

ACCOUNT = "uk-test:1234567899"
CARD_FEE, SBP_FEE = 123_25, 20_54
"""2,4 % and 0,4 % of 5 135,27."""


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    sbp = scenario.merchant("rbs", "sbp-contract").model_copy(update={"methods": ("sbp",)})
    scenario.supplier(
        merchants=[sbp],
        commission=Commission(basis_points=240),
        method_commissions={"sbp": Commission(basis_points=40)},
    )
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


def test_the_cart_shows_each_way_with_its_own_commission_before_paying(
    scenario: PaymentScenario, token: str
) -> None:
    items = scenario.cart(token, path="/payment-methods").json["items"]
    assert [(item["method"], item["title"], item["total"]) for item in items] == [
        ("card", "Банковская карта", TOTAL + CARD_FEE),
        ("sbp", "СБП", TOTAL + SBP_FEE),
    ]
    assert items[1]["commission"] == {"text": "Комиссия 0,4 %", "amount": SBP_FEE}
    cart = scenario.cart(token).json
    assert cart["orders"][0]["methods"] == items
    assert cart["total"] == TOTAL + CARD_FEE


def test_an_order_of_the_cart_that_is_not_there_has_no_ways(scenario: PaymentScenario, token: str) -> None:
    assert scenario.call("cart", "GET", "/api/cart/payment-methods", token, query="order=2").status == 404
    assert scenario.call("cart", "GET", "/api/cart/payment-methods", token, query="order=0").status == 422


def test_the_way_chosen_is_ordered_under_its_contract_and_posted_by_its_name(
    scenario: PaymentScenario, token: str
) -> None:
    answer = scenario.check_out(token, body={"method": "sbp", "total": TOTAL + SBP_FEE}).json
    assert (answer["method"], answer["amount"]) == ("sbp", TOTAL + SBP_FEE)
    assert scenario.order(answer["order_id"]).merchant.contract == "sbp-contract"
    assert scenario.payment(answer["payment_url"]).amount == TOTAL + SBP_FEE
    scenario.complete_payment(answer["payment_url"])
    scenario.deliver()
    assert scenario.ledger(ACCOUNT)[0]["kind"] == "оплата по СБП в личном кабинете"
    assert scenario.journal_total("sbp-contract") == TOTAL + SBP_FEE


def test_the_total_of_another_way_is_refused(scenario: PaymentScenario, token: str) -> None:
    answer = scenario.check_out(token, body={"method": "sbp", "total": TOTAL + CARD_FEE})
    assert (answer.status, answer.json["code"], answer.json["total"]) == (
        409,
        "cart_changed",
        TOTAL + SBP_FEE,
    )


def test_an_old_order_is_asked_about_under_its_own_contract(scenario: PaymentScenario, token: str) -> None:
    ordered = scenario.check_out(token).json
    row = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
    new = scenario.merchant("rbs", "new-contract").model_dump(mode="json")
    dynamo.put(
        Table.ACCOUNTS, row | {"merchant": new}, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
    )
    scenario.complete_payment(ordered["payment_url"])
    scenario.deliver()
    assert scenario.order(ordered["order_id"]).status == "paid"
    assert (scenario.journal_total("uk-test-rbs"), scenario.journal_total("new-contract")) == (
        TOTAL + CARD_FEE,
        0,
    )


def test_a_way_that_is_not_offered_is_refused_and_nothing_is_ordered(scenario: PaymentScenario) -> None:
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    assert status_and_code(scenario.check_out(token, body={"method": "sbp"})) == (409, "method_unavailable")
    assert scenario.check_out(token, "k2", body={"method": "cash"}).status == 422
    assert scenario.orders() == []
