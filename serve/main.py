"""Puts one `serve` together: the environment, the application, the processes."""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from infra.build.template import Template
from serve.settings import ServeSettings, complete_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from serve.metrics import Metrics

_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `./cabinet serve`, as its `--help` lists them."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    management_port: int = 9000
    """Port for Prometheus, on the same host."""


def run(options: Options, create: Callable[[Template, Metrics], Starlette] | None = None) -> int:
    """Serve until stopped; return the exit code.

    `create` makes another application around the product's, as the local stack does.

    Raises
    ------
    VariablesMissing
        The environment lacks what the functions need.
    OSError
        The port cannot be listened on.
    """
    template = Template.load()
    os.environ.update(complete_environment(template, os.environ))
    # Only now: modules read settings when they are imported.
    from cabinet.aws.dynamo import dynamodb_client
    from cabinet.core.logging import logger
    from serve.allocator import return_large_blocks
    from serve.app import create_app
    from serve.background import BackgroundProcess, background_series
    from serve.http_worker import log_as_json, run_http
    from serve.metrics import REQUEST_SERIES, Metrics, counted_events
    from serve.request_log import EventCounter
    from serve.supervisor import Member, Supervisor

    return_large_blocks()
    settings = ServeSettings.load()
    listening = listen(options.host, options.port)
    management = listen(options.host, options.management_port)
    log_as_json()
    counted = counted_events(template)
    by_events = [each for made in counted.values() for each in made]
    series = [*REQUEST_SERIES, *by_events, *background_series(template)]
    metrics = Metrics(series, lanes=options.workers + 1)
    logging.getLogger(logger.name).addHandler(EventCounter(metrics, counted))
    whole = partial(create_app, webhook_secret=settings.serve_mail_webhook_secret)
    app = (create or whole)(template, metrics)
    background = BackgroundProcess(template, settings, metrics)
    dynamodb_client()  # made once for all processes; it connects when it is first asked

    def serve_http(lane: int) -> None:
        metrics.use_lane(lane)
        run_http(app, listening, settings)

    def run_background() -> None:
        metrics.use_lane(options.workers)
        background.run(management)

    members = [Member(f"http-{lane}", partial(serve_http, lane)) for lane in range(options.workers)]
    members.append(Member("background", run_background))
    return Supervisor(members, settings.serve_stop_seconds).run()


def listen(host: str, port: int) -> socket.socket:
    """Return the socket that all processes accept from."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(_BACKLOG)
    listening.set_inheritable(True)
    return listening
