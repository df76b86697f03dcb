"""Lazy routers of an app: modules with routes that are imported when the first request for their paths comes.

A start pays for the routes of the request that it was started for (docs/adr/0007). Whatever needs all routes,
as a server or the description of the API does, asks for them by `load_all`.
"""

import importlib
from collections.abc import Iterable, Sequence
from threading import Lock

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from cabinet.core.gc_tuning import gc_paused


class LazyRouter:
    """A module whose `router` has all routes of some paths, and no others.

    Parameters
    ----------
    module
        Its name.
    paths
        Patterns of whole paths; ``*`` is any one segment, and ``**`` at the end any further ones, or none:
        ``/api/accounts/*/meters/**``.
    """

    def __init__(self, module: str, *paths: str) -> None:
        self.module = module
        self._patterns = [path.split("/") for path in paths]

    def covers(self, path: str) -> bool:
        """Tell whether a route of this router could match a path."""
        # A route's pattern passes over a line end after the path.
        segments = path.rstrip("\n").split("/")
        return any(_match(segments, each) for each in self._patterns)


class LazyRouterLoader:
    """Gives an app the routes of its lazy routers, in their order, whichever was asked for first."""

    def __init__(self, app: FastAPI, lazy_routers: Sequence[LazyRouter]) -> None:
        self.app = app
        self.lazy_routers = lazy_routers
        self._routes: dict[str, list[BaseRoute]] = {}
        self._lock = Lock()

    def load_for(self, path: str) -> None:
        """Load every router whose routes could match a path."""
        self._load(lazy.module for lazy in self.lazy_routers if lazy.covers(path))

    def load_all(self) -> None:
        """Load every router."""
        self._load(lazy.module for lazy in self.lazy_routers)

    def _load(self, modules: Iterable[str]) -> None:
        with self._lock:
            wanted = [module for module in modules if module not in self._routes]
            if not wanted:
                return
            with gc_paused():
                for module in wanted:
                    router: APIRouter = importlib.import_module(module).router
                    self._routes[module] = router.routes
            # As they are: `include_router` would make each anew. A new list: another request may walk it.
            loaded = (self._routes.get(lazy.module, []) for lazy in self.lazy_routers)
            self.app.router.routes = [route for routes in loaded for route in routes]


def _match(segments: Sequence[str], pattern: Sequence[str]) -> bool:
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        segments = segments[: len(pattern)]
    return len(segments) == len(pattern) and all(
        wanted in ("*", segment) for wanted, segment in zip(pattern, segments, strict=True)
    )
