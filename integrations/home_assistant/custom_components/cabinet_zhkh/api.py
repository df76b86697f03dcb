"""The client of the cabinet's API: the routes of docs/api.md that this integration needs, and no others."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp

from .const import LONGEST_WAIT, SHORTEST_WAIT

_TIMEOUT = aiohttp.ClientTimeout(total=30)


class ApiError(Exception):
    """The cabinet could not be asked, or answered by something that is no answer of its API."""


class TokenRejected(ApiError):
    """401: the token is mistyped, revoked or has ended."""


class ScopeMissing(ApiError):
    """403: the token's owner has not opened this to it."""


class AskLater(ApiError):
    """429 or 503: nothing may be asked for `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"nothing may be asked for {wait.total_seconds():.0f} s")
        self.wait = wait


class RequestRejected(ApiError):
    """The cabinet refuses the request: `code` is stable, `message` is Russian and meant for the resident."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}")
        self.code = code
        self.message = message


class CabinetApi:
    """The cabinet as one token sees it. Sums are integers of kopecks, readings decimal strings."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._token = token

    async def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts of the token's owner; any scope opens it."""
        items: list[dict[str, Any]] = (await self._ask("GET", "/api/bindings"))["items"]
        return items

    async def summary(self, account_id: str) -> dict[str, Any]:
        """Return what is owed; needs `read:debts`."""
        return await self._ask("GET", f"{_path(account_id)}/summary")

    async def readings_form(self, account_id: str) -> dict[str, Any]:
        """Return the window and the meters with their last readings; needs `read:meters`."""
        return await self._ask("GET", f"{_path(account_id)}/readings/form")

    async def submit_reading(self, account_id: str, taken_on: str, reading: dict[str, Any]) -> dict[str, Any]:
        """Hand in one reading; needs `write:readings`. A call is never repeated."""
        body = {"taken_on": taken_on, "readings": [reading]}
        key = {"Idempotency-Key": str(uuid4())}
        return await self._ask("POST", f"{_path(account_id)}/readings", json=body, headers=key)

    async def _ask(
        self,
        method: str,
        path: str,
        json: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        authorized = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        try:
            async with self._session.request(
                method,
                f"{self._url}{path}",
                json=json,
                headers=authorized | (headers or {}),
                timeout=_TIMEOUT,
                # The token is for this site: it is not carried to where a redirect leads.
                allow_redirects=False,
            ) as answer:
                return await _content(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # By its kind: the text of an error may hold an address with an account's number.
            raise ApiError(type(error).__name__) from error


def _path(account_id: str) -> str:
    return f"/api/accounts/{quote(account_id, safe='')}"


async def _content(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    if answer.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        raise AskLater(_wait(answer.headers.get("Retry-After", "")))
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise TokenRejected
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in range(300, 400):
        raise ApiError(f"HTTP {answer.status}")
    content = await answer.json()
    if not isinstance(content, dict):
        raise ApiError("not an object")
    if answer.ok:
        return content
    if content.get("code") == "scope_missing":
        raise ScopeMissing
    raise RequestRejected(answer.status, str(content.get("code", "")), str(content.get("message", "")))


def _wait(retry_after: str) -> timedelta:
    """Return how long to be silent: what the answer says in seconds, within bounds."""
    seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
    return min(max(timedelta(seconds=min(seconds, 10**6)), SHORTEST_WAIT), LONGEST_WAIT)
