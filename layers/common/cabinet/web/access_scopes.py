"""What a resident's program may call: routes are open to its token only where they say so.

No browser adds a token by itself, as it does a cookie: such a request needs no header of our site.
"""

from collections.abc import Callable

from fastapi import Request

from cabinet.core.errors import ScopeMissing, Unauthenticated, raises
from cabinet.identity.access_token_rules import PREFIX, AccessTokenClaims, Scope, parse_access_token
from cabinet.limits import ACCESS_TOKEN_REQUESTS_PER_MINUTE
from cabinet.web.rate_limit import InProcessRateLimit

_BEARER = f"Bearer {PREFIX}"
_requests = InProcessRateLimit()


def allow_access_tokens[**P, R](*scopes: Scope) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a program call the route by a token that has one of the scopes."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        function.__dict__["token_scopes"] = scopes
        return function

    return declare


def token_scopes(endpoint: Callable[..., object]) -> tuple[Scope, ...]:
    """Return the scopes that open a route; none of them: it is not open to tokens."""
    scopes: tuple[Scope, ...] = getattr(endpoint, "token_scopes", ())
    return scopes


def has_access_token(authorization: str) -> bool:
    """Tell whether a request is a program's, by its Authorization header."""
    return authorization.startswith(_BEARER)


@raises(Unauthenticated, ScopeMissing)
def access_token(request: Request) -> AccessTokenClaims | None:
    """Return the token of the request, None when it brings none. No read.

    Raises
    ------
    Unauthenticated
        It is no token of ours.
    ScopeMissing
        The route is not open to tokens at all.
    TooManyRequests
        The program asks too often.
    """
    header = request.headers.get("authorization", "")
    if not has_access_token(header):
        return None
    known: AccessTokenClaims | None = getattr(request.state, "access_token", None)
    if known is not None:
        return known
    claims = parse_access_token(header.removeprefix("Bearer "))
    if claims is None:
        raise Unauthenticated
    if not token_scopes(request.scope["route"].endpoint):
        raise ScopeMissing
    _requests.check(claims.token_hash, ACCESS_TOKEN_REQUESTS_PER_MINUTE)
    request.state.access_token = claims
    return claims


@raises(ScopeMissing)
def require_scope(request: Request, scopes: list[str]) -> None:
    """Raise ScopeMissing unless one of a token's scopes opens the route."""
    if not set(scopes) & set(token_scopes(request.scope["route"].endpoint)):
        raise ScopeMissing
