"""Routes that the banks call. They prove themselves by their signature, not by our header."""

from typing import Annotated

from cabinet import clock
from cabinet.alone import create_router
from cabinet.errors import raises
from cabinet.http import create_app, lambda_handler
from cabinet.payments import callbacks
from cabinet.payments.bank.gorod import ENCODING
from cabinet.payments.bank.port import RawNotification
from cabinet.payments.callbacks import CallbackRefused
from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse

_RBS, _GOROD = "/api/payments/rbs/callback", "/api/payments/gorod/callback"

router = create_router()


async def as_it_came(request: Request) -> RawNotification:
    """Return the callback's bytes: the signature is over them."""
    return RawNotification(request.scope["query_string"], await request.body())


class GorodXml(Response):
    """An answer of the «Город» protocol."""

    media_type = f"text/xml; charset={ENCODING}"


type Raw = Annotated[RawNotification, Depends(as_it_came)]


@router.get(_RBS, tags=["payments"], response_class=PlainTextResponse, operation_id="rbs_callback_get")
@router.post(_RBS, tags=["payments"], response_class=PlainTextResponse, operation_id="rbs_callback_post")
@raises(CallbackRefused)
def from_rbs(raw: Raw) -> Response:
    """Take a callback of the RBS dialect."""
    callbacks.heard_from_rbs(raw, clock.now())
    return PlainTextResponse("OK")


@router.get(_GOROD, tags=["payments"], response_class=GorodXml, operation_id="gorod_callback_get")
@router.post(_GOROD, tags=["payments"], response_class=GorodXml, operation_id="gorod_callback_post")
@raises(CallbackRefused)
def from_gorod(raw: Raw) -> Response:
    """Answer `check` and `pay` of the «Город» protocol."""
    answer = callbacks.heard_from_gorod(raw, clock.now())
    return GorodXml(answer)


app = create_app("payment_callback", router, called_by_others=(_RBS, _GOROD))
handler = lambda_handler(app)
