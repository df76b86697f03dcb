"""What a person reads when a command meets an AWS that refuses or does not answer: one sentence, code 1."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from cabinet.core.errors import ServiceUnavailable
from infra.__main__ import main
from infra.cli.commands import restore

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not yours"}}, "DescribeTable")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DENIED, "cabinet: AWS refused DescribeTable: AccessDenied, not yours\n"),
        (
            ReadTimeoutError(endpoint_url="https://aws"),
            "cabinet: AWS did not answer (ReadTimeoutError): the same command again\n",
        ),
        (
            ServiceUnavailable(),
            "cabinet: AWS did not answer (ServiceUnavailable): the same command again\n",
        ),
    ],
)
def test_what_aws_says_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, told: str
) -> None:
    def failing(_: Any) -> None:
        raise error

    monkeypatch.setattr(restore, "moment", failing)
    assert main(["restore", "--at", "2026-11-26T12:30:00+05:00"]) == 1
    assert capsys.readouterr().err == told


def test_a_fault_of_ours_shows_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(restore, "moment", failing)
    with pytest.raises(ZeroDivisionError):
        main(["restore", "--at", "2026-11-26T12:30:00+05:00"])
