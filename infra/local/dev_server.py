"""`./cabinet local --reload`: the local web application restarted after every change of the sources."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.app import create_local_app

if TYPE_CHECKING:
    from starlette.applications import Starlette

SETTINGS_VARIABLE = "CABINET_RELOADING"


def create() -> Starlette:
    """Return the front over the sources; uvicorn calls it again after every change."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    settings = json.loads(os.environ[SETTINGS_VARIABLE])
    return create_local_app(settings["endpoint"], settings["names"], Path(settings["data"]))


def _exit_with_parent() -> None:
    """Free the port when the command was killed: nobody else would end this process."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
