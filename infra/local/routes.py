"""The API's routes, from the template's own HttpApi events.

The local AWS takes the template's API but ignores the OpenAPI body that SAM makes of the events: without
this the deployment succeeds and no route exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.deployment import client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.build.template import Template


@dataclass(frozen=True)
class Route:
    """One HttpApi event: ``key`` is API Gateway's (`ANY /api/cart`)."""

    key: str
    function: str
    """Logical id."""
    folder: str
    """Where the handler is: ``cart`` of `cart.lambda_function.handler`."""


def declared(template: Template) -> Iterator[Route]:
    """Give every HTTP route of the template."""
    for logical_id, properties in template.resources("AWS::Serverless::Function"):
        for event in properties.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                method, path = event["Properties"]["Method"].upper(), event["Properties"]["Path"]
                yield Route(f"{method} {path}", logical_id, properties["Handler"].split(".")[0])


def create(endpoint: str, template: Template, names: Mapping[str, str]) -> None:
    """Create the declared routes in the deployed API and remove those that are no longer declared."""
    gateway = client(endpoint, "apigatewayv2")
    api = names["Api"]
    old = {route["RouteKey"]: route for route in gateway.get_routes(ApiId=api, MaxResults="500")["Items"]}
    integrations: dict[str, str] = {}
    for route in declared(template):
        if route.function not in integrations:
            made = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=names[f"{route.function}Aliaslive"],
                PayloadFormatVersion="2.0",
            )
            integrations[route.function] = f"integrations/{made['IntegrationId']}"
        target = integrations[route.function]
        if found := old.pop(route.key, None):
            gateway.update_route(ApiId=api, RouteId=found["RouteId"], Target=target)
        else:
            gateway.create_route(ApiId=api, RouteKey=route.key, Target=target)
    for route_id in (route["RouteId"] for route in old.values()):
        gateway.delete_route(ApiId=api, RouteId=route_id)
