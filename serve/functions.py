"""The API in this process: every function's app, behind the routes that the template declares."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match

from cabinet.core.errors import NotFound
from cabinet.web.app import load_all_routers, problem_response
from serve.manifest import ranked_routes

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from infra.build.template import Template

API_PREFIX = "/api/"


def application(folder: str) -> FastAPI:
    """Return the FastAPI application of the function in a folder, with all of its routes."""
    return load_all_routers(importlib.import_module(f"{folder}.app").app)


class Functions(BaseRoute):
    """What API Gateway and Lambda do for `/api/*`, without a process for each call."""

    def __init__(self, template: Template) -> None:
        declared = ranked_routes(template)
        self._folders = [(route.pattern, route.folder) for route in declared]
        self._apps: dict[str, ASGIApp] = {
            folder: application(folder) for folder in dict.fromkeys(route.folder for route in declared)
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take every path under `/api/`: what no function has is answered in the API's own words."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(API_PREFIX)
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        for pattern, folder in self._folders:
            if pattern.match(scope["path"]):
                scope["cabinet.function"] = folder
                await self._apps[folder](scope, receive, send)
                return
        await problem_response(NotFound())(scope, receive, send)
