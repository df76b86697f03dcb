"""The local AWS keeps its state though it, or what started it, is killed outright."""

import io
import os
import signal
import zipfile
from pathlib import Path

import pytest

from infra.local import previous_run
from infra.local.deployment import client
from infra.local.ministack import MiniStack, StateUnusableError, free_port


def start(folder: Path) -> MiniStack:
    aws = MiniStack.start(free_port(), folder / "aws.log", folder / "aws")
    aws.wait()
    return aws


def put(aws: MiniStack, name: str) -> None:
    client(aws.endpoint, "sqs").create_queue(QueueName=name)


def put_function(aws: MiniStack, code: bytes) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    client(aws.endpoint, "iam").create_role(RoleName="kept", AssumeRolePolicyDocument="{}")
    client(aws.endpoint, "lambda").create_function(
        FunctionName="kept", Runtime="python3.13", Handler="app.handler", Code={"ZipFile": packed.getvalue()},
        Role="arn:aws:iam::000000000000:role/kept",
    )  # fmt: skip


def called(aws: MiniStack) -> str:
    answer: str = client(aws.endpoint, "lambda").invoke(FunctionName="kept")["Payload"].read().decode()
    return answer


def queues(aws: MiniStack) -> set[str]:
    found = client(aws.endpoint, "sqs").list_queues().get("QueueUrls", [])
    return {url.rsplit("/", 1)[-1] for url in found}


def test_what_was_saved_outlives_the_process_and_a_torn_state_is_refused(tmp_path: Path) -> None:
    first = start(tmp_path)
    try:
        put(first, "saved")
        put_function(first, b"def handler(event, context):\n    return 'ran'\n")
        first.save()
        assert called(first) == '"ran"'
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait()
        assert list(first.scratch.iterdir()), "the function's code was unpacked"
        second = start(tmp_path)
        assert not first.scratch.exists()
    finally:
        first.stop()
    try:
        assert queues(second) == {"saved"}
        assert second.process.stdin is not None
        put(second, "later")
        second.save()
        put(second, "last")
        second.process.stdin.close()  # as when the command is killed: it saves and leaves
        second.process.wait(60)
    finally:
        second.stop()
    previous_run.end(tmp_path / "aws" / "lock")
    third = start(tmp_path)
    try:
        assert queues(third) == {"saved", "later", "last"}
        assert called(third) == '"ran"'
    finally:
        third.stop()
    assert not list(third.scratch.parent.iterdir())
    (snapshot,) = (tmp_path / "aws" / "snapshots").iterdir()
    (snapshot / "sqs.json").write_bytes(b"{")
    torn = MiniStack.start(free_port(), tmp_path / "aws.log", tmp_path / "aws")
    try:
        with pytest.raises(StateUnusableError):
            torn.wait()
    finally:
        torn.stop()
