"""What is charged is what was shown: other commissions, and payments made meanwhile, are shown first."""

from typing import Any

import pytest

from cabinet.accounts.keys import supplier_key
from cabinet.accounts.supplier_model import Commission
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

ACCOUNT = "uk-test:1234567899"


def raised(minimum: int) -> None:
    row = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
    changed = row | {"commission": Commission(minimum=minimum).model_dump(mode="json")}
    dynamo.put(Table.ACCOUNTS, changed, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier(commission=Commission(minimum=2_400))
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


@pytest.mark.parametrize("body", [{}, {"total": TOTAL + 2_400}], ids=["unsaid", "said"])
def test_a_commission_raised_after_the_cart_was_shown_is_told(
    scenario: PaymentScenario, token: str, body: dict[str, Any]
) -> None:
    assert scenario.cart(token).json["total"] == TOTAL + 2_400
    raised(10_000)
    answer = scenario.check_out(token, body=body)
    assert (answer.status, answer.json["code"], answer.json["total"]) == (409, "cart_changed", TOTAL + 10_000)
    assert "5\u00a0235,27" in answer.json["detail"]
    assert scenario.orders() == []
    agreed = scenario.check_out(token, body={"total": TOTAL + 10_000} if body else {})
    assert (agreed.status, agreed.json["amount"]) == (201, TOTAL + 10_000)


def test_what_the_cart_shows_now_is_charged_without_a_word(scenario: PaymentScenario, token: str) -> None:
    raised(10_000)
    shown = scenario.cart(token).json["orders"][0]["total"]
    assert scenario.check_out(token, body={"total": shown}).json["amount"] == shown == TOTAL + 10_000


@pytest.mark.parametrize("total", [-1, 1.5, "1", True])
def test_a_total_that_is_no_sum_is_refused(scenario: PaymentScenario, token: str, total: Any) -> None:
    assert scenario.check_out(token, body={"total": total}).status == 422


def test_what_was_paid_while_it_stood_in_the_cart_is_told(scenario: PaymentScenario, token: str) -> None:
    url = scenario.check_out(token).json["payment_url"]
    scenario.add(token, ACCOUNT)
    scenario.complete_payment(url)
    scenario.deliver()
    answer = scenario.check_out(token, "k2")
    assert (answer.status, answer.json["code"], len(answer.json["items"])) == (409, "cart_changed", 7)
    assert "платить ещё раз не нужно" in answer.json["detail"]
    scenario.cart(token, "DELETE")
    assert status_and_code(scenario.add(token, ACCOUNT)) == (409, "receipt_paid")
    scenario.add(token, ACCOUNT, pay_ahead=True)
    assert scenario.check_out(token, "k2").status == 201, "added when it was paid already: paid ahead"
