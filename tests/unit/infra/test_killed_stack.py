"""What a killed run leaves: whole snapshots are distinguished from torn ones, its processes from others'."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build import progress
from infra.local import previous_run
from infra.local.aws_process import Snapshots, is_whole

HOLDER = """
import fcntl, os, signal, sys
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
held = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(held, fcntl.LOCK_EX)
os.write(held, str(os.getpid()).encode())
print("held", flush=True)
signal.pause()
"""


def put(snapshots: Snapshots, number: int, name: str, content: bytes) -> None:
    with snapshots.writing(number) as folder:
        (folder / name).write_bytes(content)


def holder(lock: Path, manner: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLDER, str(lock), manner]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


@pytest.mark.parametrize("manner", ["obedient", "deaf"])
def test_a_process_of_the_former_run_is_ended(tmp_path: Path, manner: str) -> None:
    lock = tmp_path / "lock"
    with holder(lock, manner) as process:
        previous_run.end(lock, patience_seconds=0 if manner == "deaf" else 60)
        assert process.wait(60) < 0
    assert not previous_run.is_held(lock)


def test_a_stranger_with_the_number_of_a_former_process_is_left_alone(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        lock.write_text(str(stranger.pid))
        previous_run.end(lock)
        assert stranger.poll() is None
        stranger.communicate(b"\n")
        assert stranger.returncode == 0


def test_a_start_without_a_former_run_waits_for_nothing(tmp_path: Path) -> None:
    previous_run.end(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()


def test_snapshots_keep_the_newest_whole_one(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    assert snapshots.newest() is None
    for content in (b"first", b"second"):
        put(snapshots, snapshots.next_number(), "sqs.json", content)
    (tmp_path / "3.unfinished").mkdir()
    found = Snapshots(tmp_path).newest()
    assert found is not None
    assert (found / "sqs.json").read_bytes() == b"second"
    assert is_whole(found)
    assert not (tmp_path / "1").exists()


def test_an_older_snapshot_that_ends_later_does_not_replace_the_newer(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    older, newer = snapshots.next_number(), snapshots.next_number()
    put(snapshots, newer, "sqs.json", b"newer")
    put(snapshots, older, "sqs.json", b"older")
    found = Snapshots(tmp_path).newest()
    assert found is not None
    assert (found / "sqs.json").read_bytes() == b"newer"


@pytest.mark.parametrize("harm", ["short", "other", "absent", "manifest"])
def test_a_torn_snapshot_is_not_whole(tmp_path: Path, harm: str) -> None:
    snapshots = Snapshots(tmp_path)
    put(snapshots, 1, "dynamodb.json", b'{"tables": 1}')
    file = tmp_path / "1" / "dynamodb.json"
    match harm:
        case "short":
            file.write_bytes(b'{"tables"')
        case "other":
            file.write_bytes(b'{"tables": 2}')
        case "absent":
            file.unlink()
        case _:
            (tmp_path / "1" / "manifest").write_bytes(b"{")
    assert not is_whole(tmp_path / "1")


def test_a_closed_terminal_does_not_keep_a_step_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    nobody_reads = os.fdopen(writing, "w", buffering=1)
    monkeypatch.setattr(sys, "stdout", nobody_reads)
    done = []
    with progress.step("stopping"):
        done.append("stopped")
    progress.info("payload")
    assert done == ["stopped"]
    with pytest.raises(BrokenPipeError):  # what was printed is still waiting in it
        nobody_reads.close()
