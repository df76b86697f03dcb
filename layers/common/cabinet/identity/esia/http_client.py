"""HTTP to an identity provider: short timeouts, no redirects, JSON objects only."""

import json
from functools import cache
from typing import Any

import urllib3

from cabinet.identity.esia.provider import ProviderError, ProviderUnavailable

_MAX_RESPONSE_BYTES = 256 * 1024


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=6), retries=False)


def post_form(url: str, fields: dict[str, str]) -> dict[str, Any]:
    """Send a form and return the JSON object of the answer."""
    return _json_object(_read_response("POST", url, fields=fields, encode_multipart=False))


def get_json(url: str, token: str | None = None) -> dict[str, Any]:
    """Return the JSON object at `url`; `token` is sent as a bearer."""
    return _json_object(
        _read_response("GET", url, headers={"Authorization": f"Bearer {token}"} if token else {})
    )


def post_bytes(url: str, body: bytes, token: str) -> bytes:
    """Send bytes and return the bytes of the answer."""
    headers = {"Content-Type": "application/octet-stream", "Authorization": f"Bearer {token}"}
    return _read_response("POST", url, body=body, headers=headers)


def _read_response(method: str, url: str, **request: Any) -> bytes:  # noqa: ANN401 - urllib3's
    try:
        answer = _pool().request(method, url, redirect=False, preload_content=False, **request)
        body: bytes = answer.read(_MAX_RESPONSE_BYTES)
        answer.release_conn()
    except urllib3.exceptions.HTTPError:
        raise ProviderUnavailable from None
    if answer.status >= 500:
        raise ProviderUnavailable
    if answer.status != 200:
        raise ProviderError(f"status {answer.status}")
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except ValueError:
        raise ProviderError("not JSON") from None
    if not isinstance(payload, dict):
        raise ProviderError("not an object")
    return payload
