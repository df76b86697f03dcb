"""Routes that the banks call. They prove themselves by their signature, not by our header."""

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse

from cabinet.core import clock
from cabinet.core.errors import raises
from cabinet.payments import bank_callbacks
from cabinet.payments.bank_callbacks import CallbackRejected
from cabinet.payments.providers.base import RawCallback
from cabinet.payments.providers.gorod.client import ENCODING
from cabinet.web.app import create_app
from cabinet.web.inline_routes import create_router

_RBS, _GOROD = "/api/payments/rbs/callback", "/api/payments/gorod/callback"
_RAIFFEISEN = "/api/payments/raiffeisen/callback"

router = create_router()


async def raw_callback(request: Request) -> RawCallback:
    """Return the callback's bytes: the signature is over them."""
    signature = request.headers.get("x-api-signature-sha256", "")
    return RawCallback(request.scope["query_string"], await request.body(), signature)


class GorodXml(Response):
    """An answer of the «Город» protocol."""

    media_type = f"text/xml; charset={ENCODING}"


type Raw = Annotated[RawCallback, Depends(raw_callback)]


@router.get(_RBS, tags=["payments"], response_class=PlainTextResponse, operation_id="rbs_callback_get")
@router.post(_RBS, tags=["payments"], response_class=PlainTextResponse, operation_id="rbs_callback_post")
@raises(CallbackRejected)
def from_rbs(raw: Raw) -> Response:
    """Take a callback of the RBS dialect."""
    bank_callbacks.handle_rbs_callback(raw, clock.now())
    return PlainTextResponse("OK")


@router.get(_GOROD, tags=["payments"], response_class=GorodXml, operation_id="gorod_callback_get")
@router.post(_GOROD, tags=["payments"], response_class=GorodXml, operation_id="gorod_callback_post")
@raises(CallbackRejected)
def from_gorod(raw: Raw) -> Response:
    """Answer `check` and `pay` of the «Город» protocol."""
    answer = bank_callbacks.handle_gorod_callback(raw, clock.now())
    return GorodXml(answer)


@router.post(_RAIFFEISEN, tags=["payments"], response_class=PlainTextResponse)
@raises(CallbackRejected)
def from_raiffeisen(raw: Raw) -> Response:
    """Take a callback of Raiffeisenbank."""
    bank_callbacks.handle_raiffeisen_callback(raw, clock.now())
    return PlainTextResponse("OK")


app = create_app("payment_callback", router, externally_called_paths=(_RBS, _GOROD, _RAIFFEISEN))
