"""Events for billing, as an engineer sees them: delivered, sent again, paused, ended, opened again."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, watch_of
from tests.support.desk_browser import sign_in, staff
from tests.support.polling import eventually

PATH = "/desk/webhook?supplier_id=center"


def received(page: Page) -> list[dict[str, Any]]:
    """What the local stack's receiver got, the newest first."""
    items: list[dict[str, Any]] = page.context.request.get("/local/webhooks").json()["items"]
    assert all(each["is_genuine"] for each in items)
    return items


def delivered(page: Page) -> Locator:
    """The lines of what was delivered, the newest first."""
    table = page.get_by_role("table", name="Отправленные события")
    return table.locator("tbody").get_by_role("row")


def test_an_engineer_sends_an_event_again_and_pauses_the_rest(new_page: Any, stack: Stack) -> None:
    page: Page = new_page()
    watch_of(page).expect_status(401)
    page.goto(PATH)
    sign_in(page, staff(stack, "engineer"))
    expect(page.get_by_text("События отправляются на")).to_be_visible()
    # The sample's resident has sent a request.
    first = delivered(page).first
    summary = first.locator("summary")
    expect(summary).to_be_visible()
    assert violations(page) == []
    assert fits(page)

    # By the keys of lists: a line opens, and sends nothing yet.
    page.keyboard.press("j")
    expect(summary).to_be_focused()
    event_id = (summary.text_content() or "").rpartition(" ")[2]
    page.keyboard.press("Enter")
    payload = first.locator("pre")
    expect(payload).to_contain_text('"account_id": "center:')
    assert violations(page) == []
    assert fits(page)
    times = sum(each["id"] == event_id for each in received(page))
    first.get_by_role("button", name="Отправить снова").click()
    expect(first.get_by_text("Отправляется снова.")).to_be_visible()
    eventually(
        lambda: sum(each["id"] == event_id for each in received(page)) == times + 1, "the event sent again"
    )

    page.get_by_role("button", name="Приостановить").click()
    page.get_by_label("Причина").fill("Обновляем биллинг")
    page.get_by_role("button", name="Приостановить").click()
    expect(page.get_by_text("Обновляем биллинг. События ждут.")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    page.get_by_role("button", name="Открыть отправку").click()
    expect(page.get_by_text("События отправляются на")).to_be_visible()


def test_a_receiver_that_wants_no_more_is_seen_on_the_first_screen(new_page: Any, stack: Stack) -> None:
    page: Page = new_page()
    watch_of(page).expect_status(401)
    page.goto(PATH)
    sign_in(page, staff(stack, "engineer"))
    answer = page.context.request.put("/local/webhooks/answer", data={"status": 410})
    assert answer.ok
    try:
        first = delivered(page).first
        first.locator("summary").click()
        first.get_by_role("button", name="Отправить снова").click()
        expect(page.get_by_text("Отправляется снова.")).to_be_visible()
        eventually(lambda: received(page)[0]["status"] == 410, "the receiver's refusal")
    finally:
        page.context.request.put("/local/webhooks/answer", data={"status": 204})
    page.goto("/desk/?supplier_id=center")
    page.get_by_role("link", name="Отправка событий биллингу завершена").click()
    expect(page.get_by_text("приём ответил 410")).to_be_visible()
    waiting = page.get_by_role("table", name="События, которые ждут отправки")
    expect(waiting.get_by_role("cell", name="приём ответил кодом 410")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    page.get_by_role("button", name="Открыть отправку").click()
    expect(page.get_by_text("События отправляются на")).to_be_visible()
    eventually(lambda: received(page)[0]["status"] == 204, "the event that waited")
