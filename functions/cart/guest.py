"""Paying anyone's receipt without a cabinet: look up, see the commission, pay, read the state by a token."""

import hashlib
import secrets
from datetime import timedelta

from fastapi import Request

from cabinet import limits
from cabinet.accounts.rules import normalise_account_number
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.contacts import validate_email
from cabinet.core.errors import FieldError, IdempotencyConflict, InvalidFields, raises
from cabinet.idempotency import IdempotentRequest, identify_request
from cabinet.identity.guest_search import count_search, undo_search_count
from cabinet.payments import guests
from cabinet.payments.errors import PayeeUnknown
from cabinet.payments.guest_rules import masked_number
from cabinet.payments.guests import GuestAccount, GuestPaymentInput
from cabinet.payments.orders.attempts import resume
from cabinet.payments.orders.checkout import replay_response
from cabinet.receipts.qr_reader import ScannedCode, UnreadableCode, read_code, usual_period
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify
from cabinet.web.app import IdempotencyKey, Identifier, create_router, get_client_ip
from cart.guest_schemas import (
    GuestCheckoutResponse,
    GuestPayee,
    GuestPaymentForm,
    GuestPaymentLookup,
    GuestPaymentQuery,
    GuestPaymentRequest,
    GuestPaymentResponse,
)
from cart.payment_schemas import PaymentMethods, payment_methods_of_guest

TOKEN_LIFETIME = timedelta(minutes=30)
_MIN_AMOUNT = 1
_CODE_NAMES_PAYEE = "is_named"
"""The token's claim: a scanned code names the payee, so the guest cannot choose another."""

router = create_router(prefix="/api/guest/payments", tags=["guest payments"])


@router.post("/lookup")
@raises(count_search, guests.find_by_address, guests.find_by_code)
def lookup(wanted: GuestPaymentLookup, request: Request) -> GuestPaymentForm:
    """Find what is to be paid by a receipt's code, or by number, house and flat."""
    code = _read_code(wanted.qr) if wanted.qr is not None else None
    client_ip = get_client_ip(request)
    number = normalise_account_number(code.account_number if code is not None else wanted.number)
    count_search(client_ip, number, wanted.captcha)
    if code is not None:
        found = guests.find_by_code(code.account_number, code.settlement_account, code.payee_inn)
    else:
        found = guests.find_by_address(wanted.number, wanted.house or "", wanted.flat or "")
    undo_search_count(client_ip, number)
    return _payment_form(found, code)


@router.post("/methods")
@raises(guests.draft_payment, TokenInvalid)
def list_guest_payment_methods(wanted: GuestPaymentQuery) -> PaymentMethods:
    """List the ways of paying a sum, each with its commission and total."""
    form = _payment_input(wanted.token, wanted)
    _, draft = guests.draft_payment(form, *dynamo.batch_get(form.keys))
    return PaymentMethods(items=payment_methods_of_guest(draft))


@router.post("", status_code=201)
@raises(limits.hit, guests.check_out, IdempotencyConflict, TokenInvalid)
def pay_as_guest(wanted: GuestPaymentRequest, request: Request, key: IdempotencyKey) -> GuestCheckoutResponse:
    """Make an order of a guest and return where to pay; the same key continues with the same order."""
    limits.hit(limits.GUEST_PAYMENT_BY_IP, get_client_ip(request))
    form = _payment_input(wanted.token, wanted)
    limits.hit(limits.GUEST_PAYMENT_BY_ACCOUNT, form.account_id)
    idempotent_request = _identify(wanted, key)
    reply_row, *rows = dynamo.batch_get(
        [(Table.USERS, idempotent_request.row_key), *form.keys], consistent=True
    )
    now = clock.now()
    reply = idempotent_request.response_from_row(reply_row)
    if reply is not None:
        return GuestCheckoutResponse.of(replay_response(reply, now, pay_anyway=True)[0])
    return GuestCheckoutResponse.of(guests.check_out(form, rows, idempotent_request, now))


@router.get("/{order_token}")
@raises(guests.order_from_token)
def get_guest_payment(order_token: Identifier) -> GuestPaymentResponse:
    """Show the state of a guest's payment, and nothing about the holder."""
    now = clock.now()
    return GuestPaymentResponse.of(guests.order_from_token(order_token, now), now)


@router.post("/{order_token}/payment", status_code=201)
@raises(limits.hit, guests.order_from_token, resume)
def retry_guest_payment(order_token: Identifier, request: Request) -> GuestCheckoutResponse:
    """Return the link of a guest's order that waits for its payment, or of a new attempt at it."""
    limits.hit(limits.GUEST_PAYMENT_BY_IP, get_client_ip(request))
    now = clock.now()
    return GuestCheckoutResponse.of(resume(guests.order_from_token(order_token, now), now, pay_anyway=True))


def _read_code(text: str) -> ScannedCode:
    try:
        return read_code(text)
    except UnreadableCode:
        message = (
            "Это не код для оплаты квитанции, или он прочитан не целиком. Сфотографируйте его ближе и ровнее "
            "или найдите счёт по номеру и дому."
        )
        raise InvalidFields(FieldError("qr", "qr_invalid", message)) from None


def _payment_form(found: GuestAccount, code: ScannedCode | None) -> GuestPaymentForm:
    period = code.period if code is not None else None
    claims = {
        "account": found.account.account_id,
        "payee": found.payee.inn,
        _CODE_NAMES_PAYEE: code is not None,
        "period": period,
        "jti": secrets.token_urlsafe(12),
    }
    return GuestPaymentForm(
        token=sign(Purpose.GUEST_PAYMENT, claims, TOKEN_LIFETIME),
        supplier_name=found.supplier.name,
        account_masked=masked_number(found.account.number),
        payee_name=found.payee.name,
        payees=[
            GuestPayee(payee_inn=payee.inn, name=payee.name)
            for payee in ([found.payee] if code is not None else found.supplier.payees)
        ],
        period=period or usual_period(clock.local_date(clock.now(), found.supplier.time_zone)),
        amount=code.amount if code is not None else None,
        min=_MIN_AMOUNT,
        max=found.supplier.payment_limit,
    )


def _payment_input(token: str, wanted: GuestPaymentQuery) -> GuestPaymentInput:
    claims = verify(Purpose.GUEST_PAYMENT, token)
    account_id, payee_inn, period = str(claims["account"]), str(claims["payee"]), claims["period"]
    if wanted.payee_inn is not None and wanted.payee_inn != payee_inn:
        if claims[_CODE_NAMES_PAYEE]:
            raise PayeeUnknown
        payee_inn = wanted.payee_inn
    if not isinstance(wanted, GuestPaymentRequest):
        return GuestPaymentInput(account_id, payee_inn, period, wanted.amount)
    email = validate_email(wanted.email) if wanted.email and wanted.email.strip() else None
    return GuestPaymentInput(account_id, payee_inn, period, wanted.amount, wanted.method, email, wanted.total)


def _identify(wanted: GuestPaymentRequest, key: str) -> IdempotentRequest:
    """Return the request: its key belongs to the lookup whose token comes with it, not to the account."""
    owner = hashlib.sha256(wanted.token.encode()).hexdigest()[:32]
    body = wanted.model_dump(exclude={"token"})
    return identify_request(f"guest/{owner}", "payments", key, body)
