"""Orders whose receipts are reserved."""

from typing import Any

from tests.support.payment_scenario import Answer, PaymentScenario

ACCOUNT = "uk-test:1234567899"


ANYWAY = {"pay_anyway": True}


def ordered(scenario: PaymentScenario, token: str, key: str = "k1") -> dict[str, Any]:
    """Return an order that waits, the same receipt in the cart again."""
    answer = scenario.check_out(token, key)
    assert answer.status == 201, answer.body
    scenario.add(token, ACCOUNT)
    return dict(answer.json)


def two_owners(scenario: PaymentScenario) -> tuple[str, str]:
    """Return the sessions of two users of one account; the first has its receipt in the cart."""
    scenario.supplier()
    account = scenario.account()
    mine, theirs = scenario.user("u1", account), scenario.user("u2", account, email="other@example.com")
    scenario.add(mine, ACCOUNT)
    return mine, theirs


def of_order(scenario: PaymentScenario, token: str, order_id: str, act: str = "", body: Any = None) -> Answer:
    return scenario.call("cart", "POST" if act else "GET", f"/api/orders/{order_id}{act}", token, body)


def reserved(scenario: PaymentScenario) -> list[str]:
    rows = scenario.everything("ACCOUNTS_TABLE")
    return sorted(order_id for row in rows for order_id in row.get("reserved", {}))
