"""The entry that Lambda calls, and what a start puts off or leaves to later requests (docs/adr/0007)."""

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cabinet.core.gc_tuning import gc_paused

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def load_handler(app_module: str) -> Handler:
    """Import the module of a function's app and return the handler of its requests.

    The parts of the app wait for a request; where the start is kept for later ones (SnapStart, provisioned
    concurrency), all are loaded now.
    """
    with gc_paused():
        with _validators_deferred():
            importlib.import_module("fastapi")
        # Only now: what these import would import FastAPI.
        app = importlib.import_module(app_module).app
        web_app = importlib.import_module("cabinet.web.app")
        if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") != "on-demand":
            web_app.load_all_routers(app)
        handler: Handler = web_app.lambda_handler(app)
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
