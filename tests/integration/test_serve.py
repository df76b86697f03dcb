"""`cabinet serve` as processes: what answers, what dies and comes back, what stops in order."""

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.local_aws import LocalAws
from tests.support.polling import eventually
from tests.support.serve_process import Serve, running


def test_it_answers_dies_by_parts_and_stops_in_order(local_aws: LocalAws, tmp_path: Path) -> None:
    with running({}, tmp_path / "log", "--workers", "2") as serve:
        with httpx.Client(base_url=serve.origin, trust_env=False) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            answer = client.get("/api/profile")
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
            assert client.get("/api/nothing").status_code == 404
        before = serve.children()
        assert len(before) >= 2
        os.kill(before[0], signal.SIGKILL)
        eventually(
            lambda: before[0] not in (now := serve.children()) and len(now) == len(before), "a new one"
        )
        assert serve.is_ready()
        assert serve.stop() == 0
    told = [line.get("message") for line in serve.lines()]
    assert told.count("process_died") == 1
    assert told[-1] == "serve_stopped"


def test_processes_do_not_outlive_the_one_that_started_them(local_aws: LocalAws, tmp_path: Path) -> None:
    with running({}, tmp_path / "log", "--workers", "1") as serve:
        children = serve.children()
        serve.process.kill()
        serve.process.wait()
        eventually(lambda: not any(map(is_running, children)), "the end of its processes")


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and whom nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def statuses(serve: Serve, headers: dict[str, str], count: int) -> list[int]:
    url = f"{serve.origin}/api/profile"
    with httpx.Client(trust_env=False) as client:
        return [client.get(url, headers=headers).status_code for _ in range(count)]


@pytest.mark.parametrize(("trusted", "second"), [("127.0.0.1", 429), ("192.0.2.1", 401)])
def test_the_callers_address_comes_by_trusted_proxies_alone(
    local_aws: LocalAws, tmp_path: Path, trusted: str, second: int
) -> None:
    limited = {"ADDRESS_REQUESTS_PER_MINUTE": "1", "SERVE_TRUSTED_PROXIES": trusted}
    visitor = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    with running(limited, tmp_path / "log", "--workers", "1") as serve:
        assert statuses(serve, visitor, 2) == [401, second]
        headers = httpx.get(serve.origin, headers=visitor, trust_env=False).headers
        assert ("strict-transport-security" in headers) == (second == 429)
        assert statuses(serve, {"CloudFront-Viewer-Address": "198.51.100.7:1"}, 2) == [401, 401]


def test_messages_and_registries_are_worked_through_once(local_aws: LocalAws, tmp_path: Path) -> None:
    s3, sqs = local_aws.client("s3"), local_aws.client("sqs")
    bucket = local_aws.environment["EXCHANGE_BUCKET"]
    for number in range(10):
        sqs.send_message(QueueUrl=local_aws.environment["MAIL_QUEUE_URL"], MessageBody=f"no JSON {number}")
    s3.put_object(Bucket=bucket, Key="inbound/nobody/charges.csv", Body=b"no registry")
    settings = {"SERVE_INBOUND_POLL_SECONDS": "1", "SERVE_QUEUE_WAIT_SECONDS": "1"}
    with (
        running(settings, tmp_path / "one", "--workers", "1") as one,
        running(settings, tmp_path / "two", "--workers", "1") as two,
    ):

        def said(message: str) -> list[dict[str, Any]]:
            return [line for serve in (one, two) for line in serve.lines() if line.get("message") == message]

        eventually(lambda: said("registry_refused"), "the registry's refusal")
        eventually(lambda: len(said("message_failed")) >= 10, "all messages")
        assert (
            len({line["message_id"] for line in said("message_failed")}) == len(said("message_failed")) == 10
        )
        assert (len(said("inbound_registry_queued")), len(said("registry_refused"))) == (1, 1)
        told = [serve.metrics() for serve in (one, two)]
        assert sum(each["Cabinet_FunctionFailures"] for each in told) == 10
        assert sum(each["Cabinet_RefusedRegistries"] for each in told) == 1
        assert (one.stop(), two.stop()) == (0, 0)
