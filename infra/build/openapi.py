"""Merges the OpenAPI descriptions of all HTTP functions into one."""

from __future__ import annotations

import copy
import json
from typing import Any

from infra.build.openapi_errors import SECURITY_SCHEMES, describe
from infra.build.template import ROOT, Template
from infra.cli.errors import CommandError
from serve.functions import application

COMMITTED = ROOT / "docs" / "openapi.json"


def http_functions(template: Template) -> list[str]:
    """Names of the functions' folders that have HttpApi events, in the template's order."""
    names = []
    for _, properties in template.resources("AWS::Serverless::Function"):
        if any(event["Type"] == "HttpApi" for event in properties.get("Events", {}).values()):
            names.append(properties["Handler"].split(".")[0])
    return names


def text() -> str:
    """Return the merged description as JSON, in a stable order.

    Raises
    ------
    CommandError
        When two functions claim one route, or give one name to two different schemas.
    """
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Личный кабинет абонента", "version": "1"},
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": SECURITY_SCHEMES},
    }
    for name in http_functions(Template.load()):
        app = application(name)
        described = copy.deepcopy(app.openapi())
        describe(app, described)
        for path, operations in described.get("paths", {}).items():
            _merge(merged["paths"].setdefault(path, {}), operations, f"{name}: {path}")
        schemas = described.get("components", {}).get("schemas", {})
        _merge(merged["components"]["schemas"], schemas, f"{name}: schema")
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["components"]["schemas"] = dict(sorted(merged["components"]["schemas"].items()))
    return json.dumps(merged, ensure_ascii=False, indent=1) + "\n"


def _merge(into: dict[str, Any], more: dict[str, Any], where: str) -> None:
    for key, value in more.items():
        if into.setdefault(key, value) != value:
            raise CommandError(f"{where} {key} is described twice and differently")
