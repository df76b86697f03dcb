"""HTTP to the banks: short timeouts, no blind repeats, and a breaker before a dead bank."""

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError

from cabinet.core import clock
from cabinet.core.correlation import HEADER, correlation_id
from cabinet.payments.providers.bank_addresses import public_addresses
from cabinet.payments.providers.base import NoUsableAnswer, ProviderConnectionError

CONNECT_SECONDS, READ_SECONDS = 2.0, 8.0
_FAILURES_TO_OPEN = 5
_OPEN_SECONDS = 30.0
_MAX_ANSWER = 256 * 1024
_TLS_PORT = 443
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class CircuitBreaker:
    """Opens after consecutive failures; after a pause it lets one trial call through (half-open)."""

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
def _connections() -> urllib3.PoolManager:
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


class ConnectionBroken(NoUsableAnswer):
    """The connection ended without an answer, as one that was kept too long does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object; raises NoUsableAnswer for anything else."""
        try:
            payload = json.loads(self.body)
        except (ValueError, RecursionError):
            raise NoUsableAnswer("not JSON") from None
        if not isinstance(payload, dict):
            raise NoUsableAnswer("not an object")
        return payload


def post_form(base_url: str, path: str, fields: dict[str, str]) -> Answer:
    """Post a form once; nothing is repeated here, because only the caller knows whether that is safe.

    Raises ProviderConnectionError, NoUsableAnswer, as `_call` does.
    """
    return _call("POST", base_url, path, urlencode(fields), {"Content-Type": _FORM})


def post_json(base_url: str, path: str, content: dict[str, Any], headers: dict[str, str]) -> Answer:
    """Post JSON once, as `post_form` does a form."""
    return _call("POST", base_url, path, json.dumps(content), headers | {"Content-Type": "application/json"})


def put_with_retry(base_url: str, path: str, headers: dict[str, str]) -> Answer:
    """Put without a body what may be put twice; once more when the connection broke."""
    return _call_with_retry("PUT", base_url, path, None, headers)


def put_to_site(site_origin: str, path: str) -> Answer:
    """Put nothing to the site itself; once more when the connection broke."""
    return _call_with_retry("PUT", site_origin, path, None, {}, to_own_site=True)


def get_with_retry(base_url: str, path: str, headers: dict[str, str]) -> Answer:
    """Ask; once more when the connection broke."""
    return _call_with_retry("GET", base_url, path, None, headers)


def _call_with_retry(
    method: str, base_url: str, path: str, sent: str | None, headers: dict[str, str],
    *, to_own_site: bool = False,
) -> Answer:  # fmt: skip
    try:
        return _call(method, base_url, path, sent, headers, to_own_site=to_own_site)
    except ConnectionBroken:
        return _call(method, base_url, path, sent, headers, to_own_site=to_own_site)


def _call(
    method: str, base_url: str, path: str, sent: str | None, headers: dict[str, str],
    *, to_own_site: bool = False,
) -> Answer:  # fmt: skip
    """Call a bank once, or the site itself (`to_own_site`), which may be at a private address from within.

    Raises
    ------
    ProviderConnectionError
        No connection, or the breaker is open: the bank has not seen the request.
    NoUsableAnswer
        Sent, but no proper answer came: the bank may have done it.
    """
    breaker = circuit_breaker_for(base_url)
    if breaker.is_open(clock.monotonic()):
        raise ProviderConnectionError("breaker")
    try:
        url = f"{base_url.rstrip('/')}/{path.lstrip('/')}"
        headers = headers | {HEADER: correlation_id()}
        answer = _send(method, url, sent, headers, check_addresses=not to_own_site)
        try:
            body = answer.read(_MAX_ANSWER)
        finally:
            answer.drain_conn()
            answer.release_conn()
    except ProviderConnectionError:
        breaker.record(clock.monotonic(), answered=False)
        raise
    except (NewConnectionError, ConnectTimeoutError) as error:
        breaker.record(clock.monotonic(), answered=False)
        raise ProviderConnectionError(type(error).__name__) from None
    except (ProtocolError, ConnectionError) as error:
        breaker.record(clock.monotonic(), answered=False)
        raise ConnectionBroken(type(error).__name__) from None
    except (HTTPError, OSError) as error:
        breaker.record(clock.monotonic(), answered=False)
        raise NoUsableAnswer(type(error).__name__) from None
    breaker.record(clock.monotonic(), answered=answer.status < 500)
    if answer.status >= 500:
        raise NoUsableAnswer(f"HTTP {answer.status}")
    return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, body)


def post_form_with_retry(base_url: str, path: str, fields: dict[str, str]) -> Answer:
    """Post a form that only asks: once more when the connection broke, since asking twice changes nothing."""
    return _call_with_retry("POST", base_url, path, urlencode(fields), {"Content-Type": _FORM})


def _send(
    method: str, url: str, sent: str | None, headers: dict[str, str], *, check_addresses: bool
) -> urllib3.BaseHTTPResponse:
    """Send a request; by TLS to the checked addresses, the next one if a connection fails.

    Plain HTTP is spoken on the local stack alone: no other address without TLS can be set.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not check_addresses:
        return _connections().request(
            method, url, body=sent, headers=headers, redirect=False, preload_content=False
        )
    host, port = parts.hostname or "", parts.port or _TLS_PORT
    *first, last = public_addresses(host, port)
    for address in first:
        with suppress(NewConnectionError, ConnectTimeoutError):
            return _send_to(address, host, port, method, url, sent, headers)
    return _send_to(last, host, port, method, url, sent, headers)


def _send_to(
    address: str, host: str, port: int, method: str, url: str, sent: str | None, headers: dict[str, str]
) -> urllib3.BaseHTTPResponse:
    """Send a request to one address of a name; the certificate must be the name's."""
    parts = urlsplit(url)
    pool = _connections().connection_from_host(
        address, port, "https", {"server_hostname": host, "assert_hostname": host}
    )
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    named = headers | {"Host": parts.netloc}
    return pool.urlopen(method, target, body=sent, headers=named, redirect=False, preload_content=False)
