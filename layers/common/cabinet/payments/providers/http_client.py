"""HTTP to the banks: short timeouts, no blind repeats, and a breaker before a dead bank."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError

from cabinet.core import clock
from cabinet.core.correlation import HEADER, correlation_id
from cabinet.payments.providers.base import ProviderConnectionError, ProviderTimeout
from cabinet.payments.providers.judged_connection import POOL_CLASSES

CONNECT_SECONDS, READ_SECONDS = 2.0, 8.0
_FAILURES_TO_OPEN = 5
_OPEN_SECONDS = 30.0
_MAX_ANSWER = 256 * 1024
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class CircuitBreaker:
    """Opens after consecutive failures and lets one call through when it has rested."""

    failures: int = 0
    opened_at: float = 0.0

    def is_open(self, now: float) -> bool:
        """Tell whether calls are refused at the moment."""
        return self.failures >= _FAILURES_TO_OPEN and now - self.opened_at < _OPEN_SECONDS

    def record(self, now: float, *, answered: bool) -> None:
        """Remember how a call ended."""
        if answered:
            self.failures = 0
            return
        self.failures += 1
        self.opened_at = now


@cache
def _pool() -> urllib3.PoolManager:
    """Return connections to the banks."""
    pool = _new_pool()
    pool.pool_classes_by_scheme = POOL_CLASSES
    return pool


@cache
def _own_pool() -> urllib3.PoolManager:
    """Return connections to the site itself, which may be at a private address where it is asked from."""
    return _new_pool()


def _new_pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(
        num_pools=8,
        maxsize=8,
        retries=False,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )


@cache
def circuit_breaker_for(base_url: str) -> CircuitBreaker:
    """Return the breaker of one bank, kept as long as the process is warm."""
    return CircuitBreaker()


class ConnectionBroken(ProviderTimeout):
    """The connection ended without an answer, as one that was kept too long does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object; raises ProviderTimeout for anything else."""
        try:
            bank_status = json.loads(self.body)
        except (ValueError, RecursionError):
            raise ProviderTimeout("not JSON") from None
        if not isinstance(bank_status, dict):
            raise ProviderTimeout("not an object")
        return bank_status


def post_form(base_url: str, path: str, fields: dict[str, str]) -> Answer:
    """Post a form once; nothing is repeated here, because only the caller knows whether that is safe.

    Raises ProviderConnectionError, ProviderTimeout, as `_call` does.
    """
    return _call("POST", base_url, path, urlencode(fields), {"Content-Type": _FORM})


def post_json(base_url: str, path: str, content: dict[str, Any], headers: dict[str, str]) -> Answer:
    """Post JSON once, as `post_form` does a form."""
    return _call("POST", base_url, path, json.dumps(content), headers | {"Content-Type": "application/json"})


def put_with_retry(base_url: str, path: str, headers: dict[str, str]) -> Answer:
    """Put without a body what may be put twice; once more when the connection broke."""
    try:
        return _call("PUT", base_url, path, None, headers)
    except ConnectionBroken:
        return _call("PUT", base_url, path, None, headers)


def put_to_site(site_origin: str, path: str) -> Answer:
    """Put nothing to the site itself; once more when the connection broke."""
    try:
        return _call("PUT", site_origin, path, None, {}, _own_pool())
    except ConnectionBroken:
        return _call("PUT", site_origin, path, None, {}, _own_pool())


def get_with_retry(base_url: str, path: str, headers: dict[str, str]) -> Answer:
    """Ask; once more when the connection broke."""
    try:
        return _call("GET", base_url, path, None, headers)
    except ConnectionBroken:
        return _call("GET", base_url, path, None, headers)


def _call(
    method: str, base_url: str, path: str, sent: str | None, headers: dict[str, str],
    pool: urllib3.PoolManager | None = None,
) -> Answer:  # fmt: skip
    """Call a bank once.

    Raises
    ------
    ProviderConnectionError
        No connection, or the breaker is open: the bank has not seen the request.
    ProviderTimeout
        Sent, but no proper answer came: the bank may have done it.
    """
    breaker = circuit_breaker_for(base_url)
    if breaker.is_open(clock.monotonic()):
        raise ProviderConnectionError("breaker")
    try:
        answer = (pool or _pool()).request(
            method,
            f"{base_url.rstrip('/')}/{path.lstrip('/')}",
            body=sent,
            headers=headers | {HEADER: correlation_id()},
            redirect=False,
            preload_content=False,
        )
        try:
            body = answer.read(_MAX_ANSWER)
        finally:
            answer.drain_conn()
            answer.release_conn()
    except (NewConnectionError, ConnectTimeoutError) as error:
        breaker.record(clock.monotonic(), answered=False)
        raise ProviderConnectionError(type(error).__name__) from None
    except (ProtocolError, ConnectionError) as error:
        breaker.record(clock.monotonic(), answered=False)
        raise ConnectionBroken(type(error).__name__) from None
    except (HTTPError, OSError) as error:
        breaker.record(clock.monotonic(), answered=False)
        raise ProviderTimeout(type(error).__name__) from None
    breaker.record(clock.monotonic(), answered=answer.status < 500)
    if answer.status >= 500:
        raise ProviderTimeout(f"HTTP {answer.status}")
    return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, body)


def post_form_with_retry(base_url: str, path: str, fields: dict[str, str]) -> Answer:
    """Post a form that only asks: once more when the connection broke, since asking twice changes nothing."""
    try:
        return post_form(base_url, path, fields)
    except ConnectionBroken:
        return post_form(base_url, path, fields)
