"""Orders that a test of the site's screens begins with, made over the API."""

from typing import Any

from tests.support.browser import Person, Stack


def order_of(stack: Stack, person: Person, *numbers: str) -> dict[str, Any]:
    """Check out what the accounts' newest receipts ask for, and put the first one into the cart again."""
    api = stack.api_of(person)
    wanted = []
    for number in numbers:
        account_id = stack.account(number)["account_id"]
        path = f"/api/accounts/{account_id.replace(':', '%3A')}/summary"
        receipt = api.call("GET", path).json()["receipts"][0]["receipt_id"]
        wanted.append({"account_id": account_id, "receipt_id": receipt, "with_preliminary": False})
        wanted[-1]["pay_ahead"] = True
        api.call("POST", "/api/cart/items", wanted[-1])
    order: dict[str, Any] = api.call("POST", "/api/cart/checkout", {}, **{"Idempotency-Key": "first"}).json()
    api.call("POST", "/api/cart/items", wanted[0])
    return order
