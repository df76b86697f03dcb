"""What a guest does who pays a receipt: by its code or by address, without a cabinet."""

from typing import Any

from cabinet.receipts import qr_text
from tests.support.factories.bound_accounts import PAYEE
from tests.support.payment_scenario import Answer, PaymentScenario

NUMBER = "1234567899"
ACCOUNT = f"uk-test:{NUMBER}"
ADDRESS = {"account_number": NUMBER, "house": "10", "flat": "1010"}
CODE = qr_text.PaymentRequisites(
    name=PAYEE.name,
    personal_acc=PAYEE.account,
    bank_name=PAYEE.bank_name,
    bic=PAYEE.bic,
    corresp_acc=PAYEE.correspondent_account,
    payee_inn=PAYEE.inn,
    sum_kopecks=419_391,
    pers_acc=NUMBER,
    paym_period="082020",
    last_name="Иванов",
    payer_address="УЛ. КЫШТЫМСКАЯ, 10 - 1010",
)
QR = {"qr": qr_text.build(CODE).decode()}


def post(scenario: PaymentScenario, path: str, body: Any, key: str = "") -> Answer:
    return scenario.call("cart", "POST", f"/api/guest/payments{path}", body=body, key=key)


def found(scenario: PaymentScenario, wanted: dict[str, Any]) -> Any:
    answer = post(scenario, "/lookup", wanted)
    assert answer.status == 200, answer.body
    return answer.json


def pay(scenario: PaymentScenario, wanted: dict[str, Any] = QR, key: str = "k1", **body: Any) -> Answer:
    form = found(scenario, wanted)
    asked = {"token": form["token"], "amount": form["amount"] or 100_000, "method": "card"} | body
    return post(scenario, "", asked, key)


def state(scenario: PaymentScenario, order_token: str) -> Any:
    answer = scenario.call("cart", "GET", f"/api/guest/payments/{order_token}")
    assert answer.status == 200, answer.body
    return answer.json
