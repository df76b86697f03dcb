"""Lets the term of a request pass at once, so that a tester need not wait ten working days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.service_requests import store

if TYPE_CHECKING:
    from starlette.requests import Request

_LATE = timedelta(days=365)


def routes() -> list[Route]:
    """Return `POST /local/requests/{supplier_id}:{number}/overdue`."""
    return [Route("/local/requests/{request_id}/overdue", _overdue, methods=["POST"])]


async def _overdue(request: Request) -> Response:
    supplier_id, _, number = request.path_params["request_id"].partition(":")
    try:
        await run_in_threadpool(_expire_deadline, supplier_id, number)
    except NotFound:
        return JSONResponse({"message": "no such request"}, 404)
    except Conflict:
        return JSONResponse({"message": "somebody has written meanwhile: try again"}, 409)
    return Response(status_code=204)


def _expire_deadline(supplier_id: str, number: str) -> None:
    """Move the request's last day for an answer a year back; raises NotFound, Conflict."""
    found = store.find_by_number(supplier_id, number)
    transaction = Transaction()
    store.put_changed(transaction, found, {"answer_by": clock.now().date() - _LATE})
    transaction.commit()
