"""What is in deploy/: files that exist, commands that the program takes, an environment that is whole."""

import re
import shlex
from typing import Any

import pytest
import yaml

from infra.__main__ import parser
from infra.build.template import ROOT, Template
from serve.settings import ServeSettings, VariablesMissing, complete_environment

DEPLOY = ROOT / "deploy"
BUILT = {"web/dist"}
"""What is made before the image is."""


def environment() -> dict[str, str]:
    lines = (DEPLOY / "cabinet.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def instructions(name: str) -> list[str]:
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Containerfile").read_text("utf-8"))
    return [line.split(" ", 1)[1] for line in text.splitlines() if line.startswith(f"{name} ")]


def unit(key: str) -> list[str]:
    lines = (DEPLOY / "cabinet.service").read_text("utf-8").splitlines()
    return [line.split("=", 1)[1] for line in lines if line.startswith(f"{key}=")]


def arguments_of_serve(command: list[str]) -> Any:
    """Parse what comes after `python -m infra`, as the program does."""
    start = command.index("infra") + 1
    assert command[start - 2 : start] == ["-m", "infra"]
    return parser().parse_args(command[start:])


def test_what_the_image_copies_is_there() -> None:
    copied = [shlex.split(each)[0] for each in instructions("COPY") if not each.startswith("--from")]
    assert {"template.yaml", "functions", "serve", "infra"} <= set(copied)
    for path in copied:
        assert path in BUILT or (ROOT / path).exists(), path


def test_the_image_and_the_unit_start_what_the_program_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,), (rest,) = instructions("ENTRYPOINT"), instructions("CMD")
    image = arguments_of_serve([*yaml.safe_load(entry), *yaml.safe_load(rest)])
    assert (image.port, image.management_port) == (8000, 9000)
    assert instructions("EXPOSE") == [f"{image.port} {image.management_port}"]
    (command,) = unit("ExecStart")
    started = arguments_of_serve(shlex.split(command))
    assert (started.host, started.port) == ("127.0.0.1", 8000)


def test_a_stop_is_waited_for_longer_than_it_takes() -> None:
    longest = ServeSettings().serve_stop_seconds + 5
    (unit_seconds,) = unit("TimeoutStopSec")
    assert int(unit_seconds) > longest
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["cabinet"]
    assert int(composed["stop_grace_period"].removesuffix("s")) > longest


def test_the_example_names_all_that_the_functions_need(template: Template) -> None:
    complete_environment(template, environment())
    for name in environment():
        if name.endswith(("_TABLE", "_BUCKET", "_QUEUE_URL", "_SECRET")):
            rest = {key: value for key, value in environment().items() if key != name}
            with pytest.raises(VariablesMissing, match=name):
                complete_environment(template, rest)


def test_the_pages_of_the_targets_name_variables_that_exist() -> None:
    settings = set(Template.load().tree["Globals"]["Function"]["Environment"]["Variables"])
    text = (ROOT / "docs" / "serve.md").read_text("utf-8")
    known = settings | set(re.findall(r"`([A-Z][A-Z_]{4,})`", text))
    for page in (ROOT / "docs" / "targets").glob("*.md"):
        named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", page.read_text("utf-8")))
        strange = {name for name in named - known if not name.startswith("AWS_")}
        assert not strange, f"{page.name} names {strange}"
