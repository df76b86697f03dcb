"""The one origin of the local stack: site, API, simulators, and the tester's `/local/*`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from infra.build.template import Template
from infra.local import request_deadlines, schedule_runner, ses_feedback
from infra.local.mailbox import Mailbox
from infra.local.push_service import PushService
from infra.simulators.bank import app as bank
from infra.simulators.esia import app as esia
from infra.simulators.webhook_receiver import WebhookReceiver
from serve.app import create_app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.requests import Request

    from serve.metrics import Metrics

DEMO_FILE = "demo.json"


def create_local_app(
    endpoint: str,
    names: Mapping[str, str],
    data: Path,
    *,
    api: BaseRoute | None = None,
    metrics: Metrics | None = None,
) -> Starlette:
    """Return the front.

    Parameters
    ----------
    endpoint, names
        The local AWS and the physical names of the stack in it.
    data
        The folder of the local stack's data: mail, pushes, and the demo user.
    api
        What answers `/api/*`; None: the functions in this process.
    metrics
        Where requests are counted; None: they are not.
    """
    template = Template.load()

    async def demo(_: Request) -> Response:
        path = data / DEMO_FILE
        if not path.exists():
            return JSONResponse({"message": "the sample is not loaded yet"}, 503, {"Retry-After": "1"})
        return JSONResponse(json.loads(path.read_text("utf-8")))

    async def run_schedule(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in schedule_runner.declared(template):
            return JSONResponse({"message": f"no schedule {name}"}, 404)
        try:
            return JSONResponse(await run_in_threadpool(schedule_runner.run, endpoint, template, names, name))
        except schedule_runner.ScheduleFailedError as error:
            return JSONResponse({"message": str(error)}, 502)

    async def bounce(request: Request) -> Response:
        address = str(json.loads(await request.body())["to"])
        await run_in_threadpool(ses_feedback.publish, endpoint, names, address)
        return Response(status_code=202)

    routes: list[BaseRoute] = [
        Route("/local/demo", demo),
        Route("/local/schedules/{name}", run_schedule, methods=["POST"]),
        Route("/local/mail/bounces", bounce, methods=["POST"]),
        *request_deadlines.routes(),
        *Mailbox(data / "mail").routes(),
        *WebhookReceiver().routes(),
        *PushService(data, os.environ["SITE_ORIGIN"]).routes(),
        *simulators(),
        Mount("/", create_app(template, metrics, api=api)),
    ]
    return Starlette(routes=routes)


def simulators() -> list[BaseRoute]:
    """Mount the simulators of external systems: the bank and Госуслуги."""
    return [Mount("/local/bank", bank.create_app()), Mount("/local/esia", esia.create_app())]
