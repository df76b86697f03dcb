"""Run a plain function in place (no thread) if the process serves one request at a time, as a Lambda does.

FastAPI hands `def` endpoints to a thread, so that a server's other requests go on. In a Lambda there are no
others, and the hop, with an event loop that waits for it, was more than half of a warm request's CPU
(bench/request_cpu.py). Under uvicorn, where one process serves many, the threads stay.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from inspect import iscoroutinefunction

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

single_request_mode: ContextVar[bool] = ContextVar("single_request_mode", default=False)


def run_inline_or_in_thread[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Return `function` as a coroutine: run at once when alone, in a thread otherwise."""

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if single_request_mode.get():
            return function(*args, **kwargs)
        return await run_in_threadpool(function, *args, **kwargs)

    return run


class _InlineRoute(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., object], **options: object) -> None:
        runs = endpoint if iscoroutinefunction(endpoint) else run_inline_or_in_thread(endpoint)
        super().__init__(path, runs, **options)  # type: ignore[arg-type]


def create_router(prefix: str = "", *, tags: Sequence[str] = ()) -> APIRouter:
    """Return a router whose `def` endpoints run in place, without a thread."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=_InlineRoute)
