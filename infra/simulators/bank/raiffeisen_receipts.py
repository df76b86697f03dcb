"""Raiffeisenbank's fiscal receipts: a draft by POST, registered by PUT, each under its number once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from infra.simulators.bank.state import State

    type Endpoint = Callable[[Request], Awaitable[Response]]

_VAT = {"NONE", "VAT0", "VAT10", "VAT110", "VAT22", "VAT122"}


def routes(
    state: State, authorised: Callable[[Endpoint], Endpoint], error: Callable[[str, int], Response]
) -> list[Route]:
    """Return the routes; `authorised` and `error` are those of the dialect."""

    async def draft(request: Request) -> Response:
        body = json.loads(await request.body())
        key = (request.path_params["kind"], body["receiptNumber"])
        if key in state.receipts:
            return error("ERROR.DUPLICATE", 400)
        if not _is_sound(body):
            return error("ERROR.INVALID_RECEIPT", 400)
        state.receipts[key] = body | {"status": "NEW"}
        return JSONResponse(state.receipts[key])

    async def found(request: Request) -> Response:
        receipt = state.receipts.get((request.path_params["kind"], request.path_params["number"]))
        if receipt is None:
            return error("ERROR.NOT_FOUND", 404)
        if request.method == "PUT":
            if state.receipts_fail:
                return Response(status_code=503)
            if receipt["status"] != "NEW":
                return error("ERROR.STATUS", 400)
            receipt |= {"status": "DONE", "ofdUrl": f"https://ofd.example/{receipt['receiptNumber']}"}
        return JSONResponse(receipt)

    path = "/raiffeisen/api/fiscal/v1/receipts/{kind}"
    return [
        Route(path, authorised(draft), methods=["POST"]),
        Route(path + "/{number}", authorised(found), methods=["GET", "PUT"]),
    ]


def _is_sound(body: dict[str, Any]) -> bool:
    items = body["items"]
    total = sum(round(item["amount"] * 100) for item in items)
    named = all(item["name"] and item["vatType"] in _VAT for item in items)
    return bool(items) and named and total == round(body["total"] * 100)
