"""`cabinet serve` as a process of its own, as a machine's operator starts it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.build.template import ROOT
from infra.local.ministack import free_port
from tests.support.polling import eventually

_STOP_SECONDS = 60


class Serve:
    """A running `cabinet serve` and what it has printed."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, management_port: int, log: Path) -> None:
        self.process, self.log = process, log
        self.origin = f"http://127.0.0.1:{port}"
        self._metrics = f"http://127.0.0.1:{management_port}/metrics"

    def metrics(self) -> dict[str, float]:
        """Return what it tells Prometheus."""
        lines = httpx.get(self._metrics, timeout=5, trust_env=False).text.splitlines()
        told = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in told}

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines that it has logged."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.origin}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def children(self) -> list[int]:
        """Return the processes that it has started, the oldest first."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in listed.split()]

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def running(environment: Mapping[str, str], log: Path, *options: str) -> Iterator[Serve]:
    """Start it on free ports, wait until it is ready, and leave nothing of it behind."""
    port, management_port = free_port(), free_port()
    ports = ["--port", str(port), "--management-port", str(management_port)]
    command = [sys.executable, "-m", "infra", "serve", *ports, *options]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    started = Serve(process, port, management_port, log)
    try:
        eventually(started.is_ready, f"a ready serve ({log.read_text()[-2000:]})")
        yield started
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
