"""All HTTP functions behind one address, by the routes that their own descriptions name."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.build.openapi import http_functions
from infra.build.template import Template
from serve.functions import application


@dataclass(frozen=True)
class Route:
    """One operation of the merged description."""

    function: str
    method: str
    path: str
    needs_idempotency_key: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names(self) -> list[str]:
        """The identifiers in the path."""
        return re.findall(r"{(\w+)}", self.path)


@cache
def routes() -> tuple[Route, ...]:
    """Every route of every function."""
    found = []
    for function in http_functions(Template.load()):
        for path, operations in application(function).openapi().get("paths", {}).items():
            for method, operation in operations.items():
                asked = [each["name"] for each in operation.get("parameters", [])]
                found.append(Route(function, method.upper(), path, "Idempotency-Key" in asked))
    return tuple(found)


def site() -> Any:
    """One ASGI application that hands a request to the function whose route it is."""
    functions = {
        re.compile(re.sub(r"{\w+}", "[^/]+", route.path)): route.function
        # «/attachments» before «/{request_id}»: a word before any name.
        for route in sorted(routes(), key=lambda each: len(each.names))
    }

    async def served(scope: Any, receive: Any, send: Any) -> None:
        for pattern, function in functions.items():
            if pattern.fullmatch(scope.get("path", "")):
                await application(function)(scope, receive, send)
                return
        raise LookupError(scope["path"])

    return served
