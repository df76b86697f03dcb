"""The API in one process: the template's routes, and the API's own words for all that has none."""

import json

import pytest
from starlette.applications import Starlette

from infra.build.template import Template
from serve.functions import Functions
from serve.manifest import ranked_routes
from tests.support.app_client import AppClient
from tests.support.aws import Aws

PROBLEM = "application/problem+json"


@pytest.fixture
def front(aws: Aws, template: Template) -> AppClient:
    return AppClient(Starlette(routes=[Functions(template)]), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/api/cart", "cart"),
        ("/api/orders/1/receipt", "cart"),
        ("/api/accounts/center:1/summary", "queries"),
        ("/api/accounts/center:1/readings", "readings"),
        ("/api/accounts/center:1/meters/2/readings", "queries"),
        ("/api/accounts/center:1/documents/3/pdf", "receipts"),
        ("/api/accounts/center:1/nothing", "queries"),
    ],
)
def test_a_path_belongs_to_the_function_that_the_template_names(
    template: Template, path: str, folder: str
) -> None:
    assert next(route.folder for route in ranked_routes(template) if route.pattern.match(path)) == folder


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/accounts/%0a", 404),
        ("PROPFIND", "/api/cart", 405),
        ("OPTIONS", "/api/profile", 405),
        ("GET", "/api/profile?x=" + "y" * 9_000, 414),
        ("GET", "/api/" + "y" * 9_000, 414),
        ("GET", "/api/profile", 401),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_refused_is_a_problem(front: AppClient, method: str, path: str, status: int) -> None:
    answer = front.request(method, path, headers={"X-Requested-With": "cabinet"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert json.loads(answer.content)["status"] == status
