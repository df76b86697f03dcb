"""Money under real concurrency: fifty callbacks, two tabs, rival registries, on the local AWS."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo.serialization import deserialize_item
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.exchange.exports.payments import PAYMENTS
from infra.simulators.bank.callback_sender import Call
from tests.support.exported_registries import control_sum
from tests.support.fake_bank_server import BankServer, serving
from tests.support.local_aws import LocalAws
from tests.support.payment_scenario import START, TOTAL, Answer, PaymentScenario

ACCOUNT = "uk-test:1234567899"


class LocalPaymentScenario(PaymentScenario):
    """The scenario on the local AWS: its books are read through the API."""

    def everything(self, variable: str, sort_key: str = "") -> list[dict[str, Any]]:
        pages = (
            dynamo.dynamodb_client().get_paginator("scan").paginate(TableName=self.aws.environment[variable])
        )
        rows = [deserialize_item(item) for page in pages for item in page["Items"]]
        return [row for row in rows if row["sk"].startswith(sort_key)]


@pytest.fixture(scope="module")
def bank_server() -> Iterator[BankServer]:
    with serving() as server:
        yield server


@pytest.fixture
def scenario(
    local_aws: LocalAws, bank_server: BankServer, monkeypatch: pytest.MonkeyPatch
) -> LocalPaymentScenario:
    scenario = LocalPaymentScenario(
        local_aws, bank_server, lambda now: monkeypatch.setattr(clock, "now", now)
    )
    scenario.supplier()
    return scenario


def at_once[T](works: list[Callable[[], T]]) -> list[T]:
    """Do everything at the same time, each in a process of its own as far as the code can tell."""

    def serve(work: Callable[[], T]) -> T:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return work()
        finally:
            loop.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(serve, works))


def test_a_callback_fifty_times_at_once_is_one_payment_and_one_letter(scenario: LocalPaymentScenario) -> None:
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    url = scenario.check_out(token).json["payment_url"]
    scenario.complete_payment(url)
    call: Call = scenario.undelivered_callbacks[-1]
    answers = at_once([lambda: scenario.hear(call)] * 50)
    assert [answer.status for answer in answers] == [200] * 50
    (row,) = scenario.ledger(ACCOUNT)
    assert row["amount"] == TOTAL == scenario.state.balance() == scenario.journal_total("uk-test-rbs")
    assert len(scenario.emails()) == 1
    assert list(scenario.unaccounted(ACCOUNT)) == [row["payment_id"]]


def test_ten_tabs_at_once_make_one_order(scenario: LocalPaymentScenario) -> None:
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answers = at_once([lambda n=n: scenario.check_out(token, f"k{n}") for n in range(10)])  # type: ignore[misc]
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert len(scenario.orders()) == len(scenario.state.payments) == 1


def test_ten_clicks_at_once_make_one_order_and_one_link(scenario: LocalPaymentScenario) -> None:
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answers: list[Answer] = at_once([lambda: scenario.check_out(token)] * 10)
    links = {answer.json["payment_url"] for answer in answers if answer.status == 201}
    assert len(links) == len(scenario.orders()) == len(scenario.state.payments) == 1
    others = {answer.json["code"] for answer in answers if answer.status != 201}
    assert others <= {"payment_being_prepared"}


def test_callback_reconciliation_and_another_try_at_once_credit_once(scenario: LocalPaymentScenario) -> None:
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token).json
    scenario.complete_payment(answer["payment_url"])
    call = scenario.undelivered_callbacks[-1]
    scenario.wait(minutes=21)
    path = f"/api/orders/{answer['order_id']}/payment"
    at_once(
        [lambda: scenario.hear(call)] * 5
        + [lambda: scenario.reconcile_orders()] * 5
        + [lambda: scenario.call("cart", "POST", path, token)] * 5
    )
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()
    assert len(scenario.state.payments) == 1
    assert len(scenario.emails()) == 1


def test_rival_exports_put_each_payment_into_one_registry(scenario: LocalPaymentScenario) -> None:
    accounts = [scenario.account(str(number)) for number in range(6)]
    token = scenario.user("u1", *accounts)
    for number, account in enumerate(accounts):
        scenario.add(token, account.account_id)
        scenario.complete_payment(scenario.check_out(token, f"k{number}").json["payment_url"])
    scenario.deliver()

    def export() -> object:
        try:
            return PAYMENTS.export("uk-test", START.date(), clock.now())
        except DomainError as error:
            return error

    at_once([export] * 4)
    while (left := PAYMENTS.export("uk-test", START.date(), clock.now())) is not None:
        PAYMENTS.mark_delivered(left.registry, clock.now())
    made = [PAYMENTS.redeliver("uk-test", registry.number) for registry in PAYMENTS.registries("uk-test")]
    assert sum(each.rows for each in made) == 6
    assert sum(control_sum(each.content) for each in made) == 6 * TOTAL
    assert not [row for row in scenario.everything("PAYMENTS_TABLE") if row["pk"].startswith("PAYOUT#")]
