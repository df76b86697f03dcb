"""The shape of an HTTP function: the app, the guard before it, errors as problem+json, the Lambda entry."""

import json
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.exceptions import HTTPException
from starlette.routing import Match

from cabinet.api_secrets import is_origin_token
from cabinet.aws.failures import error_code, error_location
from cabinet.aws.secrets import SecretUnreadable
from cabinet.core.correlation import HEADER, set_correlation_id
from cabinet.core.errors import (
    CsrfRejected,
    DomainError,
    FieldError,
    InvalidFields,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    ServiceUnavailable,
    UriTooLong,
)
from cabinet.core.logging import Event, log_debug, log_error
from cabinet.core.settings import http_settings
from cabinet.web.access_scopes import has_access_token
from cabinet.web.inline_routes import create_router, single_request_mode
from cabinet.web.lazy_routers import LazyRouter, LazyRouterLoader
from cabinet.web.rate_limit import ClientIpRateLimit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "Identifier",
    "LazyRouter",
    "RequestGuardMiddleware",
    "create_app",
    "create_router",
    "get_client_ip",
    "lambda_handler",
    "load_all_routers",
]

MAX_BODY_BYTES = 256 * 1024
MAX_URI_BYTES = 8192
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
PROBLEM = "application/problem+json"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

type Identifier = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[^#\x00-\x1f]+$")]
"""An identifier in a path: short enough for a key, without the keys' separator."""

type IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", min_length=1, max_length=64, pattern=r"^[!-~]+$")
]
"""The required header, 1–64 visible ASCII characters."""


