"""One process that answers HTTP on a socket that several share."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import uvicorn

from cabinet.core.logging import logger

if TYPE_CHECKING:
    import socket

    from starlette.applications import Starlette

    from serve.settings import ServeSettings

HEADER_BYTES = 1_000_000
"""What the server reads before it refuses by itself, in plain text: more than what the API refuses."""
_KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep a connection idle: if we closed first, a request could be lost."""


def run_http(app: Starlette, listening: socket.socket, settings: ServeSettings) -> None:
    """Serve until SIGTERM; requests that run then are answered."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.serve_trusted_proxies,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.serve_stop_seconds,
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
    uvicorn.Server(config).run(sockets=[listening])


def log_as_json() -> None:
    """Let libraries' warnings be lines of the product's shape."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logger.registered_formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(logger.name).propagate = False  # it has a handler of its own
