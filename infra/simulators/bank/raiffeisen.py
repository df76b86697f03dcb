"""Raiffeisenbank's СБП as the bank speaks it: codes in JSON, rubles, callbacks signed over their text."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.bank import credentials, raiffeisen_receipts
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.rbs import drawn, page_url
from infra.simulators.bank.requests import own_address
from infra.simulators.bank.state import Payment, PaymentState, State

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulators.bank.raiffeisen_receipts import Endpoint

_PAID_AT = "2026-09-21T10:00:00.109227+03:00"
_STATUSES = {
    PaymentState.WAITING: ("NEW", "NO_INFO"),
    PaymentState.PAID: ("PAID", "SUCCESS"),
    PaymentState.REFUNDED: ("PAID", "SUCCESS"),
    PaymentState.DECLINED: ("EXPIRED", "DECLINED"),
    PaymentState.REVERSED: ("CANCELLED", "DECLINED"),
}


def routes(state: State, notify: Any) -> list[Route]:  # noqa: ANN401 - a function of payment and operations
    """Return the dialect's routes."""

    async def register(request: Request) -> Response:
        body = json.loads(await request.body())
        if body["sbpMerchantId"] != credentials.USER or body["qrType"] != "QRDynamic":
            return _error("ERROR.INVALID_REQUEST", 400)
        if state.by_number(body["order"]) is not None or len(body["order"]) > 40:
            return _error("ERROR.DUPLICATE", 400)
        payment = state.register(
            "raiffeisen",
            body["order"],
            round(body["amount"] * 100),
            return_url="",
            callback_url=f"{request.url.scheme}://{request.url.netloc}/api/payments/raiffeisen/callback",
            description=body["paymentDetails"],
        )
        if payment.faults.qr == "paid" and state.pay(payment):
            await run_in_threadpool(notify, payment, ["deposited"])
        if payment.faults.qr in ("lost", "refused"):
            return Response(status_code=504) if payment.faults.qr == "lost" else _error("ERROR.QR", 400)
        return JSONResponse(
            {
                "qrId": payment.bank_id,
                "payload": page_url(request, payment),
                "qrUrl": f"{own_address(request)}/raiffeisen/api/sbp/v1/qr/{payment.bank_id}/image",
            }
        )

    async def qr_status(request: Request) -> Response:
        return _described(request, lambda payment, status: {"qrId": payment.bank_id, "qrStatus": status[0]})

    async def payment_info(request: Request) -> Response:
        return _described(
            request,
            lambda payment, status: {
                "qrId": payment.bank_id,
                "order": payment.number,
                "amount": payment.taken / 100,
                "currency": "RUB",
                "paymentStatus": status[1],
                "transactionDate": _PAID_AT,
            },
        )

    async def image(request: Request) -> Response:
        payment = state.payments.get(request.path_params["qr_id"])
        if payment is None:
            return _error("ERROR.NOT_FOUND", 404)
        return Response(base64.b64decode(drawn(page_url(request, payment))), media_type="image/png")

    async def refund(request: Request) -> Response:
        body = json.loads(await request.body())
        payment = state.by_number(body["order"])
        amount = round(body["amount"] * 100)
        if payment is None or not state.refund_once(payment, amount, body["refundId"], None):
            return _error("ERROR.REFUND_INSUFFICIENT_FUNDS", 400)
        if state.refunds_lost:
            state.refunds_lost -= 1
            return Response(status_code=504)
        return JSONResponse({"amount": body["amount"], "refundStatus": "COMPLETED"})

    async def refund_status(request: Request) -> Response:
        refund_id = request.path_params["refund_id"]
        done = [p.refunds[refund_id] for p in state.payments.values() if refund_id in p.refunds]
        if not done:
            return _error("ERROR.NOT_FOUND", 404)
        return JSONResponse({"amount": done[0] / 100, "refundStatus": "COMPLETED"})

    def _described(request: Request, content: Any) -> Response:  # noqa: ANN401 - a function
        payment = state.payments.get(request.path_params["qr_id"])
        if payment is None:
            return _error("ERROR.NOT_FOUND", 404)
        if state.is_silent(payment):
            return Response(status_code=504)
        return JSONResponse(content(payment, _STATUSES[payment.at(state.now())]))

    def authorised(answer: Endpoint) -> Endpoint:
        """Return the endpoint that answers the shop alone."""

        async def endpoint(request: Request) -> Response:
            if state.is_down:
                return Response(status_code=503)
            if request.headers.get("authorization") != f"Bearer {credentials.PASSWORD}":
                return _error("ERROR.UNAUTHORIZED", 401)
            return await answer(request)

        return endpoint

    sbp = "/raiffeisen/api/sbp"
    return [
        Route(f"{sbp}/v1/qr/register", authorised(register), methods=["POST"]),
        Route(f"{sbp}/v2/qrs/{{qr_id}}", authorised(qr_status)),
        Route(f"{sbp}/v1/qr/{{qr_id}}/payment-info", authorised(payment_info)),
        Route(f"{sbp}/v1/qr/{{qr_id}}/image", image),
        Route(f"{sbp}/v1/refund", authorised(refund), methods=["POST"]),
        Route(f"{sbp}/v1/refund/{{refund_id}}", authorised(refund_status)),
        *raiffeisen_receipts.routes(state, authorised, _error),
    ]


def callbacks(payment: Payment, operations: list[str]) -> list[Call]:
    """Return the signed callbacks about a payment: one for its end, and its faults."""
    faults = payment.faults
    if faults.lost:
        return []
    status = "SUCCESS" if "deposited" in operations else "DECLINED"
    calls = [signed_call(payment, status) for _ in range(max(1, faults.copies))]
    return [signed_call(payment, "SUCCESS", key="not-the-key"), *calls] if faults.forge else calls


def signed_call(payment: Payment, status: str, key: str = credentials.CALLBACK_KEY) -> Call:
    """Return one callback; its sum always has two digits, as `1.10`."""
    amount = f"{payment.taken // 100}.{payment.taken % 100:02d}"
    named = {
        "qrId": payment.bank_id,
        "sbpMerchantId": credentials.USER,
        "order": payment.number,
        "paymentStatus": status,
        "transactionDate": _PAID_AT,
    }
    body = json.dumps(named)[:-1] + f', "amount": {amount}, "currency": "RUB"}}'
    text = "|".join((amount, credentials.USER, payment.number, status, _PAID_AT))
    signature = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return Call(payment.callback_url, "", payment.faults.delay_s, body.encode(), signature)


def _error(code: str, status: int) -> Response:
    return JSONResponse({"code": code, "message": "Запрос отклонён"}, status)
