"""Both interfaces of Челябинвестбанк as the bank speaks them: gorodUnified and the «Город» protocol."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.simulators.bank import credentials
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.rbs import page_url
from infra.simulators.bank.requests import form_of
from infra.simulators.bank.state import Payment, PaymentState, State

if TYPE_CHECKING:
    from starlette.requests import Request

_SHORT = {
    PaymentState.PAID: 0,
    PaymentState.WAITING: 1,
    PaymentState.DECLINED: 2,
    PaymentState.REVERSED: 2,
    PaymentState.REFUNDED: 3,
}


def routes(state: State, callback_url: str | None) -> list[Route]:
    """Return the routes of both interfaces; «Город» calls back where the contract says (`callback_url`)."""

    async def register_common(request: Request) -> Response:
        form = await form_of(request)
        if state.is_down:
            return Response(status_code=503)
        if (form.get("userName"), form.get("password")) != (credentials.USER, credentials.PASSWORD):
            return JSONResponse({"errorMessage": "Доступ запрещён"})
        product = json.loads(form["product"])["product"]
        amount = int(form["amount"])
        if sum(entry["sum"] for entry in product) != amount:
            return JSONResponse({"errorMessage": "Неверная сумма"})
        payment = state.register(
            "gorod_unified",
            form["orderNumber"],
            amount,
            return_url=form["returnUrl"],
            description=form.get("description", ""),
            lines=[(entry["name"], entry["sum"]) for entry in product],
        )
        return JSONResponse({"orderId": payment.bank_id, "formUrl": page_url(request, payment)})

    async def status_short(request: Request) -> Response:
        form = await form_of(request)
        payment = state.payments.get(form.get("orderId", ""))
        if state.is_down or (payment is not None and state.is_silent(payment)):
            return Response(status_code=504)
        if payment is None:
            return JSONResponse({"errorMessage": "Заказ не найден"})
        return JSONResponse({"status": _SHORT[payment.at(state.now())]})

    async def form_post(request: Request) -> Response:
        form = await form_of(request)
        if state.is_down:
            return Response(status_code=503)
        signed = (credentials.USER, credentials.PASSWORD, form["service_num"], form["order_id"], form["sum"])
        expected = hashlib.sha1("".join(signed).encode(), usedforsecurity=False).hexdigest()
        if form.get("sign") != expected or form.get("login") != credentials.USER:
            return Response("Неверная подпись", 403)
        rubles, _, kopecks = form["sum"].partition(".")
        payment = state.register(
            "gorod",
            form["order_id"],
            int(rubles) * 100 + int(kopecks),
            return_url=form["confirm_url"],
            callback_url=callback_url or _callback_at(request),
            description=form.get("description", ""),
        )
        return RedirectResponse(page_url(request, payment), 302)

    return [
        Route("/gorod_unified/registerCommon", register_common, methods=["POST"]),
        Route("/gorod_unified/getOrderStatusShort", status_short, methods=["POST"]),
        Route("/gorod/pay", form_post, methods=["POST"]),
    ]


def check_call(payment: Payment) -> Call:
    """Return the bank's question whether an order may be paid."""
    return Call(payment.callback_url, _query(payment, "check"))


def pay_calls(payment: Payment) -> list[Call]:
    """Return the bank's messages that an order was paid, with the payment's faults."""
    faults = payment.faults
    if faults.lost:
        return []
    query = _query(payment, "pay") + f"&payid={payment.payment_id}"
    calls = [Call(payment.callback_url, query, faults.delay_s)]
    calls += [Call(payment.callback_url, query)] * (max(1, faults.copies) - 1)
    if faults.forge:
        forged = query.replace(f"password={credentials.PASSWORD}", "password=guess")
        calls.insert(0, Call(payment.callback_url, forged))
    return calls


def accepts(body: bytes) -> bool:
    """Tell whether our answer lets the bank take the money."""
    return b"<Code>0</Code>" in body


def _query(payment: Payment, method: str) -> str:
    return urlencode(
        {
            "method": method,
            "login": credentials.USER,
            "password": credentials.PASSWORD,
            "service": credentials.SERVICE_NUMBER,
            "account": payment.number,
            "summ": str(payment.taken),
        }
    )


def _callback_at(request: Request) -> str:
    """Return our callback at the origin by which the bank was called: the local stack's only one."""
    return f"{request.url.scheme}://{request.url.netloc}/api/payments/gorod/callback"
