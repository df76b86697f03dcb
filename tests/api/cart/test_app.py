"""Cart and orders through the function's own door."""

from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key
from cabinet.accounts.supplier_model import Commission
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.keys import receipt_key
from tests.support.dynamo_cost import measured
from tests.support.payment_scenario import MANUAL, TOTAL, PaymentScenario


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier()
    return scenario.user("u1", scenario.account())


ACCOUNT = "uk-test:1234567899"


def items(cart: Any) -> list[dict[str, Any]]:
    return [
        item
        for group in cart["groups"]
        for receipt in group["receipts"]
        for payee in receipt["payees"]
        for item in payee["items"]
    ]


def test_the_manuals_cart_comes_out_to_the_kopeck(scenario: PaymentScenario, token: str) -> None:
    answer = scenario.add(token, ACCOUNT)
    assert answer.status == 201, answer.body
    cart = answer.json
    (group,) = cart["groups"]
    assert group["address"] == "УЛ. КЫШТЫМСКАЯ, 10 - 1010"
    assert group["supplier_name"] == "ООО «УК Тест»"
    (receipt,) = group["receipts"]
    assert receipt["title"] == "Квитанция Объединенная за АВГУСТ 2020"
    repair, services = receipt["payees"]
    assert [item["amount"] for item in repair["items"]] == [94136]
    assert [item["amount"] for item in services["items"]] == [565, 263351, 133742, 7462, 779, 13492]
    assert group["subtotal"] == 513527
    assert cart["total"] == 513527
    assert cart["count"] == 7
    assert cart["commission"] == {"text": "Комиссия не взимается.", "amount": 0}
    assert cart == scenario.cart(token).json


def test_adding_twice_changes_nothing(scenario: PaymentScenario, token: str) -> None:
    first = scenario.add(token, ACCOUNT).json
    assert scenario.add(token, ACCOUNT).json == first


def test_an_adjusted_sum_survives_a_second_adding_and_a_removed_line_comes_back(
    scenario: PaymentScenario, token: str
) -> None:
    cart = scenario.add(token, ACCOUNT).json
    one, two = items(cart)[:2]
    assert scenario.cart(token, "PATCH", f"/items/{one['item_id']}", {"amount": 100}).status == 200
    assert scenario.cart(token, "DELETE", f"/items/{two['item_id']}").json["count"] == 6
    again = {item["item_id"]: item["amount"] for item in items(scenario.add(token, ACCOUNT).json)}
    assert again[one["item_id"]] == 100
    assert again[two["item_id"]] == two["amount"]


def test_the_preliminary_charge_is_paid_only_when_wished(scenario: PaymentScenario, token: str) -> None:
    assert scenario.add(token, ACCOUNT).json["total"] == TOTAL
    cart = scenario.add(token, ACCOUNT, with_preliminary=True).json
    assert cart["total"] == TOTAL + 190_464
    assert items(cart)[-1]["service"] == "Начислено предварительно за СЕНТЯБРЬ 2020"


@pytest.mark.parametrize("amount", [0, -1, 5_000_001, 10**30])
def test_a_sum_out_of_bounds_is_refused(scenario: PaymentScenario, token: str, amount: int) -> None:
    item = items(scenario.add(token, ACCOUNT).json)[0]
    answer = scenario.cart(token, "PATCH", f"/items/{item['item_id']}", {"amount": amount})
    assert answer.status == 422
    assert answer.json["code"] == "amount_invalid"
    assert answer.json["errors"][0]["field"] == "amount"


@pytest.mark.parametrize("amount", [1.5, "100", True, None])
def test_a_sum_that_is_not_kopecks_is_refused(scenario: PaymentScenario, token: str, amount: Any) -> None:
    item = items(scenario.add(token, ACCOUNT).json)[0]
    assert scenario.cart(token, "PATCH", f"/items/{item['item_id']}", {"amount": amount}).status == 422


