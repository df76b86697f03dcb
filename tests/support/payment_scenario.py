"""A payment scenario: the manual's receipt, a bank, a clock, and the functions as Lambda runs them."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Merchant, Payee, ReceiptKind
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.model import Amounts, Preliminary, Receipt, ServiceLine
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.identity.session_tokens import open_session
from cabinet.payments import reconciliation
from cabinet.payments.keys import due_shard
from cabinet.payments.model import Order
from cabinet.payments.providers import credentials
from cabinet.payments.providers.http_client import circuit_breaker_for
from cabinet.web.auth import COOKIE
from infra.simulators.bank.app import BankSimulator
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.credentials import SERVICE_NUMBER, store_secret
from infra.simulators.bank.state import Faults, Payment, State
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.fake_bank_server import BankServer, RecordingSender, new_simulator
from tests.support.lambda_context import Context

SECRET = "cabinet/bank/test"
REPAIR = Payee(
    name="Капитальный ремонт",
    inn="7447004569",
    account="40702810300000012345",
    bank_name="Южноуральское отделение № 8597",
    bic="047501602",
    correspondent_account="30101810700000000602",
)
MANUAL = [
    ("Капитальный ремонт", REPAIR.inn, 94_136),
    ("ВО в целях сод.ОИ", bound_accounts.PAYEE.inn, 565),
    ("Обслуживание и ремонт", bound_accounts.PAYEE.inn, 263_351),
    ("Охрана", bound_accounts.PAYEE.inn, 133_742),
    ("Обсл. спец. счета к.р.", bound_accounts.PAYEE.inn, 7_462),
    ("ХВС в целях сод.ОИ", bound_accounts.PAYEE.inn, 779),
    ("Эл.эн в целях сод.ОИ", bound_accounts.PAYEE.inn, 13_492),
]
"""The manual's cart, in kopecks: 5 135,27 in all."""
TOTAL = 513_527
START = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)


