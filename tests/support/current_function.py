"""Which function of the system runs now, by the call stack; in a thread, by the function that started it."""

import functools
import inspect
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path, PurePath
from typing import Any

from fastapi import FastAPI

from infra.build.template import ROOT

_FUNCTIONS = str(ROOT / "functions")
_TESTS = str(ROOT / "tests")
_LISTENERS = {str(Path(__file__).with_name(name)) for name in ("aws_calls.py", "rights.py")}
_begun_by: ContextVar[str] = ContextVar("begun_by", default="")


def current_function() -> str:
    """Return the folder of the function whose code runs, or nothing: a test or a command has called."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    while frame is not None:
        path = frame.f_code.co_filename
        if path == __file__:
            break
        function = _function_of(path)
        if function is not None:
            return function
        frame = frame.f_back
    return _begun_by.get()


@functools.cache
def _function_of(path: str) -> str | None:
    """Return the folder of a function's file, nothing of a test's; None of a file that does not tell."""
    if path.startswith(_FUNCTIONS):
        return PurePath(path).relative_to(_FUNCTIONS).parts[0]
    return "" if path.startswith(_TESTS) and path not in _LISTENERS else None


def watch() -> None:
    """Follow what apps and pools of threads begin: there is no function on the stack of their threads."""
    FastAPI.__call__ = _followed_app(FastAPI.__call__)  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = _followed_work(ThreadPoolExecutor.submit)  # type: ignore[method-assign]


def _followed_app(serve: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(serve)
    async def serve_as(self: FastAPI, scope: Any, receive: Any, send: Any) -> None:
        before = _begun_by.set(self.title.removeprefix("cabinet "))
        try:
            await serve(self, scope, receive, send)
        finally:
            _begun_by.reset(before)

    return serve_as


def _followed_work(submit: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(submit)
    def submit_as(self: ThreadPoolExecutor, work: Any, /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = submit(self, _work_as, current_function(), work, *args, **named)
        return future

    return submit_as


def _work_as(function: str, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
    before = _begun_by.set(function)
    try:
        return work(*args, **named)
    finally:
        _begun_by.reset(before)
