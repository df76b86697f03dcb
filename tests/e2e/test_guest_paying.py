"""Anyone's receipt is paid without a cabinet: by a picture of its code, by its text, by number and house."""

import io
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Api, Stack, fits, plain, watch_of
from tests.support.pdf_reader import code_texts, page_images

PRINTED_DPI = 200
NUMBER = "7400000006"
"""An account of the sample that no other test pays."""


@pytest.fixture(scope="module")
def pdf(stack: Stack) -> bytes:
    """The account's newest receipt as its holder gets it."""
    api = stack.signed_in(stack.person(NUMBER))
    account = api.call("GET", "/api/bindings").json()["items"][0]["account_id"]
    documents = f"/api/accounts/{account.replace(':', '%3A')}/documents"
    newest = api.call("GET", documents).json()["items"][0]["document_id"]
    url = api.call("GET", f"{documents}/{newest}/pdf").json()["url"]
    answer = httpx.get(url, timeout=60)
    assert answer.is_success
    return answer.content


def picture(pdf: bytes) -> dict[str, object]:
    """Return the printed page as a photo that a person would choose."""
    kept = io.BytesIO()
    page_images(pdf, PRINTED_DPI / 72)[0].convert("RGB").save(kept, "JPEG", quality=80)
    return {"name": "receipt.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def open_lookup(page: Page) -> None:
    """Come from the start page, as a person does."""
    page.goto("/")
    page.get_by_role("region", name="Оплатить квитанцию").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Оплатить квитанцию", level=1)).to_be_visible()


def pay_by_card(page: Page) -> None:
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(page).to_have_url(re.compile("/local/bank"))
    page.get_by_role("button", name="Оплатить").click()
    expect(page).to_have_url(re.compile(r"/pay/P\w+-[\w-]+$"))
    expect(page.get_by_text("Оплачено", exact=True).first).to_be_visible(timeout=40_000)


def test_a_guest_pays_by_the_picture_of_our_own_receipt(page: Page, stack: Stack, pdf: bytes) -> None:
    open_lookup(page)
    assert violations(page) == []
    assert fits(page)
    page.get_by_label("Фото или снимок экрана с кодом").set_input_files(files=[picture(pdf)])  # type: ignore[list-item]
    several = page.get_by_role("group", name="На картинке несколько кодов")
    shown = page.get_by_role("region", name="Что оплачиваете")
    expect(several.or_(shown).first).to_be_visible()
    if several.is_visible():
        several.get_by_role("button").first.click()
    expect(shown).to_be_visible()
    words = plain(page.get_by_role("main").text_content())
    assert not [secret for secret in (stack.account(NUMBER)["surname"], NUMBER, "УЛ.") if secret in words]
    assert "74••••••06" in words
    email = stack.new_email()
    page.get_by_label("Электронная почта:").fill(email)
    expect(page.locator(".pay-total")).to_have_text(re.compile("₽"))
    assert violations(page) == []
    assert fits(page)
    total = plain(page.locator(".pay-total strong").text_content())
    pay_by_card(page)
    assert total in plain(page.get_by_role("main").text_content())
    assert fits(page)
    assert "Платёж получен" in stack.email(email)["subject"]


def test_a_pasted_code_is_paid_by_sbp_and_the_page_learns_of_it(page: Page, stack: Stack, pdf: bytes) -> None:
    open_lookup(page)
    page.get_by_label("Текст кода").fill(code_texts(pdf)[0])
    page.get_by_role("button", name="Найти по коду").click()
    page.get_by_label("Сумма, ₽:").fill("10")
    page.get_by_role("radio", name=re.compile("^СБП")).check()
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    paying = page.get_by_role("region", name="Оплата по СБП")
    link = paying.get_by_role("link", name="Оплатить через СБП").get_attribute("href")
    assert fits(page)
    Api(stack.url).call("POST", "/local/bank/pay", {"sbp_link": link})
    expect(page.get_by_text("Оплачено", exact=True).first).to_be_visible(timeout=40_000)


@pytest.mark.both_devices
def test_by_number_and_house_the_sum_is_the_payers_own(page: Page, stack: Stack) -> None:
    account = stack.account(NUMBER)
    open_lookup(page)
    form = page.get_by_role("form", name="Найти счёт по номеру и дому")
    form.get_by_label("Лицевой счет:").fill(NUMBER)
    form.get_by_label("№ дома:").fill(account["house"])
    form.get_by_label("№ квартиры:").fill(account["flat"])
    form.get_by_role("button", name="Найти по номеру").click()
    expect(page.get_by_label("Сумма, ₽:")).to_have_value("")
    assert account["surname"] not in plain(page.get_by_role("main").text_content())
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(page.get_by_role("alert").first).to_contain_text("Введите сумму")
    page.get_by_label("Сумма, ₽:").fill("12,34")
    pay_by_card(page)


def test_a_wrong_house_and_a_picture_without_a_code_are_told(page: Page, stack: Stack) -> None:
    watch_of(page).expect_status(404, 422)
    open_lookup(page)
    form = page.get_by_role("form", name="Найти счёт по номеру и дому")
    form.get_by_label("Лицевой счет:").fill(NUMBER)
    form.get_by_label("№ дома:").fill("999")
    form.get_by_role("button", name="Найти по номеру").click()
    expect(form.get_by_role("alert").first).to_contain_text("Проверьте номер лицевого счёта")
    blank = page.screenshot()
    by_code = page.get_by_role("form", name="Найти квитанцию по QR-коду")
    by_code.get_by_label("Фото или снимок экрана с кодом").set_input_files(
        files=[{"name": "blank.png", "mimeType": "image/png", "buffer": blank}]
    )
    expect(by_code.get_by_role("alert").first).to_contain_text("не нашёлся QR-код")


def test_the_decoder_is_loaded_when_a_picture_is_read_and_not_before(page: Page) -> None:
    """Chromium of the tests has no reader of its own, as on most desktops."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_lookup(page)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "qr-decoder" in url]
    page.get_by_label("Фото или снимок экрана с кодом").set_input_files(
        files=[{"name": "blank.png", "mimeType": "image/png", "buffer": page.screenshot()}]
    )
    expect(page.get_by_text("не нашёлся QR-код").first).to_be_visible()
    assert [url for url in asked if "qr-decoder" in url]
