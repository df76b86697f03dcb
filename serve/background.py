"""The process that works through queues, schedules and new objects, and exports metrics of all processes."""

from __future__ import annotations

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from cabinet.core import gauges
from cabinet.core.logging import Event, log_error
from serve.bounces import BounceReader
from serve.consumer import Consumer, queue_client
from serve.inbound import InboundPoller, bucket_client
from serve.invocation import Invoker
from serve.loops import Loops
from serve.manifest import (
    EventFunction,
    event_dead_letters,
    event_functions,
    object_sources,
    queue_sources,
    schedules,
    time_zone,
)
from serve.metrics import Series, counter, family_name, gauge
from serve.queue_gauges import QueueGauges, waiting_series
from serve.scheduler import Scheduler
from serve.stopping import Stop

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from infra.build.template import Template
    from serve.metrics import Metrics
    from serve.settings import ServeSettings

_POLL_SECONDS = 1.0


class BackgroundProcess:
    """Does all that happens without a request: queues, schedules, new objects, mail reports, metrics."""

    def __init__(self, template: Template, settings: ServeSettings, metrics: Metrics) -> None:
        self._stop = Stop(settings.serve_stop_seconds)
        self._metrics = metrics
        self._queues = list(queue_sources(template))
        self._schedules = list(schedules(template))
        self._invokers = {each: self._invoker(each) for each in event_functions(template)}
        self._loops = Loops(list(self._make_loops(template, settings)), self._stop)

    def run(self, management: socket.socket) -> None:
        """Work until SIGTERM, then until what runs has ended or the time for it is over.

        Raises
        ------
        SystemExit
            One of the loops has ended though nobody had asked.
        """
        gauges.observers.append(self._observe)
        signal.signal(signal.SIGTERM, lambda *_: self._stop.request())
        self._loops.start()
        serve_metrics(management, self._metrics)
        while not self._stop.wait(_POLL_SECONDS):
            self._exit_if_hung()
        self._loops.join()

    def _invoker(self, function: EventFunction) -> Invoker:
        series = errors_series(function)
        return Invoker(function, self._stop, lambda: self._metrics.add(series))

    def _make_loops(self, template: Template, settings: ServeSettings) -> Iterator[Callable[[], None]]:
        client = queue_client()
        wait = settings.serve_queue_wait_seconds
        for queue in self._queues:
            yield Consumer(queue, self._invokers[queue.function], client, self._stop, wait).run
        zone = settings.serve_time_zone or time_zone(template)
        for schedule in self._schedules:
            yield Scheduler(schedule, zone, self._invokers[schedule.function], client, self._stop).run
        if settings.serve_inbound_poll_seconds:
            for source in object_sources(template):
                poll_seconds = settings.serve_inbound_poll_seconds
                yield InboundPoller(source, bucket_client(), self._stop, poll_seconds).run
        if settings.serve_bounces_maildir:
            yield BounceReader(Path(settings.serve_bounces_maildir), self._stop).run
        events = event_dead_letters(template)
        yield QueueGauges(self._queues, client, self._metrics, self._stop, events).run

    def _observe(self, service: str, name: str, value: float) -> None:
        self._metrics.set(measure_series(service, name), value)

    def _exit_if_hung(self) -> None:
        """End at once, as Lambda ends a function: the messages come back, another process has the lease."""
        for invoker in self._invokers.values():
            if invoker.is_hung:
                log_error(
                    Event.INVOCATION_FAILED, error="Timeout", code="timeout", place=invoker.function.folder
                )
                os._exit(1)


def background_series(template: Template) -> list[Series]:
    """Return the metrics of the background process."""
    alarms = [each for _, each in template.resources("AWS::CloudWatch::Alarm")]
    measures = [
        measure_series(alarm["Dimensions"][0]["Value"], alarm["MetricName"])
        for alarm in alarms
        if alarm.get("Namespace") == gauges.NAMESPACE and alarm.get("Dimensions")
    ]
    names = [name for queue in queue_sources(template) for name in (queue.name, queue.dead_letters)]
    waiting = [waiting_series(name) for name in (*names, event_dead_letters(template))]
    return [*measures, *(errors_series(function) for function in event_functions(template)), *waiting]


def measure_series(service: str, name: str) -> Series:
    """Return the series of a function's measure."""
    return gauge(family_name(gauges.NAMESPACE, name), service=service)


def errors_series(function: EventFunction) -> Series:
    """Return the series of a function's failed runs."""
    return counter(family_name("AWS/Lambda", "Errors"), FunctionName=function.folder)


def serve_metrics(listening: socket.socket, metrics: Metrics) -> None:
    """Answer Prometheus from a thread, on a socket that is open already."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with all metrics, whatever the path."""
            body = metrics.text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the log for what happens."""

    server = ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
