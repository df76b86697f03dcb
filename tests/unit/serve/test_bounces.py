"""A Maildir of reports: each read once, whoever reads; what storage did not take stays new."""

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from cabinet.core.errors import ServiceUnavailable
from cabinet.notifications.channels.email.return_path import return_path
from serve.bounces import BounceReader
from serve.stopping import Stop
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by

ANNA = "anna@example.ru"


@pytest.fixture
def maildir(aws: Aws, tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    to = return_path("bounces@cabinet.example.ru", ANNA)
    text = (
        f"To: {to}\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    (tmp_path / "new" / "1.report").write_text(text, "utf-8")
    (tmp_path / "new" / "2.holiday").write_text("Subject: holiday\n\nBack on Monday.\n", "utf-8")
    return tmp_path


def suppressed(aws: Aws) -> list[str]:
    rows = aws.rows("MESSAGES_TABLE")
    return [row["detail"] for row in rows if row["pk"].startswith("SUPPRESSED#")]


def test_reports_are_read_once_and_kept(aws: Aws, maildir: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        BounceReader(maildir, Stop(1)).step()
    assert suppressed(aws) == ["5.1.1"]
    assert not list((maildir / "new").iterdir())
    assert len(list((maildir / "cur").iterdir())) == 2
    assert [record.message for record in caplog.records] == ["address_suppressed", "mail_report_ignored"]
    assert ANNA not in caplog.text


def test_what_storage_does_not_take_stays_new(aws: Aws, maildir: Path) -> None:
    class Unreachable(Listener):
        def before(self, call: Call) -> None:
            if call.service == "dynamodb":
                raise EndpointConnectionError(endpoint_url="https://tables.test")

    reader = BounceReader(maildir, Stop(1))
    with heard_by(Unreachable()), pytest.raises(ServiceUnavailable):
        reader.step()
    assert len(list((maildir / "new").iterdir())) == 2
    reader.step()
    assert suppressed(aws) == ["5.1.1"]
