"""Parts of an app: whichever of them are loaded, every request is answered as by the whole."""

import importlib
import sys
from typing import Any

import pytest
from fastapi import FastAPI

from cabinet.web.app import LazyRouter, create_app, load_all_routers
from cabinet.web.lazy_routers import LazyRouterLoader
from infra.build.openapi import http_functions
from infra.build.template import Template
from tests.support.app_client import AppClient

NAMES = http_functions(Template.load())


def lazy_routers_of(name: str) -> list[LazyRouter]:
    loader: LazyRouterLoader = importlib.import_module(f"{name}.app").app.state.lazy_routers
    return list(loader.lazy_routers)


def paths(routes: Any) -> list[str]:
    return [route.path for route in routes]


def unloaded(name: str) -> FastAPI:
    """The function's app as it is when a process starts."""
    return create_app(name, lazy_routers=lazy_routers_of(name))


PARTED = [name for name in NAMES if lazy_routers_of(name)]
ROUTES = [
    (name, part.module, path)
    for name in PARTED
    for part in lazy_routers_of(name)
    for path in sorted(set(paths(importlib.import_module(part.module).router.routes)))
]


def test_the_largest_functions_are_parted() -> None:
    assert set(PARTED) >= {"auth", "queries", "staff", "subscriber_profile"}


@pytest.mark.parametrize(("name", "module", "path"), ROUTES)
def test_a_path_finds_the_part_that_has_its_route_and_no_other(name: str, module: str, path: str) -> None:
    # The pattern itself: a name in it stands for any segment, and only `*` covers one.
    assert [part.module for part in lazy_routers_of(name) if part.covers(path)] == [module]
    # A pattern of Starlette's passes over a line end after the path.
    assert [part.module for part in lazy_routers_of(name) if part.covers(f"{path}\n")] == [module]


@pytest.mark.parametrize(("name", "module", "path"), ROUTES)
def test_lazy_and_full_apps_answer_alike(aws: Any, name: str, module: str, path: str) -> None:
    lazy, whole = unloaded(name), load_all_routers(unloaded(name))
    concrete = path.replace("{", "").replace("}", "")
    # OPTIONS is of no route: 405 names the methods of all that have the path. Beneath it is another, or none.
    for asked in (concrete, f"{concrete}/nowhere"):
        answers = [AppClient(app).options(asked) for app in (lazy, whole)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].headers == answers[1].headers
        assert {answer.status_code for answer in answers} <= {404, 405}
    assert set(paths(lazy.routes)) >= {path}


def test_what_no_part_has_loads_nothing_and_is_not_found(aws: Any) -> None:
    for name in PARTED:
        app = unloaded(name)
        assert AppClient(app).get("/api/none").status_code == 404
        assert app.routes == []


def test_an_unloaded_router_rejects_cross_site_changes(aws: Any) -> None:
    for name in PARTED:
        for part in lazy_routers_of(name):
            for route in importlib.import_module(part.module).router.routes:
                for method in route.methods - {"GET", "HEAD"}:
                    concrete = route.path.replace("{", "").replace("}", "")
                    answer = AppClient(unloaded(name)).request(method, concrete)
                    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_routes_keep_their_order_whichever_router_is_loaded_first(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, aws: Any
) -> None:
    for module, path in (
        ("first_part", "/api/a/{name}"),
        ("second_part", "/api/b"),
        ("third_part", "/api/a/x"),
    ):
        text = "from cabinet.web.app import create_router\nrouter = create_router()\n"
        text += f"@router.get({path!r})\ndef answer() -> str:\n    return {module!r}\n"
        (tmp_path / f"{module}.py").write_text(text)
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    app = create_app(
        "things",
        lazy_routers=[
            LazyRouter("first_part", "/api/a/*"),
            LazyRouter("second_part", "/api/b"),
            LazyRouter("third_part", "/api/a/x"),
        ],
    )
    client = AppClient(app)
    assert app.routes == []
    assert client.get("/api/b").json() == "second_part"
    assert paths(app.routes) == ["/api/b"]
    # Both could match: the first declared answers, as in the whole.
    assert client.get("/api/a/x").json() == "first_part"
    assert paths(app.routes) == ["/api/a/{name}", "/api/b", "/api/a/x"]
    assert paths(load_all_routers(app).routes) == ["/api/a/{name}", "/api/b", "/api/a/x"]
    for module in ("first_part", "second_part", "third_part"):
        monkeypatch.delitem(sys.modules, module)
