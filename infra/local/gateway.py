"""What CloudFront does for `/api/*`: hands requests to the API, with the caller's address in a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

_NOT_FORWARDED = {"host", "connection", "keep-alive", "transfer-encoding", "upgrade", "te", "accept-encoding"}
_NOT_RETURNED = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "content-encoding",
    "date",
}
_SECONDS = 30.0  # API Gateway's own limit


class Gateway:
    """Forwards to one API of the local AWS."""

    def __init__(self, endpoint: str, api_id: str) -> None:
        self._base = httpx.URL(endpoint)
        self._host = f"{api_id}.execute-api.127.0.0.1"
        limits = httpx.Limits(max_connections=64)
        self._client = httpx.AsyncClient(timeout=_SECONDS, limits=limits, trust_env=False)

    async def forward(self, request: Request) -> Response:
        """Forward ``request`` and give back the answer, all of its cookies included."""
        headers = [(k, v) for k, v in request.headers.items() if k not in _NOT_FORWARDED]
        headers.append(("host", self._host))
        if "x-forwarded-for" not in request.headers:
            headers.append(("x-forwarded-for", request.client.host if request.client else "127.0.0.1"))
        # The path as the browser sent it: an account's id holds a percent-encoded colon.
        raw_path: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        url = self._base.copy_with(raw_path=raw_path + (b"?" + query if query else b""))
        try:
            answer = await self._client.request(
                request.method, url, headers=headers, content=await request.body()
            )
        except httpx.TransportError:
            return JSONResponse({"message": "Service Unavailable"}, 503, {"Retry-After": "1"})
        response = Response(answer.content, answer.status_code)
        kept = [(name.lower(), value) for name, value in answer.headers.raw]
        response.raw_headers = [
            *((name, value) for name, value in kept if name.decode("latin-1") not in _NOT_RETURNED),
            (b"content-length", str(len(answer.content)).encode()),
        ]
        return response
