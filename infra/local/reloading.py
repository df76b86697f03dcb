"""`./cabinet local --reload`: every function's FastAPI app in one process, straight from the sources."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute
from starlette.routing import Route as Path_

from infra.local import routes
from infra.local.front import METHODS, create_front
from infra.openapi import application
from infra.template import Template

if TYPE_CHECKING:
    from starlette.applications import Starlette

SETTINGS_VARIABLE = "CABINET_RELOADING"


def create() -> Starlette:
    """Return the front over the sources; uvicorn calls it again after every change."""
    settings = json.loads(os.environ[SETTINGS_VARIABLE])
    return create_front(function_routes(), settings["endpoint"], settings["names"], Path(settings["data"]))


def function_routes() -> list[BaseRoute]:
    """Return the template's routes as API Gateway ranks them: whole paths first, then the longest prefix."""
    template = Template.load()
    declared = sorted(routes.declared(template), key=lambda route: ("{proxy+}" in route.key, -len(route.key)))
    return [
        Path_(
            route.key.split(" ", 1)[1].replace("{proxy+}", "{proxy:path}"),
            application(route.folder),
            methods=METHODS,
        )
        for route in declared
    ]
