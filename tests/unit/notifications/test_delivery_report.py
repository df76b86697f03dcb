"""Reports of undeliverable mail: whose address is dead, and that a forged one changes nothing."""

from email.message import EmailMessage

import pytest

from cabinet.notifications.channels.email.delivery_report import read_delivery_report
from cabinet.notifications.channels.email.return_path import return_path
from tests.support.aws import Aws

ANNA = "anna@example.ru"
BASE = "bounces@cabinet.example.ru"


def report(to: str, recipient: str = ANNA, **fields: str) -> bytes:
    told = {"Final-Recipient": f"rfc822; {recipient}", "Action": "failed", "Status": "5.1.1"} | fields
    block = "\n".join(f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value)
    return (
        f"From: MAILER-DAEMON@mx.example.ru\nTo: {to}\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.ru\n\n{block}\n"
        "--b\nContent-Type: text/rfc822-headers\n\nX-Cabinet-Letter: one\n\n--b--\n"
    ).encode()


@pytest.fixture
def path(aws: Aws) -> str:
    return return_path(BASE, ANNA)


def test_a_dead_address_is_found(path: str) -> None:
    found = read_delivery_report(report(path))
    assert found is not None
    assert (found.reason, found.addresses, found.detail) == ("bounce", (ANNA,), "5.1.1")


def test_the_address_that_we_wrote_to_counts_not_the_one_it_was_forwarded_to(path: str) -> None:
    forwarded = report(path, "inbox@other.example", Original_Recipient=f"rfc822;{ANNA}")
    found = read_delivery_report(forwarded)
    assert found is not None
    assert found.addresses == (ANNA,)


@pytest.mark.parametrize(
    "fields",
    [
        {"Action": "delayed", "Status": "4.4.1"},
        {"Status": "4.2.2"},
        {"Status": "5.2.2"},
        {"Status": "5.7.1"},
        {"Status": "5.0.0", "Diagnostic-Code": "smtp; 552 mailbox is full"},
        {"Final-Recipient": ""},
        {"Action": ""},
    ],
)
def test_what_may_pass_suppresses_nobody(path: str, fields: dict[str, str]) -> None:
    assert read_delivery_report(report(path, **fields)) is None


@pytest.mark.parametrize(
    "to", [BASE, "bounces+0.000000000000000000000000@cabinet.example.ru", "someone@cabinet.example.ru"]
)
def test_a_report_that_came_to_another_address_is_forged(aws: Aws, to: str) -> None:
    assert read_delivery_report(report(to)) is None


def test_the_return_path_of_one_letter_proves_nothing_of_another_address(path: str) -> None:
    assert read_delivery_report(report(path, "other@example.ru")) is None


def test_other_mail_is_no_report(path: str) -> None:
    message = EmailMessage()
    message["To"] = path
    message.set_content("I am on holiday.")
    assert read_delivery_report(message.as_bytes()) is None


@pytest.mark.parametrize("cut", range(0, 700, 35))
def test_a_torn_report_is_no_failure(path: str, cut: int) -> None:
    whole = report(path)
    found = read_delivery_report(whole[:cut] + b"\xff\x00")
    assert found is None or found.addresses == (ANNA,)