def test_an_unknown_item_is_not_found(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    assert scenario.cart(token, "PATCH", "/items/nope", {"amount": 1}).status == 404
    assert scenario.cart(token, "DELETE", "/items/nope").status == 404


def test_clearing_empties_the_cart_and_checkout_says_so(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    assert scenario.cart(token, "DELETE").status == 204
    assert scenario.cart(token).json["count"] == 0
    answer = scenario.check_out(token)
    assert (answer.status, answer.json["code"]) == (409, "cart_empty")


def test_anothers_account_and_an_unknown_receipt_look_alike(scenario: PaymentScenario, token: str) -> None:
    scenario.account("777")
    other = scenario.add(token, "uk-test:777")
    unknown = scenario.add(token, ACCOUNT, receipt_id="2020-09-main")
    assert other.status == unknown.status == 404
    assert other.problem == unknown.problem


def test_without_a_session_nothing_is_told(scenario: PaymentScenario) -> None:
    assert scenario.cart("").status == 401
    assert scenario.add("", ACCOUNT).status == 401
    assert scenario.check_out("").status == 401


def test_a_supplier_without_payments_offers_none(scenario: PaymentScenario) -> None:
    scenario.supplier("quiet", features=["requests"])
    token = scenario.user("u1", scenario.account("5", "quiet"))
    answer = scenario.add(token, "quiet:5")
    assert (answer.status, answer.json["code"]) == (409, "feature_unavailable")


def test_a_newer_receipt_makes_the_items_stale_and_adding_it_replaces_them(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.add(token, ACCOUNT)
    scenario.receipt(ACCOUNT, "2020-09")
    cart = scenario.cart(token).json
    assert all(item["stale"] for item in items(cart))
    refused = scenario.check_out(token)
    assert (refused.status, refused.json["code"]) == (409, "cart_changed")
    renewed = scenario.add(token, ACCOUNT, receipt_id="2020-09-main").json
    assert renewed["count"] == len(MANUAL)
    assert not any(item["stale"] for item in items(renewed))
    assert scenario.check_out(token).status == 201


def test_a_receipt_that_billing_has_changed_makes_its_items_stale(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.add(token, ACCOUNT)
    pk, sk = receipt_key(ACCOUNT, "2020-08", "main")
    scenario.aws.table("ACCOUNTS_TABLE").update_item(
        Key={"pk": pk, "sk": sk},
        UpdateExpression="SET digest = :d",
        ExpressionAttributeValues={":d": "other"},
    )
    assert all(item["stale"] for item in items(scenario.cart(token).json))


def test_after_a_partial_payment_the_rest_is_offered(scenario: PaymentScenario, token: str) -> None:
    owner, *others = items(scenario.add(token, ACCOUNT).json)
    for other in others:
        scenario.cart(token, "DELETE", f"/items/{other['item_id']}")
    scenario.cart(token, "PATCH", f"/items/{owner['item_id']}", {"amount": 40_000})
    scenario.complete_payment(scenario.check_out(token).json["payment_url"])
    scenario.deliver()
    first, *rest = items(scenario.add(token, ACCOUNT).json)
    assert (first["item_id"], first["amount"], first["due"], first["paid"]) == (
        owner["item_id"], 54_136, 94_136, 40_000,
    )  # fmt: skip
    assert [(item["amount"], item["paid"]) for item in rest] == [(item["due"], 0) for item in rest]
    changed = scenario.cart(token, "PATCH", f"/items/{first['item_id']}", {"amount": 94_136})
    assert items(changed.json)[0]["amount"] == 94_136


def test_a_payment_of_lines_in_the_cart_is_shown_beside_them(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    url = scenario.check_out(token).json["payment_url"]
    assert [item["paid"] for item in items(scenario.add(token, ACCOUNT).json)] == [0] * 7
    scenario.complete_payment(url)
    scenario.deliver()
    assert [item["paid"] == item["due"] for item in items(scenario.cart(token).json)] == [True] * 7


def test_an_unbound_accounts_lines_are_neither_shown_nor_paid(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    pk, sk = binding_key("u1", ACCOUNT)
    scenario.aws.table("USERS_TABLE").delete_item(Key={"pk": pk, "sk": sk})
    assert scenario.cart(token).json["groups"] == []
    assert scenario.check_out(token).json["code"] == "cart_empty"


def test_suppliers_of_different_contracts_are_paid_one_by_one(
    scenario: PaymentScenario,
) -> None:
    scenario.supplier("one", contract="a", commission=Commission(text="1%", basis_points=100))
    scenario.supplier("two", dialect="gorod", contract="b")
    token = scenario.user("u1", scenario.account("1", "one"), scenario.account("2", "two"))
    scenario.add(token, "one:1")
    cart = scenario.add(token, "two:2").json
    assert [order["total"] for order in cart["orders"]] == [TOTAL + 5_135, TOTAL]
    assert [group["order"] for group in cart["groups"]] == [1, 2]
    assert "разные договоры" in cart["note"]
    assert cart["commission"]["amount"] == 5_135
    first = scenario.check_out(token, "k1")
    assert (first.json["amount"], first.json["remaining"]) == (TOTAL + 5_135, 1)
    second = scenario.check_out(token, "k2")
    assert (second.json["amount"], second.json["remaining"]) == (TOTAL, 0)
    assert scenario.cart(token).json["count"] == 0


def test_twenty_accounts_become_orders_that_each_fit_one_transaction(scenario: PaymentScenario) -> None:
    scenario.supplier()
    accounts = [scenario.account(str(number)) for number in range(1, 13)]
    token = scenario.user("u1", *accounts)
    for account in accounts:
        scenario.add(token, account.account_id)
    cart = scenario.cart(token).json
    assert [len(order["account_ids"]) for order in cart["orders"]] == [9, 3]
    url = scenario.check_out(token).json["payment_url"]
    scenario.complete_payment(url)
    assert scenario.deliver() == [200, 200]
    assert scenario.ledger_total() == 9 * TOTAL == scenario.state.balance()


def test_a_stolen_order_number_shows_nothing(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    order_id = scenario.check_out(token).json["order_id"]
    stranger = scenario.user("u2", email="other@example.com")
    for method, path in (("GET", ""), ("POST", "/payment")):
        answer = scenario.call("cart", method, f"/api/orders/{order_id}{path}", stranger)
        unknown = scenario.call("cart", method, f"/api/orders/P000{path}", stranger)
        assert answer.status == unknown.status == 404
        assert answer.problem == unknown.problem
    assert scenario.call("cart", "GET", "/api/orders", stranger).json == {"items": [], "next": None}


def test_orders_are_listed_newest_first_page_by_page(scenario: PaymentScenario, token: str) -> None:
    for number in range(21):
        scenario.add(token, ACCOUNT)
        assert scenario.check_out(token, f"k{number}", {"pay_anyway": True}).status == 201
        scenario.wait(seconds=1)
    page = scenario.call("cart", "GET", "/api/orders", token).json
    assert len(page["items"]) == 20
    rest = scenario.call("cart", "GET", "/api/orders", token, query=f"cursor={page['next']}").json
    created = [order["created_at"] for order in page["items"] + rest["items"]]
    assert len(created) == 21
    assert created == sorted(created, reverse=True)
    forged = scenario.call("cart", "GET", "/api/orders", token, query=f"cursor={page['next']}x")
    assert forged.status == 422


def test_a_changed_version_is_told_before_anything_is_ordered(scenario: PaymentScenario, token: str) -> None:
    version = scenario.add(token, ACCOUNT).json["version"]
    scenario.cart(token, "PATCH", f"/items/{items(scenario.cart(token).json)[0]['item_id']}", {"amount": 5})
    answer = scenario.check_out(token, body={"version": version})
    assert (answer.status, answer.json["code"]) == (409, "cart_changed")
    assert scenario.orders() == []


def test_gets_cost_two_round_trips_and_checkout_four(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    scenario.check_out(token, "warm")
    scenario.wait(seconds=1)
    scenario.add(token, ACCOUNT)
    with measured() as cost:
        scenario.cart(token)
    assert len(cost.operations) == 2
    assert cost.read_units <= 6
    with measured() as cost:
        order_id = scenario.check_out(token, body={"pay_anyway": True}).json["order_id"]
    assert len(cost.operations) == 4, cost.operations
    for path in ("/api/orders", f"/api/orders/{order_id}"):
        with measured() as cost:
            assert scenario.call("cart", "GET", path, token).status == 200
        assert len(cost.operations) <= 2


def test_the_badges_count_is_on_the_carts_own_item(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    row = scenario.aws.table("PAYMENTS_TABLE").get_item(Key={"pk": "CART#u1", "sk": "CART"})["Item"]
    assert int(row["count"]) == 7


@pytest.mark.parametrize(
    ("change", "code"),
    [({"holder": "Петрова Анна"}, "surname_needed"), ({"closed_on": "2020-01-01"}, "account_closed")],
)
def test_an_order_does_not_continue_for_another_holder_or_closed_account(
    scenario: PaymentScenario, token: str, change: dict[str, str], code: str
) -> None:
    scenario.add(token, ACCOUNT)
    order_id = scenario.check_out(token).json["order_id"]
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT)) or {}
    dynamo.put(Table.ACCOUNTS, row | change, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)
    answer = scenario.call("cart", "POST", f"/api/orders/{order_id}/payment", token)
    assert answer.json["code"] == code
    assert scenario.call("cart", "GET", f"/api/orders/{order_id}", token).status == 200