@dataclass
class Answer:
    """What a function answered."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> dict[str, Any]:
        """The error without what names this one request."""
        return {name: value for name, value in self.json.items() if name != "instance"}


class PaymentScenario:
    """Everything that a payment touches, and the people who press the buttons."""

    def __init__(
        self, aws: Aws, server: BankServer, set_clock: Callable[[Callable[[], datetime]], None]
    ) -> None:
        self.aws = aws
        self.moment = START
        set_clock(lambda: self.moment)
        self.state = State(now=lambda: self.moment)
        self.simulator: BankSimulator = new_simulator(self.state)
        self.simulator.ask = self._called
        self.server = server
        server.open(self.simulator)
        credentials._cached.cache_clear()  # noqa: SLF001 - each scenario has a bank of its own
        circuit_breaker_for.cache_clear()
        store_secret(aws.client("secretsmanager"), SECRET)

    # ------------------------------------------------------------------ what a test begins with

    def empty(self) -> None:
        """Forget every item, payment and callback; the tables stay."""
        self.aws.tables.empty()
        self.moment = START
        self.state.payments.clear()
        self.state.receipts.clear()
        self.state.cards.clear()
        self.state.faults = Faults()
        self.undelivered_callbacks.clear()
        circuit_breaker_for.cache_clear()

    def merchant(self, dialect: str = "rbs", contract: str = "c1") -> Merchant:
        base_url = f"{self.server.origin}/{dialect}"
        return Merchant(
            contract=contract,
            dialect=dialect,
            base_url=base_url,
            secret=SECRET,
            service_number=SERVICE_NUMBER,
            methods=CAPABILITIES[dialect].methods[:1],  # type: ignore[index]
            fiscal_url=base_url if dialect == "raiffeisen" else "",
        )  # type: ignore[arg-type]

    def supplier(self, supplier_id: str = "uk-test", dialect: str = "rbs", **changes: Any) -> None:
        contract = changes.pop("contract", f"{supplier_id}-{dialect}")
        given = {
            "merchant": self.merchant(dialect, contract),
            "payees": [bound_accounts.PAYEE, REPAIR],
            "receipt_kinds": {"Объединенная": ReceiptKind(payee_inn=bound_accounts.PAYEE.inn)},
        }
        bound_accounts.supplier(supplier_id, **(given | changes))

    def account(self, number: str = "1234567899", supplier_id: str = "uk-test") -> Account:
        made = bound_accounts.account(number, supplier_id)
        self.receipt(made.account_id)
        return made

    def receipt(self, account_id: str, period: str = "2020-08", **changes: Any) -> Receipt:
        services = [ServiceLine(service=s, payee_inn=inn, charged=due, total=due) for s, inn, due in MANUAL]
        fields: dict[str, Any] = {
            "kind": "main",
            "kind_title": "Объединенная",
            "period": period,
            "main": Amounts(charged=TOTAL, total=TOTAL),
            "penalty": Amounts(),
            "preliminary": Preliminary(period="2020-09", main=190_464),
            "services": services,
        }
        made = Receipt(**(fields | changes))
        bound_accounts.receipt(account_id, made)
        return made

    def user(self, user_id: str = "u1", *owned: Account, email: str = "subscriber@example.com") -> str:
        return bound_accounts.user(user_id, *owned, email=email)

    def sign_in(self, user_id: str = "u1") -> str:
        session, token = open_session(user_id, "test", clock.now())
        bound_accounts.write(Table.USERS, session)
        return token

    def wait(self, **amount: float) -> None:
        self.moment += timedelta(**amount)

    # ------------------------------------------------------------------ the doors

    def call(
        self,
        function: str,
        method: str,
        path: str,
        token: str = "",
        body: Any = None,
        query: str = "",
        key: str = "",
        raw: bytes = b"",
        signature: str = "",
    ) -> Answer:
        """Call an HTTP function as API Gateway does; `raw` and `signature` are of a bank's callback."""
        import importlib

        headers = {"x-requested-with": "cabinet", "x-forwarded-for": "198.51.100.7", "host": "127.0.0.1:8000"}
        if token:
            headers["cookie"] = f"{COOKIE}={token}"
        if key:
            headers["idempotency-key"] = key
        if body is not None:
            headers["content-type"] = "application/json"
        if signature:
            headers["x-api-signature-sha256"] = signature
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.7"},
                "requestId": "r",
                "stage": "$default",
            },
            "body": json.dumps(body) if body is not None else raw.decode(),
            "isBase64Encoded": False,
        }
        answer = importlib.import_module(f"{function}.lambda_function").handler(event, Context())
        text = answer.get("body") or ""
        if answer.get("isBase64Encoded"):
            import base64

            return Answer(answer["statusCode"], base64.b64decode(text), answer["headers"])
        return Answer(answer["statusCode"], text.encode(), answer["headers"])

    def cart(
        self, token: str, method: str = "GET", path: str = "", body: Any = None, key: str = ""
    ) -> Answer:
        return self.call("cart", method, f"/api/cart{path}", token, body, key=key)

    def add(
        self,
        token: str,
        account_id: str,
        receipt_id: str = "2020-08-main",
        with_preliminary: bool = False,
        pay_ahead: bool = False,
    ) -> Answer:
        wanted = {
            "account_id": account_id,
            "receipt_id": receipt_id,
            "with_preliminary": with_preliminary,
            "pay_ahead": pay_ahead,
        }
        return self.cart(token, "POST", "/items", wanted)

    def check_out(self, token: str, key: str = "k1", body: Any = None) -> Answer:
        return self.cart(token, "POST", "/checkout", body if body is not None else {}, key=key)

    def reconcile_orders(self) -> None:
        """Run reconciliation over the shards in which there are orders: as the schedule does, but cheaper.

        A run that could not reach the storage has failed, and the schedule comes again.
        """
        shards = {due_shard(order.order_id) for order in self.orders()}
        with suppress(ServiceUnavailable):
            reconciliation.run(sorted(shards), clock.now(), lambda: True)

    def reconcile(self, **more: int) -> Any:
        from reconciliation.app import handler

        return handler({"schedule": "reconciliation", **more}, Context())  # type: ignore[arg-type]

    # ------------------------------------------------------------------ the bank's side

    def payment(self, payment_url: str) -> Payment:
        named = parse_qs(urlsplit(payment_url).query)
        return self.state.payments[(named.get("order") or named["orderId"])[0]]

    def complete_payment(self, payment_url: str, outcome: str = "approve") -> bool:
        return self.simulator.complete_payment(self.payment(payment_url), outcome)

    @property
    def undelivered_callbacks(self) -> list[Call]:
        sender = self.simulator.sender
        assert isinstance(sender, RecordingSender)
        return sender.calls

    def deliver(self) -> list[int]:
        """Deliver the callbacks that wait, each up to three times, 30 s apart; return the last statuses."""
        statuses = []
        while self.undelivered_callbacks:
            call = self.undelivered_callbacks.pop(0)
            for attempt in range(3):
                if attempt:
                    self.wait(seconds=30)
                status = self.hear(call).status
                if status == 200:
                    break
            statuses.append(status)
        return statuses

    def hear(self, call: Call) -> Answer:
        path = urlsplit(call.url).path
        if call.body:
            return self.call("payment_callback", "POST", path, raw=call.body, signature=call.signature)
        return self.call("payment_callback", "GET", path, query=call.query)

    def _called(self, call: Call) -> bytes | None:
        answer = self.hear(call)
        return answer.body if answer.status == 200 else None

    # ------------------------------------------------------------------ the books

    def order(self, order_id: str) -> Order:
        from cabinet.payments.orders import store as order_store

        return order_store.current(order_id)

    def ledger(self, account_id: str) -> list[dict[str, Any]]:
        partition = account_key(account_id)[0]
        return list(dynamo.query_all(Table.ACCOUNTS, partition, begins="PAYMENT#", consistent=True))

    def unaccounted(self, account_id: str) -> dict[str, Any]:
        row = dynamo.get(Table.ACCOUNTS, account_key(account_id), consistent=True)
        assert row is not None
        return dict(row["unaccounted"])

    def ledger_total(self) -> int:
        """Return the sum of all ledger rows of all accounts."""
        return sum(int(row["amount"]) for row in self.everything("ACCOUNTS_TABLE", "PAYMENT#"))

    def orders(self) -> list[Order]:
        return [Order.model_validate(dict(row)) for row in self.everything("PAYMENTS_TABLE", "ORDER")]

    def journal_total(self, contract: str) -> int:
        rows = self.everything("PAYMENTS_TABLE")
        return sum(row["total"] for row in rows if row["pk"].startswith(f"JOURNAL#{contract}#"))

    def emails(self, template: str = "payment_received") -> list[dict[str, Any]]:
        """Return the letters of a template, sent and unsent."""
        rows = self.everything("MESSAGES_TABLE")
        return [row for row in rows if row.get("template") == template and not row["pk"].startswith("PUSH")]

    def everything(self, variable: str, sort_key: str = "") -> list[dict[str, Any]]:
        """Return the items of a table whose sort key begins so."""
        return self.aws.tables.items_of(self.aws.environment[variable], sort_key)


def status_and_code(answer: Answer) -> tuple[int, str]:
    """Return a refusal's status and code."""
    return answer.status, str(answer.json["code"])


def path_of(account_id: str) -> str:
    """Return an account's identifier as in a path."""
    return quote(account_id, safe="")
