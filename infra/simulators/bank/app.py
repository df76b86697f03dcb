"""The simulated banks as one application, mounted by the local stack at `/local/bank`."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cabinet.core.money import to_decimal_string
from infra.simulators.bank import gorod, raiffeisen, rbs
from infra.simulators.bank.callback_sender import CallbackSender, ThreadedCallbackSender, fetch
from infra.simulators.bank.payment_page import payment_page, unknown_page
from infra.simulators.bank.requests import form_of, own_address
from infra.simulators.bank.state import Card, Faults, Payment, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from infra.simulators.bank.callback_sender import Call


class BankSimulator:
    """Does what a person does on the bank's page, and lets the callbacks follow."""

    def __init__(
        self, state: State, sender: CallbackSender, ask: Callable[[Call], bytes | None] = fetch
    ) -> None:
        self.state, self.sender, self.ask = state, sender, ask

    def notify(self, payment: Payment, operations: list[str]) -> None:
        """Send the callbacks of the interfaces that have some; «Город» has its own."""
        if payment.dialect == "raiffeisen":
            self.sender.send(raiffeisen.callbacks(payment, operations))
        if payment.dialect == "rbs":
            self.sender.send(rbs.callbacks(payment, operations))

    def complete_payment(self, payment: Payment, outcome: str) -> bool:
        """Approve, decline, let the session run out, or approve after it; return whether that was done."""
        if outcome == "approve":
            return self._approve(payment)
        if outcome == "approve_late":
            done = self.state.pay_late(payment)
            if done:
                self.notify(payment, ["approved", "deposited"])
            return done
        if outcome == "expire":
            payment.ends_at = self.state.now()
            self.notify(payment, ["declinedByTimeout"])
            return True
        done = self.state.decline(payment)
        if done:
            self.notify(payment, ["declined"])
        return done

    def remove_card(self, card: Card, *, is_kept: bool = False) -> None:
        """End a saved card as the payer does in the bank's own application, and say so; or only say so."""
        if not is_kept:
            self.state.forget_card(card.card_id)
        self.sender.send(rbs.card_changed_callback(card))

    def _approve(self, payment: Payment) -> bool:
        if payment.dialect == "gorod" and not gorod.accepts(self.ask(gorod.check_call(payment)) or b""):
            return False
        if not self.state.pay(payment):
            return False
        if payment.dialect == "gorod":
            self.sender.send(gorod.pay_calls(payment))
        if payment.dialect == "rbs":
            self.sender.send(rbs.card_callbacks(payment))
        self.notify(payment, ["approved", "deposited"])
        return True


