"""The MIME message: headers that cannot be bent, Cyrillic everywhere, attachments byte for byte."""

import email
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.notifications.channels.email.mime import compose
from cabinet.notifications.model import Attachment, Rendered

TEXTS = Rendered("Квитанция за СЕНТЯБРЬ 2019", "Здравствуйте!\n", "<p>Здравствуйте!</p>")


def composed(to: str = "anna@example.ru", **more: Any) -> EmailMessage:
    message = email.message_from_bytes(
        compose(
            more.pop("texts", TEXTS), email_id="l1", sender="Личный кабинет <no-reply@lk.example.ru>", to=to,
            now=datetime(2026, 11, 1, tzinfo=UTC), site_origin="https://lk.example.ru", **more,
        ),
        policy=default,
    )  # fmt: skip
    assert isinstance(message, EmailMessage)
    return message


def test_headers_say_who_what_and_which_letter() -> None:
    message = composed()
    assert message["From"] == "Личный кабинет <no-reply@lk.example.ru>"
    assert message["Subject"] == "Квитанция за СЕНТЯБРЬ 2019"
    assert message["Message-ID"] == "<l1@lk.example.ru>"
    assert message["List-Unsubscribe"] is None


def test_the_wire_is_plain_ascii() -> None:
    raw = compose(
        TEXTS, email_id="l", sender="Личный кабинет <a@lk.example.ru>", to="b@example.ru",
        now=datetime(2026, 11, 1, tzinfo=UTC), site_origin="https://lk.example.ru",
    )  # fmt: skip
    assert raw.isascii()


def test_a_cyrillic_domain_is_written_as_mail_writes_it() -> None:
    assert composed("anna@пример.рф")["To"] == "anna@xn--e1afmkfd.xn--p1ai"


def test_a_cyrillic_domain_of_ours_is_written_as_mail_writes_it() -> None:
    raw = compose(
        TEXTS, email_id="l", sender="Личный кабинет <no-reply@кабинет.рф>", to="b@example.ru",
        now=datetime(2026, 11, 1, tzinfo=UTC), site_origin="https://кабинет.рф:8443",
    )  # fmt: skip
    assert raw.isascii()
    message = email.message_from_bytes(raw, policy=default)
    assert message["From"].addresses[0].addr_spec == "no-reply@xn--80acmlhv0b.xn--p1ai"
    assert message["Message-ID"] == "<l@xn--80acmlhv0b.xn--p1ai>"


@pytest.mark.parametrize(
    "to", ["", "anna", "a@b\r\nBcc: c@d", "a@b, c@d", "анна@example.ru", "a@b\0", "a@" + "x" * 70]
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises((ValueError, MessageError)):
        composed(to)


@given(st.text(max_size=100))
def test_no_address_bends_the_headers(to: str) -> None:
    try:
        message = composed(to)
    except (ValueError, MessageError):
        return
    assert message["Bcc"] is None
    assert len(message["To"].addresses) == 1


@given(st.binary(max_size=300))
def test_an_attachment_arrives_byte_for_byte(content: bytes) -> None:
    message = composed(attachments=[Attachment("Квитанция, лс 1.pdf", "application/pdf", content)])
    (part,) = message.iter_attachments()
    assert part.get_filename() == "Квитанция, лс 1.pdf"
    assert part.get_content() == content


def test_a_long_one_click_address_stays_in_one_piece() -> None:
    url = "https://lk.example.ru/api/notices/unsubscribe?token=" + "x" * 600
    message = composed(unsubscribe_url=url)
    assert message["List-Unsubscribe"].replace(" ", "") == f"<{url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
