"""The simulated bank as the local stack mounts it: its page, its faults, its three tries."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from cabinet.payments.providers.base import RegistrationLine
from cabinet.payments.providers.rbs.client import order_bundle
from infra.simulators.bank import credentials
from infra.simulators.bank.app import create_app
from infra.simulators.bank.callback_sender import Call, ThreadedCallbackSender
from infra.simulators.bank.state import State
from tests.support.app_client import AppClient
from tests.support.fake_bank_server import RecordingSender


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def sender() -> RecordingSender:
    return RecordingSender()


@pytest.fixture
def client(state: State, sender: RecordingSender) -> AppClient:
    bank = create_app(state, sender)
    return AppClient(Starlette(routes=[Mount("/local/bank", bank)]), base_url="http://127.0.0.1:8000")


def registered(client: AppClient, number: str = "P1") -> str:
    form = {
        "userName": credentials.USER,
        "password": credentials.PASSWORD,
        "orderNumber": number,
        "amount": "329308",
        "currency": "643",
        "returnUrl": "http://127.0.0.1:8000/orders/P1",
        "dynamicCallbackUrl": "http://127.0.0.1:8000/api/payments/rbs/callback",
        "orderBundle": json.dumps(order_bundle([RegistrationLine("Отопление <1>", 329308)])),
    }
    answer = client.post("/local/bank/rbs/register.do", data=form).json()
    return str(answer["formUrl"])


def test_the_page_is_where_the_bank_is_mounted_and_speaks_russian(client: AppClient) -> None:
    url = registered(client)
    assert url.startswith("http://127.0.0.1:8000/local/bank/page?order=")
    page = client.get(url).text
    for words in ("Оплатить", "Отклонить", "3 293,08 ₽", "Отопление &lt;1&gt;", 'lang="ru"', "До окончания"):
        assert words in page
    assert client.get("/local/bank/page?order=none").status_code == 404


@pytest.mark.parametrize(
    ("outcome", "operations"),
    [("approve", ["approved", "deposited"]), ("decline", ["declined"]), ("expire", ["declinedByTimeout"])],
)
def test_each_button_ends_in_its_callbacks_and_leads_back(
    client: AppClient, sender: RecordingSender, outcome: str, operations: list[str]
) -> None:
    url = registered(client)
    order = url.partition("order=")[2]
    form = {"order": order, "outcome": outcome}
    pressed = client.post("/local/bank/page", data=form, follow_redirects=False)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "http://127.0.0.1:8000/orders/P1")
    assert len(sender.calls) == len(operations)
    for operation, call in zip(operations, sender.calls, strict=True):
        assert f"operation={operation}&" in call.query
    assert "Вернуться в личный кабинет" in client.get(url).text


def test_paying_without_a_page_and_setting_faults(client: AppClient, sender: RecordingSender) -> None:
    assert client.post("/local/bank/faults", json={"copies": 2, "forge": True}).status_code == 200
    assert client.post("/local/bank/faults", json={"nonsense": 1}).status_code == 422
    url = registered(client)
    paid = client.post("/local/bank/pay", json={"payment_url": url, "outcome": "approve"}).json()
    assert paid == {"order": "P1", "status": "paid", "done": True}
    assert len(sender.calls) == 5
    again = client.post("/local/bank/pay", json={"payment_url": url, "outcome": "decline"}).json()
    assert (again["status"], again["done"]) == ("paid", False)
    assert client.post("/local/bank/pay", json={"payment_url": "x"}).status_code == 404
    assert client.post("/local/bank/refund", json={"order": "P1", "amount": 5}).json()["refunded"] == 5
    register = client.get("/local/bank/register.csv").text
    assert register == "order_number;amount;status\r\nP1;3293.08;paid\r\nP1;0.05;refund\r\n"


@pytest.mark.parametrize("wrong", [{"copies": "many"}, {"delay_s": []}, {"amount_delta": {}}])
def test_a_fault_that_is_not_understood_is_refused_when_it_is_set(
    client: AppClient, wrong: dict[str, Any]
) -> None:
    assert client.post("/local/bank/faults", json=wrong).status_code == 422


def test_faults_set_after_the_checkout_hold_for_it_too(client: AppClient, sender: RecordingSender) -> None:
    url = registered(client)
    assert client.post("/local/bank/faults", json={"lost": True}).status_code == 200
    client.post("/local/bank/pay", json={"payment_url": url})
    assert sender.calls == []


def test_a_silent_bank_speaks_again_when_the_faults_are_taken_back(client: AppClient) -> None:
    client.post("/local/bank/faults", json={"silent": True})
    client.post("/local/bank/pay", json={"payment_url": registered(client)})
    question = {"userName": credentials.USER, "password": credentials.PASSWORD, "orderNumber": "P1"}
    assert client.post("/local/bank/rbs/getOrderStatusExtended.do", data=question).status_code == 504
    client.post("/local/bank/faults", json={})
    bank_status = client.post("/local/bank/rbs/getOrderStatusExtended.do", data=question).json()
    assert bank_status["orderStatus"] == 2


def test_a_refund_finds_the_attempt_that_was_paid_by_the_order(client: AppClient) -> None:
    registered(client)
    client.post("/local/bank/pay", json={"payment_url": registered(client, "P1-2")})
    assert client.post("/local/bank/refund", json={"order": "P1", "amount": 7}).json()["refunded"] == 7


class Listener(BaseHTTPRequestHandler):
    """Refuses twice, then accepts."""

    heard: list[str]
    done: threading.Event

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(200 if len(self.heard) >= 3 else 503)
        self.end_headers()
        if len(self.heard) >= 3:
            self.done.set()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[str]:
    Listener.heard, Listener.done = [], threading.Event()
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()


def test_a_callback_is_tried_three_times(listener: str) -> None:
    ThreadedCallbackSender(pause_s=0.01).send([Call(listener, "a=1")])
    assert Listener.done.wait(20)
    assert Listener.heard == ["/callback?a=1"] * 3
