"""The built artefact is self-contained: each handler loads from its own folder and its layers only.

The local stack cannot show it: its Lambda finds the packages of its own environment too.
"""

import os
import subprocess
import sys
from typing import Any

import pytest

from infra.build import sam
from infra.build.template import Template
from infra.local.stack import BUILT

pytestmark = pytest.mark.slow
FUNCTIONS = [
    pytest.param(name, function, id=name)
    for name, function in Template.load().resources("AWS::Serverless::Function")
]


@pytest.fixture(scope="module")
def built() -> None:
    sam.build(sam.native_architecture(), BUILT)


@pytest.mark.parametrize(("name", "function"), FUNCTIONS)
def test_every_handler_loads_from_its_layers(
    built: None, template: Template, name: str, function: dict[str, Any]
) -> None:
    layers = ["CommonLayer", *(layer["Ref"] for layer in function.get("Layers", []))]
    path = [*(BUILT / layer / "python" for layer in layers), BUILT / name]
    settings = template.function_environment({"AWS::StackName": "x", "AWS::AccountId": "0"})
    known = {f"{table}_TABLE": "x" for table in ("USERS", "ACCOUNTS", "PAYMENTS", "MESSAGES")}
    module, _, attribute = function["Handler"].rpartition(".")
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", f"import {module} as entry; assert callable(entry.{attribute})"],
        env=settings
        | known
        | {"PATH": os.environ["PATH"], "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
        | {"PYTHONPATH": os.pathsep.join(map(str, path)), "SIGNING_KEY_SECRET": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr


def test_passkeys_are_read_from_the_layers_of_the_desk(built: None, template: Template) -> None:
    (layers,) = (
        ["CommonLayer", *(layer["Ref"] for layer in function["Layers"])]
        for name, function in template.resources("AWS::Serverless::Function")
        if name == "StaffFunction"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", "import webauthn"],
        env={"PYTHONPATH": os.pathsep.join(str(BUILT / layer / "python") for layer in layers)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr


@pytest.mark.parametrize(("name", "function"), FUNCTIONS)
def test_every_function_ships_bytecode_that_is_never_checked(
    built: None, name: str, function: dict[str, Any]
) -> None:
    sources = list((BUILT / name).rglob("*.py"))
    assert sources
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags == 0b01, source  # hash-based, unchecked (PEP 552)
