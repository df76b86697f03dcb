"""Everything that is due goes into the cart by one request: all of it or nothing, and once."""

from typing import Any

import pytest

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from tests.support.dynamo_cost import measured
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.payment_scenario import TOTAL, Answer, PaymentScenario
from tests.support.rivals import elsewhere

FIRST, SECOND = "uk-test:1234567899", "other:5"


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    """Two flats of two suppliers; the second one's newest receipt is of two kinds."""
    scenario.supplier()
    scenario.supplier("other", contract="uk-test-rbs")
    flats = [scenario.account(), scenario.account("5", "other")]
    scenario.receipt(SECOND, "2020-07", kind="water", kind_title="ХВС и ВО", preliminary=None)
    return scenario.user("u1", *flats)


def add_due(scenario: PaymentScenario, token: str, **body: Any) -> Answer:
    return scenario.cart(token, "POST", "/receipts", body)


def change_account(account_id: str, **values: Any) -> None:
    row = dynamo.get(Table.ACCOUNTS, account_key(account_id)) or {}
    dynamo.put(Table.ACCOUNTS, row | values, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]


def test_all_that_is_due_of_all_flats_comes_at_once(scenario: PaymentScenario, token: str) -> None:
    answer = add_due(scenario, token)
    assert answer.status == 201, answer.body
    cart = answer.json
    assert {group["account_id"]: group["subtotal"] for group in cart["groups"]} == {
        FIRST: TOTAL, SECOND: 2 * TOTAL,
    }  # fmt: skip
    home = scenario.call("queries", "GET", "/api/home", token).json
    assert cart["total"] == home["to_pay"] == 3 * TOTAL
    assert home["counters"]["cart"] == cart["count"]
    assert cart == scenario.cart(token).json


def test_the_same_again_changes_nothing_and_keeps_an_adjusted_sum(
    scenario: PaymentScenario, token: str
) -> None:
    cart = add_due(scenario, token).json
    item = cart["groups"][0]["receipts"][0]["payees"][0]["items"][0]
    adjusted = scenario.cart(token, "PATCH", f"/items/{item['item_id']}", {"amount": 100}).json
    assert add_due(scenario, token).json == adjusted


def test_accounts_may_be_named_and_the_advance_wished(scenario: PaymentScenario, token: str) -> None:
    cart = add_due(scenario, token, account_ids=[FIRST, FIRST], with_preliminary=True).json
    assert cart["total"] == TOTAL + 190_464


def test_what_is_paid_already_is_not_due(scenario: PaymentScenario, token: str) -> None:
    url = add_due(scenario, token, account_ids=[FIRST]) and scenario.check_out(token).json["payment_url"]
    scenario.complete_payment(url)
    scenario.deliver()
    assert scenario.call("queries", "GET", "/api/home", token).json["to_pay"] == 2 * TOTAL
    assert {group["account_id"] for group in add_due(scenario, token).json["groups"]} == {SECOND}
    answer = add_due(scenario, token, account_ids=[FIRST])
    assert (answer.status, answer.json["code"]) == (409, "nothing_to_pay")


def test_accounts_that_cannot_be_paid_are_passed_over_unless_named(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.supplier("mute", merchant=None)
    mute = scenario.account("7", "mute")
    token = scenario.user("u2", *[scenario.account("8"), scenario.account("9", "other"), mute])
    change_account("uk-test:8", holder="Петров П. П.")
    change_account("other:9", closed_on="2026-09-01")
    for account_id, code in (
        ("uk-test:8", "surname_needed"),
        ("other:9", "account_closed"),
        ("mute:7", "feature_unavailable"),
        (FIRST, "not_found"),
    ):
        answer = add_due(scenario, token, account_ids=[account_id])
        assert answer.json["code"] == code, account_id
    assert add_due(scenario, token).json["code"] == "nothing_to_pay"
    assert scenario.cart(token).json["count"] == 0


def test_a_cart_that_would_be_too_full_takes_none_of_it(scenario: PaymentScenario, token: str) -> None:
    flats = [scenario.account(f"10{n:02}") for n in range(15)]
    token = scenario.user("u3", *flats)
    answer = add_due(scenario, token)
    assert (answer.status, answer.json["code"]) == (409, "cart_full")
    assert scenario.cart(token).json["count"] == 0


@pytest.mark.parametrize("body", [{"account_ids": []}, {"account_ids": ["x"] * 21}, {"account_ids": "x"}])
def test_a_wrong_list_of_accounts_is_refused(
    scenario: PaymentScenario, token: str, body: dict[str, Any]
) -> None:
    assert add_due(scenario, token, **body).status == 422


def test_a_rivals_line_of_another_tab_survives(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = FaultInjector()
    injector.patch(monkeypatch)
    injector.process(lambda: add_due(scenario, token, account_ids=[FIRST]))
    writing = injector.calls.index("dynamodb.PutItem") + 1
    scenario.cart(token, "DELETE")
    injector.calls, injector.number = [], writing
    injector.fault = lambda: elsewhere(lambda: scenario.add(token, SECOND))
    answer = injector.process(lambda: add_due(scenario, token, account_ids=[FIRST]))
    assert answer is not None
    assert {group["account_id"] for group in answer.json["groups"]} == {FIRST, SECOND}


@pytest.mark.parametrize("fault", FAULTS)
def test_dying_at_any_call_leaves_all_or_nothing_and_the_next_try_all(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    injector = FaultInjector(fault=fault)
    injector.patch(monkeypatch)
    whole = add_due(scenario, token).json["total"]
    number = 0
    while True:
        number += 1
        scenario.cart(token, "DELETE")
        injector.calls, injector.number = [], number
        injector.process(lambda: add_due(scenario, token))
        if len(injector.calls) < number:
            break
        assert scenario.cart(token).json["total"] in (0, whole)
        assert add_due(scenario, token).json["total"] == whole
    assert number > 3


def test_the_request_is_three_reads_one_write_and_the_cart_shown(
    scenario: PaymentScenario, token: str
) -> None:
    add_due(scenario, token)
    scenario.cart(token, "DELETE")
    with measured() as cost:
        add_due(scenario, token)
    assert cost.operations == ["Query", "BatchGetItem", "BatchGetItem", "PutItem", "BatchGetItem"]
