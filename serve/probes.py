"""`/healthz`: this process answers. `/readyz`: what it needs answers too. Balancers ask for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from cabinet.api_secrets import api_secrets
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.aws.secrets import SecretUnreadable
from cabinet.core.errors import ServiceUnavailable
from serve.keys import PROBE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_CACHE_SECONDS = 2.0
"""How long a finding serves: probes of several balancers must cost no more than one."""


class Probes:
    """Routes of the two probes."""

    def __init__(self) -> None:
        self._missing: list[str] = []
        self._looked_at = float("-inf")

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/healthz", self._health), Route("/readyz", self._readiness)]

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def _readiness(self, _: Request) -> Response:
        if time.monotonic() - self._looked_at > _CACHE_SECONDS:
            self._missing = await run_in_threadpool(find_missing)
            self._looked_at = time.monotonic()
        status = "unavailable" if self._missing else "ok"
        answer = {"status": status, "missing": self._missing}
        return JSONResponse(answer, 503 if self._missing else 200, {"Cache-Control": "no-store"})


def find_missing() -> list[str]:
    """Return what does not answer of that without which no request can be served."""
    missing = []
    try:
        dynamo.get(Table.MESSAGES, PROBE)
    except ServiceUnavailable:
        missing.append("storage")
    try:
        api_secrets()
    except SecretUnreadable:
        missing.append("signing key")
    return missing
