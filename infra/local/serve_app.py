"""`./cabinet local --serve`: front, queues and schedules by `cabinet serve`, in processes of their own.

One process answers HTTP: the simulators' state is its own.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.ministack import free_port
from serve import main

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from infra.build.template import Template
    from serve.metrics import Metrics

SETTINGS_VARIABLE = "CABINET_SERVING"
ENVIRONMENT = {"SERVE_INBOUND_POLL_SECONDS": "1", "SERVE_QUEUE_WAIT_SECONDS": "1", "SERVE_STOP_SECONDS": "3"}
"""A tester does not wait as long as a machine's operator does."""


def run() -> int:
    """Serve until stopped."""
    settings = json.loads(os.environ[SETTINGS_VARIABLE])

    def create(_: Template, metrics: Metrics) -> Starlette:
        from infra.local.app import create_local_app

        data = Path(settings["data"])
        return create_local_app(settings["endpoint"], settings["names"], data, metrics=metrics)

    options = main.Options("127.0.0.1", settings["port"], workers=1, management_port=free_port())
    return main.run(options, create)


if __name__ == "__main__":
    raise SystemExit(run())
