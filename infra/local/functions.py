"""The API served by this process: every function's app, behind the routes that the template declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match, compile_path

from cabinet.core.errors import NotFound
from cabinet.web.app import problem_response
from infra.build.openapi import application
from infra.build.template import Template
from infra.local import routes

if TYPE_CHECKING:
    import re

    from starlette.types import ASGIApp, Receive, Scope, Send

API_PREFIX = "/api/"


class Functions(BaseRoute):
    """What API Gateway and Lambda do for `/api/*`, without a process for each call."""

    def __init__(self, template: Template) -> None:
        self._folders = [(pattern_of(route), route.folder) for route in ranked(template)]
        self._apps: dict[str, ASGIApp] = {
            folder: application(folder) for folder in dict.fromkeys(folder for _, folder in self._folders)
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take every path under `/api/`: what no function has is answered in the API's own words."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(API_PREFIX)
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        for pattern, folder in self._folders:
            if pattern.match(scope["path"]):
                await self._apps[folder](scope, receive, send)
                return
        await problem_response(NotFound())(scope, receive, send)


def ranked(template: Template) -> list[routes.Route]:
    """Return the template's routes as API Gateway ranks them: whole paths first, then the longest prefix."""
    return sorted(routes.declared(template), key=lambda route: ("{proxy+}" in route.key, -len(route.key)))


def pattern_of(route: routes.Route) -> re.Pattern[str]:
    """Return what a route's paths look like."""
    return compile_path(route.key.split(" ", 1)[1].replace("{proxy+}", "{proxy:path}"))[0]
