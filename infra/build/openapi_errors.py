"""What every route can answer besides its result, declared in the OpenAPI description.

It is declared once: by the app factory (what the guard before each route refuses), by `raises` on the
dependencies (no session, another's account), and by `raises` on the route itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, get_args, get_origin

from fastapi.routing import APIRoute
from pydantic import Field, TypeAdapter, create_model

from cabinet.core.errors import (
    CsrfRejected,
    DomainError,
    FieldError,
    InvalidFields,
    PayloadTooLarge,
    ScopeMissing,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
    UriTooLong,
    raised_by,
)
from cabinet.staff.errors import StaffUnauthenticated
from cabinet.web import staff_auth
from cabinet.web.access_scopes import token_scopes
from cabinet.web.app import PROBLEM
from cabinet.web.auth import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant

SECURITY_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "staff": {"type": "apiKey", "in": "cookie", "name": staff_auth.COOKIE},
    "site": {
        "type": "apiKey", "in": "header", "name": "X-Requested-With",
        "description": "The word «cabinet», which only our own site can send.",
    },
    "access_token": {
        "type": "http", "scheme": "bearer", "bearerFormat": "cab_…",
        "description": "A token of a resident's program; each operation names the scopes that open it.",
    },
}  # fmt: skip
_SAFE = {"GET", "HEAD"}
_FRAMEWORKS = ("HTTPValidationError", "ValidationError")
_COMPONENTS = "#/components/schemas/"
_RETRY_AFTER = {
    "Retry-After": {"required": True, "schema": {"type": "integer"}, "description": "Seconds to wait."}
}


class Problem(TypedDict):
    """The body of every error (RFC 9457); title, detail and messages are sentences for the subscriber."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError]
    instance: str


def describe(app: FastAPI, description: dict[str, Any]) -> None:
    """Add to one function's description the errors that its routes can answer, and what they ask for."""
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORKS:
        schemas.pop(name, None)
    _add_schema(schemas, "Problem", TypeAdapter(Problem))
    for route in app.routes:
        if not isinstance(route, APIRoute):
            continue
        for method in route.methods or ():
            operation = description["paths"][route.path_format][method.lower()]
            is_own = method not in _SAFE and route.path_format not in app.state.externally_called_paths
            errors = _errors_of(route, operation)
            if method not in _SAFE:
                errors.add(PayloadTooLarge)
            if route.path_format not in app.state.externally_called_paths:
                errors.add(TooManyRequests)
            if is_own:
                errors.add(CsrfRejected)
            if Unauthenticated in errors:
                errors.add(ScopeMissing)
            asked = {
                "session": Unauthenticated in errors,
                "staff": StaffUnauthenticated in errors,
                "site": is_own,
            }
            if any(asked.values()):
                operation["security"] = [{name: [] for name, is_asked in asked.items() if is_asked}]
            for scope in token_scopes(route.endpoint):
                operation["security"].append({"access_token": [scope]})
            operation["responses"].pop("422", None)
            operation["responses"] |= _responses(errors, schemas)


def _errors_of(route: APIRoute, operation: dict[str, Any]) -> set[type[DomainError]]:
    """Return what the route, its dependencies and the framework before them can answer."""
    errors: set[type[DomainError]] = {ServiceUnavailable, UriTooLong, *raised_by(route.endpoint)}
    waiting: list[Dependant] = [*route.dependant.dependencies]
    while waiting:
        dependency = waiting.pop()
        errors |= raised_by(dependency.call) if dependency.call else set()
        waiting += dependency.dependencies
    if "requestBody" in operation:
        errors |= {DomainError, InvalidFields}
    if "parameters" in operation:
        errors.add(InvalidFields)
    return errors


def _responses(errors: Iterable[type[DomainError]], schemas: dict[str, Any]) -> dict[str, Any]:
    by_status: dict[int, list[type[DomainError]]] = {}
    for error in sorted(errors, key=lambda each: (each.status, each.code, each.__name__)):
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _response(status, alike, schemas) for status, alike in by_status.items()}


def _response(status: int, errors: list[type[DomainError]], schemas: dict[str, Any]) -> dict[str, Any]:
    titles = {error.code: error.title for error in errors}
    response: dict[str, Any] = {
        "description": "; ".join(f"`{code}` «{title}»" for code, title in titles.items()),
        "content": {PROBLEM: {"schema": _schema(status, errors, schemas)}},
    }
    if status in (429, 503):
        response["headers"] = _RETRY_AFTER
    return response


def _schema(status: int, errors: list[type[DomainError]], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a problem with the codes of this place; the fields' own codes (422) are too many to list."""
    problem = {"$ref": f"{_COMPONENTS}Problem"}
    if status == InvalidFields.status:
        return problem
    extended = {error.code: _extended(error, schemas) for error in errors if error.extension}
    plain = sorted({error.code for error in errors} - set(extended))
    shapes = list(extended.values())
    if plain:
        shapes.insert(0, _with_codes(problem, plain))
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def _extended(error: type[DomainError], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a problem that has further members, each class's under its own name."""
    members: dict[str, Any] = {
        name: (get_args(kind)[0], Field(default_factory=lambda: None))
        if get_origin(kind) is NotRequired
        else (kind, ...)
        for name, kind in error.extension.items()
    }
    name = f"{error.__name__}Members"
    _add_schema(schemas, name, TypeAdapter(create_model(name, **members)))
    shape = _with_codes({"$ref": f"{_COMPONENTS}Problem"}, [error.code])
    return {"allOf": [*shape["allOf"], {"$ref": f"{_COMPONENTS}{name}"}]}


def _with_codes(problem: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    return {"allOf": [problem, {"type": "object", "properties": {"code": {"enum": codes}}}]}


def _add_schema(schemas: dict[str, Any], name: str, adapter: TypeAdapter[Any]) -> None:
    schema = adapter.json_schema(ref_template=_COMPONENTS + "{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = schema
