"""Manual, 2: «Заявки» and «Уведомления»."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.support.browser import MAIN, Stack, enter, fits, open_section, watch_of


@pytest.mark.both_devices
@pytest.mark.parametrize("kind", ["Аварийная заявка", "Жалоба", "Обращение", "Платные услуги"])
def test_a_request_is_sent_and_appears_among_the_accepted(page: Page, stack: Stack, kind: str) -> None:
    enter(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name=kind).click()
    form = page.get_by_role("form", name=kind)
    # A deadline and a telephone are on the form, before anything is written.
    card = page.get_by_role("region", name=kind)
    expect(card.get_by_text(re.compile(r"^Ответим не позднее \d\d\.\d\d\.\d{4}\.$"))).to_be_visible()
    expect(card.locator("a[href^='tel:']").first).to_be_visible()
    if kind == "Платные услуги":
        form.get_by_role("radio").first.check()
    form.get_by_label("Текст заявки").fill("Не горит лампа у подъезда.")
    form.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()
    expect(page.get_by_role("article").first).to_contain_text("Не горит лампа у подъезда.")
    assert fits(page)


def test_an_empty_request_is_not_sent_and_a_begun_one_is_kept(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name="Обращение").click()
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("alert").first).to_contain_text("Опишите")
    text = page.get_by_label("Текст заявки")
    text.fill("Нет света.")
    page.reload()
    page.get_by_role("button", name="Обращение").click()
    expect(text).to_have_value("Нет света.")
    expect(page.get_by_text("Вы начали писать раньше")).to_be_visible()


def test_notices_are_read_and_the_badge_goes_down(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    open_section(page, "Уведомления")
    fresh = page.locator(".notice-new")
    before = fresh.count()
    if before:
        fresh.first.locator("summary").click()
        expect(fresh).to_have_count(before - 1)
    else:
        expect(page.get_by_role("main")).to_be_visible()
    assert fits(page)


def test_answers_count_as_read_once_they_have_been_shown(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    account_id = stack.account(MAIN)["account_id"]
    read: list[str] = []

    def with_an_answer(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        if not read:
            told["counters"]["requests"] = 1
            due = {
                "kind": "request",
                "account_id": account_id,
                "until": None,
                "amount": None,
                "text": "Есть ответ",
            }
            told["due"].append(due)
        route.fulfill(response=answer, json=told)

    page.route("**/api/home*", with_an_answer)
    page.on("request", lambda sent: read.append(sent.method) if sent.url.endswith("/read-all") else None)
    page.goto("/home")
    with page.expect_request("**/read-all"):
        page.get_by_role("link", name=re.compile("^Есть ответ")).click()
    expect(page.get_by_role("heading", name="Принятые заявки")).to_be_visible()
    badge = page.get_by_role("link", name=re.compile("^Заявки.*1$"))
    expect(badge.filter(visible=True)).to_have_count(0)
    assert read == ["POST"]


PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000
SCAN = b"%PDF-1.7\n" + b"0" * 3000


def file(name: str, content: bytes) -> FilePayload:
    """Return a file as a person would choose it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_a_photo_and_a_scan_are_attached_and_saved_again(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name="Жалоба").click()
    page.get_by_label("Текст заявки").fill("Протечка, фото и акт приложены.")
    page.get_by_label("Фотографии или PDF").set_input_files(
        [file("Протечка на кухне.png", PHOTO), file("Акт.pdf", SCAN)]
    )
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()
    page.reload()
    sent = page.get_by_role("article").first
    for name, content in [("Протечка на кухне.png", PHOTO), ("Акт.pdf", SCAN)]:
        with page.expect_download() as download:
            sent.get_by_role("button", name=re.compile(f"^Скачать {name}")).click()
        assert download.value.suggested_filename == name
        assert download.value.path().read_bytes() == content
    expect(page.get_by_role("heading", name="Заявки", level=1)).to_be_visible()
    assert fits(page)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("Смета.docx", b"PK", "Файл «Смета.docx» приложить нельзя. Подойдут фотографии"),
        ("Видео.png", PHOTO + b"\0" * 11 * 1024 * 1024, "слишком большой: 11,0 МБ"),
        ("Пусто.png", b"", "Файл «Пусто.png» пустой"),
        ("Переименован.png", SCAN, "Содержимое файла не соответствует его типу."),
    ],
    ids=["type", "size", "empty", "renamed"],
)
def test_a_file_that_cannot_be_taken_is_refused_kindly(
    page: Page, stack: Stack, name: str, content: bytes, words: str
) -> None:
    watch_of(page).expect_status(422)
    enter(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name="Обращение").click()
    page.get_by_label("Текст заявки").fill("Прошу ответить письменно.")
    page.get_by_label("Фотографии или PDF").set_input_files([file(name, content)])
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("alert").first).to_contain_text(words)
    expect(page.get_by_label("Текст заявки")).to_have_value("Прошу ответить письменно.")
    page.get_by_role("alert").first.get_by_role("link").click()
    expect(page.get_by_label("Фотографии или PDF")).to_be_focused()
    page.get_by_label("Фотографии или PDF").set_input_files([file("Фото.png", PHOTO)])
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()
