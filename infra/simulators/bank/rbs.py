"""The RBS/BPC dialect as a bank speaks it: register.do, getOrderStatusExtended.do, refund.do, reverse.do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import segno
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.bank import credentials
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.requests import form_of, own_address
from infra.simulators.bank.state import Card, Payment, PaymentState, State

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    type Form = dict[str, str]
    type Answer = Callable[[Request, Form], Awaitable[Response]]

_TYPED_CARD = "411111**1111"
"""What the page's card is shown as."""
_STATUSES = {
    PaymentState.WAITING: 0,
    PaymentState.PAID: 2,
    PaymentState.REVERSED: 3,
    PaymentState.REFUNDED: 4,
    PaymentState.DECLINED: 6,
}
(
    _ERROR_NUMBER_USED,
    _ERROR_NO_CARD,
    _ERROR_ACCESS_DENIED,
    _ERROR_WRONG_INPUT,
    _ERROR_UNKNOWN_ORDER,
    _ERROR_WRONG_STATE,
    _ERROR_CHARGED,
) = 1, 2, 5, 4, 6, 7, 10


def routes(state: State, notify: Any) -> list[Route]:  # noqa: ANN401 - a function of payment and operations
    """Return the dialect's routes."""

    async def register(request: Request, form: Form) -> Response:
        with state.lock:
            if state.by_number(form["orderNumber"]) is not None:
                return _error(_ERROR_NUMBER_USED, "Заказ с таким номером уже обработан")
            amount = int(form["amount"])
            items = json.loads(form["orderBundle"])["cartItems"]["items"]
            if sum(item["itemAmount"] for item in items) != amount or len(form["orderNumber"]) > 32:
                return _error(_ERROR_WRONG_INPUT, "Неверная сумма или состав заказа")
            payment = state.register(
                "rbs",
                form["orderNumber"],
                amount,
                currency=form["currency"],
                return_url=form["returnUrl"],
                callback_url=form.get("dynamicCallbackUrl", ""),
                description=form.get("description", ""),
                lines=[(item["name"], item["itemAmount"]) for item in items],
                session=timedelta(seconds=int(form.get("sessionTimeoutSecs", "1200"))),
                client_id=form.get("clientId", ""),
                is_unattended="AUTO_PAYMENT" in form.get("features", ""),
            )
        return JSONResponse({"orderId": payment.bank_id, "formUrl": page_url(request, payment)})

    async def status(_: Request, form: Form) -> Response:
        payment = _named(state, form)
        if payment is None:
            return _error(_ERROR_UNKNOWN_ORDER, "Заказ не найден")
        if state.is_silent(payment):
            return Response(status_code=504)
        return JSONResponse(described(state, payment))

    async def refund(_: Request, form: Form) -> Response:
        payment = _named(state, form)
        if payment is None:
            return _error(_ERROR_UNKNOWN_ORDER, "Заказ не найден")
        if state.is_silent(payment):
            return Response(status_code=504)
        expected = form.get("expectedDepositedAmount")
        deposited = int(expected) if expected else None
        before = payment.refunded
        if not state.refund_once(payment, int(form["amount"]), form.get("externalRefundId", ""), deposited):
            return _error(_ERROR_WRONG_STATE, "Возврат невозможен")
        if payment.refunded != before:
            notify(payment, ["refunded"])
        if state.refunds_lost:
            state.refunds_lost -= 1
            return Response(status_code=504)
        return JSONResponse({"errorCode": "0"})

    async def reverse(_: Request, form: Form) -> Response:
        return _undone(form, state.reverse, "reversed")

    async def decline(_: Request, form: Form) -> Response:
        return _undone(form, state.decline, "declined")

    async def draw_qr(request: Request, form: Form) -> Response:
        payment = state.payments.get(form["mdOrder"])
        if payment is None or payment.at(state.now()) is not PaymentState.WAITING:
            return _error(_ERROR_UNKNOWN_ORDER, "Заказ не найден")
        if payment.faults.qr == "refused" or not 10 <= int(form["qrHeight"]) <= 1000:
            return _error(_ERROR_WRONG_INPUT, "QR-код недоступен")
        payment.qr_id = payment.qr_id or f"AD{uuid.uuid4().hex[:30].upper()}"
        if payment.faults.qr == "paid" and state.pay(payment):
            await run_in_threadpool(notify, payment, ["approved", "deposited"])
        if payment.faults.qr == "lost":
            return Response(status_code=504)
        # The check sum is a constant, as on the banks' test stands.
        payload = f"{page_url(request, payment)}&type=02&sum={payment.amount}&cur=RUB&crc=0000"
        return JSONResponse(
            {"errorCode": "0", "qrId": payment.qr_id, "payload": payload, "qrStatus": "STARTED"}
            | {"renderedQr": drawn(payload)}
        )

    async def reject_qr(_: Request, form: Form) -> Response:
        payment = state.payments.get(form["mdOrder"])
        if payment is None or payment.qr_id != form["qrId"] or payment.is_qr_ended:
            return _error(_ERROR_UNKNOWN_ORDER, "QR-код не найден")
        payment.is_qr_ended = True
        return JSONResponse({"errorCode": "0"})

    async def charge(_: Request, form: Form) -> Response:
        payment = state.payments.get(form["mdOrder"])
        if payment is None:
            return _error(_ERROR_UNKNOWN_ORDER, "Заказ не найден")
        card = state.card_of(payment, form["bindingId"])
        if card is None or payment.faults.card == "vanished":
            return _error(_ERROR_NO_CARD, "Связка не найдена")
        if (form.get("tii") == "U") != payment.is_unattended or not form.get("ip"):
            return _error(_ERROR_WRONG_INPUT, "Операция не разрешена")
        if not state.charge(payment, card):
            return _error(_ERROR_CHARGED, "Оплата по заказу уже проведена")
        if payment.payment_state is PaymentState.PAID:
            await run_in_threadpool(notify, payment, ["approved", "deposited"])
        if payment.faults.card == "lost":
            return Response(status_code=504)
        if payment.faults.card == "garbled":
            return JSONResponse(["Ваш платёж обработан"])
        answer = {"errorCode": "0", "info": "Ваш платёж обработан, происходит переадресация..."}
        if payment.faults.card == "secure":
            answer |= {"acsUrl": "https://acs.bank.example/", "paReq": "eJx", "termUrl": "x"}
        return JSONResponse(answer)

    async def list_cards(_: Request, form: Form) -> Response:
        kept = [c for c in state.cards.values() if c.is_active and c.client_id == form.get("clientId")]
        if not kept:
            return _error(_ERROR_NO_CARD, "Связок не найдено")
        bindings = [
            {"bindingId": c.card_id, "maskedPan": c.masked_pan, "expiryDate": c.expires, "paymentWay": "CARD"}
            for c in kept
        ]
        return JSONResponse({"errorCode": "0", "bindings": bindings})

    async def forget_card(_: Request, form: Form) -> Response:
        if not state.forget_card(form.get("bindingId", "")):
            return _error(_ERROR_NO_CARD, "Связка не активна")
        return JSONResponse({"errorCode": "0", "errorMessage": "Успешно"})

    def _undone(form: Form, undo: Callable[[Payment], bool], operation: str) -> Response:
        payment = _named(state, form)
        if payment is None or not undo(payment):
            return _error(_ERROR_WRONG_STATE, "Отмена невозможна")
        notify(payment, [operation])
        return JSONResponse({"errorCode": "0"})

    def signed_in(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that answers a form with the shop's login and password."""

        async def endpoint(request: Request) -> Response:
            form = await form_of(request)
            if state.is_down:
                return Response(status_code=503)
            if (form.get("userName"), form.get("password")) != (credentials.USER, credentials.PASSWORD):
                return _error(_ERROR_ACCESS_DENIED, "Доступ запрещён")
            return await answer(request, form)

        return endpoint

    answers: dict[str, Answer] = {
        "register.do": register,
        "getOrderStatusExtended.do": status,
        "refund.do": refund,
        "decline.do": decline,
        "paymentOrderBinding.do": charge,
        "getBindings.do": list_cards,
        "unBindCard.do": forget_card,
        "reverse.do": reverse,
        "sbp/c2b/qr/dynamic/get.do": draw_qr,
        "sbp/c2b/qr/dynamic/reject.do": reject_qr,
    }
    return [Route(f"/rbs/{name}", signed_in(answer), methods=["POST"]) for name, answer in answers.items()]


def described(state: State, payment: Payment) -> dict[str, Any]:
    """Return the answer of getOrderStatusExtended.do."""
    payment_state = payment.at(state.now())
    was_paid = payment_state in (PaymentState.PAID, PaymentState.REFUNDED)
    was_taken = was_paid or payment.paid_at is not None
    bank_status: dict[str, Any] = {
        "errorCode": "0",
        "orderNumber": payment.number,
        "orderStatus": _STATUSES[payment_state],
        # What was registered, also where a part was deposited; never less than was taken.
        "amount": max(payment.taken, payment.amount) if was_taken else payment.amount,
        "currency": payment.currency,
        "attributes": [{"name": "mdOrder", "value": payment.bank_id}],
        "paymentAmountInfo": {
            "depositedAmount": payment.taken - payment.refunded if was_paid else 0,
            # A reversal is no refund: the bank shows nothing deposited, and nothing refunded.
            "refundedAmount": payment.refunded if was_paid else 0,
        },
    }
    if was_taken and not payment.qr_id:
        bank_status["cardAuthInfo"] = {"maskedPan": _TYPED_CARD, "expiration": "202912"}
    card = state.cards.get(payment.card_id)
    if was_taken and card is not None and payment.faults.card != "unnamed":
        bank_status |= {
            "bindingInfo": {"clientId": card.client_id, "bindingId": card.card_id},
            "cardAuthInfo": {"maskedPan": card.masked_pan, "expiration": card.expires},
            "bankInfo": {"bankName": "Учебный банк"},
        }
    if payment.decline_code:
        bank_status["actionCode"] = payment.decline_code
    if was_paid:
        bank_status["receiptUrl"] = f"https://ofd.example/{payment.bank_id}"
    return bank_status


def callbacks(payment: Payment, operations: list[str]) -> list[Call]:
    """Return the signed callbacks about a payment, with its faults."""
    faults = payment.faults
    if faults.lost or not payment.callback_url:
        return []
    made = [signed_query(payment, operation) for operation in operations]
    if faults.reorder:
        made.reverse()
    queries = [query for query in made for _ in range(max(1, faults.copies))]
    if faults.forge:
        queries.insert(0, signed_query(payment, "deposited", key="not-the-key"))
    return [
        Call(payment.callback_url, query, faults.delay_s if position == 0 else 0)
        for position, query in enumerate(queries)
    ]


def card_callbacks(payment: Payment) -> list[Call]:
    """Return the callback about a card that was kept: it names no order."""
    if payment.faults.lost or not payment.callback_url or not payment.card_id:
        return []
    about = {"operation": "bindingCreated", "status": "1", "bindingId": payment.card_id}
    return [Call(payment.callback_url, _signed(about | {"clientId": payment.client_id}))]


def card_changed_callback(card: Card) -> list[Call]:
    """Return the callback about a card that was ended, or is in force again: it names no order either."""
    about = {"operation": "bindingActivityChanged", "status": "1", "bindingId": card.card_id}
    return (
        [Call(card.callback_url, _signed(about | {"clientId": card.client_id}))] if card.callback_url else []
    )


def signed_query(payment: Payment, operation: str, key: str = credentials.CALLBACK_KEY) -> str:
    """Return the query of one callback, signed as the bank signs."""
    parameters = {
        "mdOrder": payment.bank_id,
        "orderNumber": payment.number,
        "operation": operation,
        "status": "1",
        "amount": str(payment.taken),
    }
    return _signed(parameters, key)


def _signed(parameters: dict[str, str], key: str = credentials.CALLBACK_KEY) -> str:
    text = "".join(f"{name};{value};" for name, value in sorted(parameters.items()))
    checksum = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    return urlencode(parameters | {"checksum": checksum, "sign_alias": "local"})


def drawn(payload: str) -> str:
    """Return the code of a link as the bank draws it: a PNG in base64."""
    picture = io.BytesIO()
    segno.make(payload, error="m", mask=0, micro=False).save(picture, kind="png", scale=5)
    return base64.b64encode(picture.getvalue()).decode()


def page_url(request: Request, payment: Payment) -> str:
    """Return the link of the payment page, at the address that the bank was called by."""
    return f"{own_address(request)}/page?order={payment.bank_id}"


def _named(state: State, form: dict[str, str]) -> Payment | None:
    if form.get("orderId"):
        return state.payments.get(form["orderId"])
    return state.by_number(form.get("orderNumber", ""))


def _error(code: int, message: str) -> Response:
    return JSONResponse({"errorCode": str(code), "errorMessage": message})