def create_app(
    state: State | None = None,
    sender: CallbackSender | None = None,
    gorod_callback_url: str | None = None,
    simulator: BankSimulator | None = None,
) -> Starlette:
    """Return the banks. Without arguments: as the local stack runs them, with callbacks three times 30 s."""
    state = state or State()
    simulator = simulator or BankSimulator(state, sender or ThreadedCallbackSender())

    async def page(request: Request) -> Response:
        payment = state.payments.get(request.query_params.get("order", ""))
        if payment is None:
            return HTMLResponse(unknown_page(), 404)
        action = f"{own_address(request)}/page"
        return HTMLResponse(payment_page(payment, state.now(), action))

    async def confirm(request: Request) -> Response:
        order = request.query_params.get("orderId", "")
        return RedirectResponse(f"{own_address(request)}/page?order={order}", 303)

    async def press(request: Request) -> Response:
        form = await form_of(request)
        payment = state.payments.get(form.get("order", ""))
        if payment is None:
            return HTMLResponse(unknown_page(), 404)
        state.set_faults(payment)
        await run_in_threadpool(simulator.complete_payment, payment, form.get("outcome", "decline"))
        return RedirectResponse(payment.return_url, 303)

    async def pay(request: Request) -> Response:
        body = await _json(request)
        link = str(body.get("payment_url") or body.get("sbp_link") or "")
        named = parse_qs(urlsplit(link).query)
        wanted = (named.get("order") or named.get("orderId") or [""])[0]
        payment = state.payments.get(wanted)
        if payment is None:
            return JSONResponse({"message": "unknown payment_url"}, 404)
        state.set_faults(payment)
        done = await run_in_threadpool(
            simulator.complete_payment, payment, str(body.get("outcome", "approve"))
        )
        return JSONResponse({"order": payment.number, "status": payment.at(state.now()), "done": done})

    async def faults(request: Request) -> Response:
        body = await _json(request)
        known = {entry.name: entry.default for entry in fields(Faults)} | {"down": False}
        try:
            wanted = {name: _converted(known[name], value) for name, value in body.items()}
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"message": f"not understood: {error}; known: {[*known]}"}, 422)
        state.is_down = wanted.pop("down", False)
        state.faults = Faults(**wanted)
        return JSONResponse(body)

    async def refund(request: Request) -> Response:
        body = await _json(request)
        payment = state.of_order(str(body.get("order", "")))
        if payment is None or not state.refund(payment, int(body.get("amount", 0)) or payment.taken):
            return JSONResponse({"message": "cannot be refunded"}, 409)
        simulator.notify(payment, ["refunded"])
        return JSONResponse({"order": payment.number, "refunded": payment.refunded})

    async def reverse(request: Request) -> Response:
        body = await _json(request)
        payment = state.of_order(str(body.get("order", "")))
        if payment is None or not state.reverse(payment):
            return JSONResponse({"message": "cannot be reversed"}, 409)
        simulator.notify(payment, ["reversed"])
        return JSONResponse({"order": payment.number, "reversed": payment.refunded})

    async def refunds_lost(request: Request) -> Response:
        body = await _json(request)
        state.refunds_lost = int(body.get("times", 1))
        return JSONResponse({"times": state.refunds_lost})

    async def remove_card(request: Request) -> Response:
        body = await _json(request)
        card = state.card_named(str(body.get("card_id", "")))
        if card is None:
            return JSONResponse({"message": "no such card"}, 404)
        simulator.remove_card(card, is_kept=bool(body.get("is_kept", False)))
        return JSONResponse({"card_id": card.card_id, "is_active": card.is_active})

    async def statement_file(_: Request) -> Response:
        return Response(day_statement(state), media_type="text/csv; charset=utf-8")

    return Starlette(
        routes=[
            *rbs.routes(state, simulator.notify),
            *gorod.routes(state, gorod_callback_url),
            *raiffeisen.routes(state, simulator.notify),
            Route("/page", page),
            Route("/acsRedirect.do", confirm),
            Route("/page", press, methods=["POST"]),
            Route("/pay", pay, methods=["POST"]),
            Route("/faults", faults, methods=["POST"]),
            Route("/refund", refund, methods=["POST"]),
            Route("/reverse", reverse, methods=["POST"]),
            Route("/refunds-lost", refunds_lost, methods=["POST"]),
            Route("/cards/remove", remove_card, methods=["POST"]),
            Route("/register.csv", statement_file),
        ]
    )


def day_statement(state: State) -> str:
    """Return the bank's statement of all its payments, as `cabinet orders compare` reads it."""
    rows = ["order_number;amount;status"]
    for payment in state.payments.values():
        if payment.payment_state in ("paid", "refunded") or payment.paid_at is not None:
            rows.append(f"{payment.number};{to_decimal_string(payment.taken)};paid")
        if payment.refunded:
            operation = "reversed" if payment.payment_state == "reversed" else "refund"
            rows.append(f"{payment.number};{to_decimal_string(payment.refunded)};{operation}")
    return "\r\n".join(rows) + "\r\n"


def _converted(default: Any, value: object) -> Any:  # noqa: ANN401 - the kinds of Faults' fields
    """Return a fault's value converted to the type of its default; null means the default."""
    return default if value is None else type(default)(value)


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