def create_app(
    name: str,
    *routers: APIRouter,
    lazy_routers: Sequence[LazyRouter] = (),
    externally_called_paths: Sequence[str] = (),
) -> FastAPI:
    """Return the app of one function.

    Parameters
    ----------
    name
        The function's folder; names its part of the OpenAPI document.
    routers
        Routes with full paths (``/api/...``); of an app without lazy routers.
    lazy_routers
        Modules that are imported when a request for their paths comes; none is externally called.
    externally_called_paths
        Paths that banks or mail programs call. They prove themselves otherwise than by our headers: neither
        origin token nor CSRF header is asked of them, and no rate is limited by address.
    """
    external = frozenset(externally_called_paths)
    # FastAPI silences this about its own body fields while it declares them; ours wait until a request.
    warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
    app = FastAPI(
        title=f"cabinet {name}",
        # As they are: `include_router` would make each route anew at the first request.
        routes=[route for router in routers for route in router.routes],
        openapi_url=None, docs_url=None, redoc_url=None,
        # A redirect would name the host that the function sees: the API's own, past the one origin.
        redirect_slashes=False,
        # X-Ray and the log tell more, and each request would look for OpenTelemetry's providers.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    app.state.externally_called_paths = external
    app.state.lazy_routers = LazyRouterLoader(app, lazy_routers)
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    # A function whose every route is externally called knows no origin token, and may not read it.
    requires_origin_token = bool(lazy_routers) or any(
        getattr(route, "path", "") not in external for route in app.routes
    )
    app.add_middleware(
        RequestGuardMiddleware, externally_called_paths=external, requires_origin_token=requires_origin_token
    )
    return app


def load_all_routers(app: FastAPI) -> FastAPI:
    """Give an app all of its routes: for a server, for the description of the API, before a snapshot."""
    loader: LazyRouterLoader = app.state.lazy_routers
    loader.load_all()
    return app


def lambda_handler(app: FastAPI) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Return the Lambda entry of an app."""
    adapter = Mangum(app, lifespan="off")

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
        single_request_mode.set(True)
        return adapter(event, context)

    return handler


def get_client_ip(request: Request) -> str:
    """Return the caller's address as the front (CloudFront, or the local gateway) reports it."""
    return _client_ip(request.scope, request.headers)


def _client_ip(scope: "Scope", headers: Mapping[str, str]) -> str:
    header_value = headers.get(http_settings().client_address_header, "").split(",")[0].strip()
    if not header_value:
        client = scope.get("client")
        return client[0] if client else "unknown"
    # CloudFront-Viewer-Address carries the port: 198.51.100.7:46532, [2001:db8::1]:443 or 2001:db8::1:443.
    matched = re.fullmatch(r"\[?([0-9a-fA-F:.]+?)\]?:\d{1,5}", header_value)
    return (
        matched[1]
        if matched and http_settings().client_address_header.startswith("cloudfront")
        else header_value
    )


class RequestGuardMiddleware:
    """Refuse before any work: a request past the one origin, a cross-site one, too many or too much.

    And answer for what failed: an error that left the app would be logged by others with all its words.
    """

    def __init__(
        self, app: "ASGIApp", externally_called_paths: frozenset[str], *, requires_origin_token: bool
    ) -> None:
        self.app = app
        self.externally_called_paths = externally_called_paths
        self.requires_origin_token = requires_origin_token
        self.ip_limit = ClientIpRateLimit()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        event = scope.get("aws.event", {})
        set_correlation_id(headers.get(HEADER.lower()), event.get("requestContext", {}).get("requestId"))
        try:
            check_uri(scope)
            if scope["path"] not in self.externally_called_paths:
                self._check_token_and_rate(scope, headers)
                scope["app"].state.lazy_routers.load_for(scope["path"])
                _check_csrf(scope, headers)
            body = b"" if scope["method"] in _SAFE_METHODS else await _read_body(receive, headers)
        except DomainError as error:
            log_debug(Event.REQUEST_SERVED, route="unmatched", status=error.status)
            await problem_response(error)(scope, receive, send)
            return

        async def replay() -> "Message":
            return {"type": "http.request", "body": body, "more_body": False}

        begun = False

        async def send_with_headers(message: "Message") -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                log_debug(Event.REQUEST_SERVED, route=_route(scope), status=message["status"])
                given = {name.lower() for name, _ in message["headers"]}
                extra = [(n.lower().encode(), v.encode()) for n, v in _HEADERS.items()]
                message["headers"] = [*message["headers"], *(h for h in extra if h[0] not in given)]
            await send(message)

        try:
            await self.app(scope, replay, send_with_headers)
        except Exception as error:
            # The outermost edge: anything further out would log it with its words.
            if begun:
                raise
            await _internal_error(scope, error)(scope, receive, send)

    def _check_token_and_rate(self, scope: "Scope", headers: dict[str, str]) -> None:
        settings = http_settings()
        if settings.origin_token and self.requires_origin_token:
            _check_origin_token(headers, settings.origin_token.get_secret_value())
        # Not before: a client that bypasses CloudFront can claim any address.
        self.ip_limit.check(_client_ip(scope, headers), settings.address_requests_per_minute)


def _check_csrf(scope: "Scope", headers: dict[str, str]) -> None:
    """Refuse a change that another site asks for."""
    if scope["method"] in _SAFE_METHODS or has_access_token(headers.get("authorization", "")):
        return
    settings = http_settings()
    is_ours = headers.get("x-requested-with") == "cabinet"
    is_ours &= headers.get("origin", settings.site_origin) in settings.origins
    # Where no route would run, the router says so: 404, or 405 with the methods that there are.
    if not is_ours and any(route.matches(scope)[0] is Match.FULL for route in scope["app"].routes):
        raise CsrfRejected


def _check_origin_token(headers: dict[str, str], initial_token: str) -> None:
    """Refuse what did not come by CloudFront, as if there were nothing here."""
    try:
        is_ours = is_origin_token(headers.get("x-origin-token", ""), initial_token)
    except SecretUnreadable as error:
        raise ServiceUnavailable from error
    if not is_ours:
        raise NotFound


def check_uri(scope: "Scope") -> None:
    """Refuse an address that is longer than CloudFront's own limit, wherever the request came in."""
    path = scope.get("raw_path") or scope["path"].encode()
    if len(path) + len(scope["query_string"]) > MAX_URI_BYTES:
        raise UriTooLong


async def _read_body(receive: "Receive", headers: dict[str, str]) -> bytes:
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise PayloadTooLarge
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > MAX_BODY_BYTES:
            raise PayloadTooLarge
        if not message.get("more_body", False):
            return b"".join(parts)


def problem_response(error: DomainError) -> Response:
    """Return an error as its owner words it."""
    body = json.dumps(error.problem(), ensure_ascii=False)
    return Response(body, error.status, error.headers | _HEADERS, PROBLEM)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    if error.status >= 500:
        _log_failure(Event.REQUEST_UNAVAILABLE, request.scope, error)
    return problem_response(error)


async def _on_invalid_request(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return problem_response(InvalidFields(*(_field_error(found) for found in error.errors()[:20])))


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    match error.status_code:
        case NotFound.status:
            return problem_response(NotFound())
        case MethodNotAllowed.status:
            return problem_response(MethodNotAllowed(_allowed_methods(request)))
        case status:
            return problem_response(GenericProblem(status))


def _allowed_methods(request: Request) -> set[str]:
    """Return the methods of all routes on this path: the framework names those of the first one alone.

    A word before any name, as OpenAPI has it: «/form» is not «/{reading_id}».
    """
    found = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    by_names: dict[int, set[str]] = {}
    for route in found:
        methods = by_names.setdefault(getattr(route, "path", "").count("{"), set())
        methods |= getattr(route, "methods", None) or set()
    return by_names[min(by_names)]


def _internal_error(scope: "Scope", error: Exception) -> Response:
    """Log the class and the place, not the message, which may quote what somebody typed."""
    _log_failure(Event.REQUEST_FAILED, scope, error)
    return problem_response(GenericProblem(500))


def _route(scope: "Scope") -> str:
    """Return the route as it is declared: the path itself may name an account."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def _log_failure(event: Event, scope: "Scope", error: Exception) -> None:
    log_error(
        event,
        route=_route(scope),
        error=type(error).__name__,
        code=error_code(error),
        place=error_location(error.__traceback__),
    )


class GenericProblem(DomainError):
    """A status that the framework or the gateway itself gives: 400 for a body that is not JSON, 500."""

    def __init__(self, status: int) -> None:
        super().__init__("Сервис не смог выполнить запрос." if status >= 500 else None)
        self.status = status  # type: ignore[misc]
        self.code = {500: "internal"}.get(status, "bad_request")  # type: ignore[misc]


_MESSAGES = {
    "missing": ("required", "Заполните это поле."),
    "string_too_short": ("required", "Заполните это поле."),
    "string_too_long": ("too_long", "Слишком длинный текст."),
    "too_long": ("too_long", "Слишком много значений."),
    "json_invalid": ("not_json", "Запрос повреждён: ожидался JSON."),
}


def _field_error(found: dict[str, Any]) -> FieldError:
    """Return pydantic's error as the description has it: ``readings[0].value`` and a Russian sentence."""
    steps = [step for step in found["loc"] if step not in ("body", "query", "path", "header")]
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    code, message = _MESSAGES.get(found["type"], ("invalid", "Неверное значение."))
    return FieldError(field or "body", code, message)
