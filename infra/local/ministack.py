"""The local AWS: a process in an environment of its own, because MiniStack pins botocore."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.build import executables
from infra.cli.errors import CommandError
from infra.local import aws_process

REGION = "eu-central-1"
ACCOUNT = "000000000000"
CREDENTIALS = {
    # MiniStack takes a 12-digit access key for the account's number.
    "AWS_ACCESS_KEY_ID": ACCOUNT,
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_START_SECONDS = 120  # the first start fetches its packages
_STOP_SECONDS = 60  # it writes its state
_SAVE_SECONDS = 120
_PROCESS = Path(aws_process.__file__)


class StateUnusableError(Exception):
    """The state of the last time is there and cannot be read."""


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_busy(port: int) -> bool:
    """Return whether somebody listens on ``port`` of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@dataclass
class MiniStack:
    """A running local AWS; use `start`, then `stop`."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    scratch: Path
    """Where it unpacks the functions' code, 100 MB a process of theirs; nothing of it outlives `stop`."""

    @property
    def endpoint(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What points a process's AWS clients here."""
        return CREDENTIALS | {"AWS_ENDPOINT_URL": self.endpoint}

    @classmethod
    def start(cls, port: int, log: Path, state: Path | None = None) -> Self:
        """Start on ``port``; with ``state`` it keeps its data there. `wait` before the first call."""
        environment = os.environ | {
            **CREDENTIALS,  # it checks the signature of presigned links against its own environment
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "PERSIST_STATE": "1" if state else "0",
            "AUTH": "true",  # a function may do what the template's policies let it, and no more
        }
        for inherited in ("AWS_ENDPOINT_URL", "VIRTUAL_ENV", "PYTHONPATH"):
            environment.pop(inherited, None)
        log.parent.mkdir(parents=True, exist_ok=True)
        if state:
            state.mkdir(parents=True, exist_ok=True)
            environment |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(state / "s3")}
        scratches = (state or log.parent).absolute() / "tmp"
        scratches.mkdir(exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=scratches))
        environment["TMPDIR"] = str(scratch)
        command = ("python", "-P", str(_PROCESS), *([str(state)] if state else []))
        with log.open("ab") as output:
            process = subprocess.Popen(
                executables.uvx(executables.MINISTACK, *command, with_=[executables.SAM_TRANSLATOR]),
                env=environment,
                stdin=subprocess.PIPE,  # its end tells the process that we are gone
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches us, and we stop it in order
            )
        return cls(port, process, log, scratch)

    def wait(self) -> None:
        """Wait until it answers.

        Raises
        ------
        CommandError
            When it does not come up.
        StateUnusableError
            When it refuses the state of the last time.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() == aws_process.UNUSABLE:
                raise StateUnusableError
            if self.process.poll() is not None:
                raise CommandError(f"the local AWS did not start; its log is {self.log}")
            if self._answers():
                return
            time.sleep(0.1)
        self.stop()
        raise CommandError(f"the local AWS did not answer in {_START_SECONDS} s; its log is {self.log}")

    def save(self) -> None:
        """Write the state, and again after each burst of changes from now on.

        Raises
        ------
        CommandError
            When it could not be written.
        """
        if self._status("POST", aws_process.SAVE_PATH, _SAVE_SECONDS) != http.HTTPStatus.NO_CONTENT:
            raise CommandError(f"the local AWS could not write its data; its log is {self.log}")

    def _answers(self) -> bool:
        return self._status("GET", "/_ministack/ready", 1) == http.HTTPStatus.OK

    def _status(self, method: str, path: str, seconds: float) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop gracefully, so that it writes its state; leave no process behind."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)
