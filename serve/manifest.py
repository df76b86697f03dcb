"""What template.yaml says of the functions: the routes that reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import compile_path

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from infra.build.template import Template, Tree

_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True, slots=True)
class Route:
    """One HttpApi event: ``key`` is API Gateway's (`ANY /api/cart`)."""

    key: str
    function: str
    """Logical id."""
    folder: str
    """Where the handler is: ``cart`` of `cart.lambda_function.handler`."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what the route's paths look like."""
        return compile_path(self.key.split(" ", 1)[1].replace("{proxy+}", "{proxy:path}"))[0]


def routes(template: Template) -> Iterator[Route]:
    """Give every HTTP route of the template."""
    for logical_id, properties in template.resources(_FUNCTION):
        for event in properties.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                method, path = event["Properties"]["Method"].upper(), event["Properties"]["Path"]
                yield Route(f"{method} {path}", logical_id, _folder(properties))


def ranked_routes(template: Template) -> list[Route]:
    """Return the routes as API Gateway ranks them: whole paths first, then the longest prefix."""
    return sorted(routes(template), key=lambda route: ("{proxy+}" in route.key, -len(route.key)))


def _folder(properties: Tree) -> str:
    return str(properties["Handler"]).split(".")[0]
