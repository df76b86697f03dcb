"""Every template in text and HTML: complete, escaped, readable without images."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.notifications.channels.email.rendering import EMAIL_TEMPLATES, RenderError, render

SITE = {"site": "https://lk.example.ru", "mailing": None}
PARAMS: dict[str, Any] = {
    "link": "https://lk.example.ru/activate?token=a&b=c",
    "what": "Пароль изменён.",
    "order_id": "P000001",
    "amount": 329308,
    "number": "1234567899",
    "reason": "Квартира продана",
    "address": "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
    "title": "Квитанция Объединённая за СЕНТЯБРЬ 2019",
    "text": "Первая строка\n\nВторая строка",
    "status_title": "в работе",
    "kind_title": "Жалоба",
    "meters": [{"service": "ХВС", "number": "757243", "place": "С/У", "verify_until": "2026-12-01"}],
    "items": [{"service": "Лифт", "amount": 10000}],
    "rows": [{"service": "ХВС", "meter": "757243", "value": "12,345", "delta": "1,2", "zone": "Т2 (ночь)"}],
    "closes_on": "2026-11-25",
    "masked_pan": "411111**1111",
    "expires_on": "2026-12-31",
    "on": "2026-11-28",
    "passkey": "Рабочий ноутбук",
    "at": "28.11.2026 10:00",
    "until": "2026-11-27",
}


class Visible(HTMLParser):
    """Gathers the text and the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def seen(html: str) -> Visible:
    page = Visible()
    page.feed(html)
    return page


@pytest.mark.parametrize("name", EMAIL_TEMPLATES)
def test_each_letter_speaks_russian_in_text_and_html_without_images(name: str) -> None:
    email = render(name, PARAMS, SITE)
    page = seen(email.html)
    assert re.search("[а-я]{3}", email.subject)
    assert 'lang="ru"' in email.html
    assert "img" not in page.tags
    assert "{{" not in email.text + email.html + email.subject
    assert "None" not in email.text + page.text
    # What the text says, the page says: every long word of one is in the other.
    for word in re.findall(r"[А-Яа-яё]{6,}", email.text):
        assert word.lower() in page.text.lower(), (name, word)


@pytest.mark.parametrize("name", [name for name, kind in EMAIL_TEMPLATES.items() if "link" in kind.needs])
def test_a_link_is_whole_in_the_text_and_escaped_in_html(name: str) -> None:
    email = render(name, PARAMS, SITE)
    assert PARAMS["link"] in email.text.splitlines()
    assert 'href="https://lk.example.ru/activate?token=a&amp;b=c"' in email.html


@pytest.mark.parametrize(
    ("name", "lacking"), [(n, need) for n, kind in EMAIL_TEMPLATES.items() for need in kind.needs]
)
def test_without_what_it_needs_a_letter_is_not_made(name: str, lacking: str) -> None:
    with pytest.raises(RenderError, match=lacking):
        render(name, PARAMS | {lacking: ""}, SITE)


def test_an_unknown_template_is_not_made() -> None:
    with pytest.raises(RenderError):
        render("../../etc/passwd", PARAMS, SITE)


def test_a_mailing_says_how_to_leave_it_and_service_mail_does_not() -> None:
    leaving = {"mailing": "reminders", "unsubscribe_url": "https://lk.example.ru/unsubscribe?token=t"}
    mailing = render("reminder_debt", PARAMS, SITE | leaving)
    assert "Отписаться: https://lk.example.ru/unsubscribe?token=t" in mailing.text
    assert "«Напоминания»" in mailing.text
    assert "Отписаться" not in render("password_reset", PARAMS, SITE).text


@given(st.text(max_size=200))
def test_nothing_that_a_person_typed_becomes_markup_or_a_header(typed: str) -> None:
    email = render("request_changed", PARAMS | {"text": f"x{typed}<script>", "reply": f"<b>{typed}"}, SITE)
    assert "script" not in seen(email.html).tags
    titled = render("notice", PARAMS | {"title": f"{typed}x\r\nBcc: a@b"}, SITE)
    assert not set(titled.subject) & {"\r", "\n"}


@pytest.mark.parametrize(
    "broken", [{"amount": "3293.08"}, {"meters": [{"verify_until": "скоро"}]}, {"items": 5}]
)
def test_a_value_of_a_wrong_shape_is_told_not_sent(broken: dict[str, Any]) -> None:
    name = "reminder_verification" if "meters" in broken else "payment_received"
    with pytest.raises(RenderError):
        render(name, PARAMS | broken, SITE)


@pytest.mark.parametrize(
    ("params", "said", "unsaid"),
    [
        ({"is_whole": True, "left": 0}, "Банк вернул платёж", "Остаётся"),
        ({"left": 100}, "Банк вернул часть платежа", "на счёт"),
        ({"is_surplus": True}, "Банк вернул списанное сверх заказа", "часть"),
        ({"method": "sbp"}, "на счёт, с которого была оплата по СБП", "карту"),
        ({"reason": "начислено дважды"}, "Причина: начислено дважды", "часть"),
        ({"page": "/pay/P1-x"}, "https://lk.example.ru/pay/P1-x", "/orders/"),
    ],
)
def test_a_letter_of_money_back_says_what_and_why(params: dict[str, Any], said: str, unsaid: str) -> None:
    email = render("payment_refunded", PARAMS | params, SITE)
    for text in (email.text, email.html):
        assert said in text
        assert unsaid not in text


@pytest.mark.parametrize("name", ["submission_number", "receipt"])
def test_the_number_of_a_submission_is_told_by_the_name_of_now_and_of_mail_queued_before(name: str) -> None:
    email = render("readings_accepted", PARAMS | {name: "R7-1"}, SITE)
    for text in (email.text, seen(email.html).text):
        assert "приняты, номер R7-1." in text
    assert ", номер" not in render("readings_accepted", PARAMS, SITE).text
