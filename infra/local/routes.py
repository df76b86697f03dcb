"""The API's routes in the local AWS, from the template's own HttpApi events.

The local AWS takes the template's API but ignores the OpenAPI body that SAM makes of the events: without
this the deployment succeeds and no route exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.deployment import client
from serve.manifest import routes as declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.build.template import Template


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
