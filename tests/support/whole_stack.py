"""A whole stack in the local AWS: the template deployed, with a site, banks, secrets and a supplier."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from infra.__main__ import main
from infra.build import sam, web
from infra.build.template import Template
from infra.local import deployment
from infra.local.app import simulators
from infra.local.ministack import MiniStack
from infra.local.stack import BUILT, local_settings
from infra.sample.suppliers import PROFILES
from infra.simulators import webhook_receiver
from infra.simulators.bank.credentials import put_secrets
from infra.simulators.esia.keys import put_secret
from serve.functions import Functions
from tests.support.aws import clear_caches
from tests.support.loopback_server import serving


class Stack:
    """A stack in the local AWS with a site and banks before it."""

    def __init__(self, aws: MiniStack, names: dict[str, str], data: Path) -> None:
        self.names, self.data = names, data
        self._aws = aws

    def client(self, service: str) -> Any:
        return deployment.client(self._aws.endpoint, service)


@contextmanager
def deployed(
    ministack: MiniStack, template: Template, data: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stack]:
    """The template deployed under the local stack's name, with secrets, a supplier, a site and banks."""
    sam.build(sam.native_architecture(), BUILT)
    for key, value in ministack.environment().items():
        monkeypatch.setenv(key, value)
    clear_caches()
    front = Starlette(
        routes=[
            Functions(template),
            *simulators(),
            *webhook_receiver.WebhookReceiver().routes(),
            Route("/api-version.txt", lambda _: PlainTextResponse(web.api_version() + "\n")),
            Route("/", lambda _: PlainTextResponse("the page")),
        ]
    )
    with serving(front) as origin:
        names = deployment.deploy(ministack.endpoint, BUILT, local_settings(origin))
        put_secret(ministack.endpoint, deployment.STACK)
        put_secrets(ministack.endpoint, deployment.STACK)
        webhook_receiver.put_secret(ministack.endpoint, deployment.STACK)
        functions = deployment.client(ministack.endpoint, "lambda")
        settings = functions.get_function_configuration(FunctionName=names["QueriesFunction"])
        environment = (
            settings["Environment"]["Variables"] | ministack.environment() | {"LOCAL_ORIGIN": origin}
        )
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")
        (data / "environment.json").write_text(json.dumps(environment), "utf-8")
        profile = data / "supplier.yaml"
        profile.write_text(PROFILES["center"], "utf-8")
        assert main(["supplier", "apply", str(profile), "--data", str(data)]) == 0
        yield Stack(ministack, names, data)
    clear_caches()
