"""Which local stack a staff's command works on: the one that runs, wherever its data is."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cli import environment
from infra.cli.errors import CommandError


@pytest.fixture
def aws_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "STARTED", tmp_path / "started")
    monkeypatch.setattr(environment, "DATA", tmp_path / "default")


def started(folder: Path, port: int) -> Path:
    folder.mkdir()
    left = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "USERS_TABLE": folder.name}
    (folder / environment.ENVIRONMENT_FILE).write_text(json.dumps(left))
    environment.remember_data_dir(folder)
    return folder


def test_the_running_stack_is_found_wherever_its_data_is(tmp_path: Path, aws_port: int) -> None:
    started(tmp_path / "elsewhere", aws_port)
    assert environment.local(None)["USERS_TABLE"] == "elsewhere"


def test_a_stack_that_has_stopped_is_not_found(tmp_path: Path, aws_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ended:
        stopped = ended.getsockname()[1]
    started(tmp_path / "stopped", stopped)
    with pytest.raises(CommandError, match="is not running"):
        environment.local(None)
    started(tmp_path / "running", aws_port)
    assert environment.local(None)["USERS_TABLE"] == "running"


def test_of_several_running_stacks_one_must_be_named(tmp_path: Path, aws_port: int) -> None:
    one, two = started(tmp_path / "one", aws_port), started(tmp_path / "two", aws_port)
    with pytest.raises(CommandError, match="several") as told:
        environment.local(None)
    assert f"--data {one}" in str(told.value)
    assert environment.local(two)["USERS_TABLE"] == "two"
