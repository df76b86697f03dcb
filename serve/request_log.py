"""A line of the log and the numbers of each request of the API, as API Gateway keeps them elsewhere."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from cabinet.core.logging import Event, log_event
from serve.functions import API_PREFIX
from serve.metrics import (
    CLIENT_ERRORS,
    LATENCY_BUCKETS,
    LATENCY_COUNT,
    LATENCY_SUM,
    REQUESTS,
    SERVER_ERRORS,
    Metrics,
    Series,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RequestLogMiddleware:
    """Logs each request by its route, never by its path, which may name an account."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_and_keep_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_keep_status)
        finally:
            self._record(scope, status, (time.perf_counter() - started) * 1000)

    def _record(self, scope: Scope, status: int, milliseconds: float) -> None:
        log_event(
            Event.REQUEST_SERVED,
            function=scope.get("cabinet.function"),
            method=scope["method"],
            route=str(getattr(scope.get("route"), "path", "unmatched")),
            status=status,
            latency_ms=round(milliseconds),
        )
        metrics = self._metrics
        metrics.add(REQUESTS)
        if status >= 500:
            metrics.add(SERVER_ERRORS)
        elif status >= 400:
            metrics.add(CLIENT_ERRORS)
        for bound, series in LATENCY_BUCKETS:
            if milliseconds <= bound:
                metrics.add(series)
        metrics.add(LATENCY_SUM, milliseconds)
        metrics.add(LATENCY_COUNT)


class EventCounter(logging.Handler):
    """Counts the events of the log that the template's metric filters count."""

    def __init__(self, metrics: Metrics, counted: Mapping[str, Sequence[Series]]) -> None:
        super().__init__()
        self._metrics = metrics
        self._counted = counted

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line."""
        for series in self._counted.get(record.getMessage(), ()):
            self._metrics.add(series)
