"""The entry that Lambda calls, and what a start puts off or leaves to later requests (docs/adr/0007)."""

import gc
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_START_THRESHOLD = 200_000
"""Objects between two looks for garbage: a start makes a hundred thousand, and none of them is garbage."""

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def load_handler(app_module: str) -> Handler:
    """Import the module of a function's app and return the handler of its requests."""
    usual_threshold = gc.get_threshold()
    gc.set_threshold(_START_THRESHOLD)
    with _validators_deferred():
        importlib.import_module("fastapi")
    # Only now: what these import would import FastAPI.
    app = importlib.import_module(app_module).app
    handler: Handler = importlib.import_module("cabinet.web.app").lambda_handler(app)
    # What stands now lives as long as the process: it is never looked through again.
    gc.freeze()
    gc.set_threshold(*usual_threshold)
    return handler


@contextmanager
def _validators_deferred() -> Iterator[None]:
    """Have models that are declared meanwhile build their validators at their first use.

    FastAPI declares some forty for an OpenAPI document that a Lambda never makes.
    """
    config = importlib.import_module("pydantic").BaseModel.model_config
    before = dict(config)
    config["defer_build"] = True
    try:
        yield
    finally:
        config.clear()
        config.update(before)
