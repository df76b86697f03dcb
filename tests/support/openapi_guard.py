"""Every answer that a test gets from a described route must be one that docs/openapi.json declares.

So a new error of a route cannot stay out of the description: add its class to the route's `@raises(…)`, its
further members to the class's `extension`, and run `./cabinet openapi > docs/openapi.json`.
"""

import functools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jsonschema_rs
from starlette.applications import Starlette

from infra.build.openapi import COMMITTED
from tests.support.app_client import AppClient

PROBLEM = "application/problem+json"
# What no route declares: a method that its path lacks (security/test_routes.py). Nor does any declare a 500.
_UNDECLARED = {405}


@contextmanager
def allow_internal_errors() -> Iterator[None]:
    """Let answers be 500 for a while: the test itself breaks the product, and looks at what it says then."""
    _UNDECLARED.add(500)
    try:
        yield
    finally:
        _UNDECLARED.discard(500)


def watch() -> None:
    """Look at the answers of every AppClient from now on."""
    plain = AppClient.request

    @functools.wraps(plain)
    def request(self: AppClient, method: str, url: Any, **options: Any) -> Any:
        answer = plain(self, method, url, **options)
        # A gateway before made-up functions (unit/infra/test_gateway.py) answers what the test gives it.
        problem = None if type(self.app) is Starlette else undeclared(method, answer)
        assert problem is None, f"{method} {url}: {problem}"
        return answer

    AppClient.request = request  # type: ignore[method-assign]


def undeclared(method: str, answer: Any) -> str | None:
    """Return what in an answer the description does not declare; None when all is well."""
    declared = _responses(method.lower(), answer.request.url.path)
    if declared is None or answer.status_code in _UNDECLARED:
        return None
    response = declared.get(str(answer.status_code))
    if response is None:
        return f"status {answer.status_code} is not declared: {answer.text[:300]}"
    kinds = response.get("content", {})
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not kinds:
        return f"a body where none is declared: {answer.text[:300]}" if answer.content else None
    if kind not in kinds:
        return f"{kind} where {', '.join(kinds)} is declared"
    if not kind.endswith("json"):
        return None
    return _misfit(json.dumps(kinds[kind]["schema"], sort_keys=True), kind, answer.json())


def _misfit(schema: str, kind: str, body: Any) -> str | None:
    wrong = next(_validator(schema).iter_errors(body), None)
    if wrong is not None:
        return f"{wrong.message}: {json.dumps(body, ensure_ascii=False)[:300]}"
    further = set(body) - _members(schema) if kind == PROBLEM else set()
    return f"members that no schema has: {sorted(further)}" if further else None


@functools.cache
def _description() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))
    return found


@functools.cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    # «/read-all» before «/{notice_id}»: a word before any name.
    ordered = sorted(_description()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), operations) for path, operations in ordered]


def _responses(method: str, path: str) -> dict[str, Any] | None:
    for pattern, operations in _paths():
        if pattern.fullmatch(path):
            found: dict[str, Any] | None = operations.get(method, {}).get("responses")
            return found
    return None


@functools.cache
def _validator(schema: str) -> Any:
    whole = json.loads(schema) | {"components": _description()["components"]}
    return jsonschema_rs.validator_for(whole)


@functools.cache
def _members(schema: str) -> frozenset[str]:
    """Return all names that a problem's schema gives to members of the body."""
    names = {"type", "title", "status", "detail", "code", "errors"}
    for found in re.findall(r'"#/components/schemas/(\w+)"', schema):
        names |= set(_description()["components"]["schemas"][found].get("properties", {}))
    return frozenset(names)
