"""Orders whose receipts are reserved."""

from typing import Any

from tests.support.payment_scenario import Answer, Town

ACCOUNT = "uk-test:1234567899"


ANYWAY = {"pay_anyway": True}


def ordered(town: Town, token: str, key: str = "k1") -> dict[str, Any]:
    """Return an order that waits, the same receipt in the cart again."""
    answer = town.check_out(token, key)
    assert answer.status == 201, answer.body
    town.add(token, ACCOUNT)
    return dict(answer.json)


def two_owners(town: Town) -> tuple[str, str]:
    """Return the sessions of two users of one account; the first has its receipt in the cart."""
    town.supplier()
    account = town.account()
    mine, theirs = town.user("u1", account), town.user("u2", account, email="other@example.com")
    town.add(mine, ACCOUNT)
    return mine, theirs


def of_order(town: Town, token: str, order_id: str, act: str = "", body: Any = None) -> Answer:
    return town.call("cart", "POST" if act else "GET", f"/api/orders/{order_id}{act}", token, body)


def reserved(town: Town) -> list[str]:
    rows = town.everything("ACCOUNTS_TABLE")
    return sorted(order_id for row in rows for order_id in row.get("reserved", {}))
