"""A new operator with no manual finds the request whose term has passed, and answers it with a file."""

import re
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import MAIN, Person, Stack, enter, fits, watch_of
from tests.support.desk_browser import sign_in, staff

PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000
TEXT = "Прошу прислать справку о составе семьи."
ANSWER = "Просим прощения за задержку. Справка приложена."


def overdue_request(stack: Stack, resident: Person) -> str:
    """Send a request whose term has passed; return its number."""
    account_id = stack.account(MAIN)["account_id"]
    asked = stack.api_of(resident).call(
        "POST", f"/api/accounts/{quote(account_id, safe='')}/requests", {"kind": "appeal", "text": TEXT},
        **{"Idempotency-Key": resident.email},
    )  # fmt: skip
    number = str(asked.json()["number"])
    supplier_id = account_id.partition(":")[0]
    stack.api.call("POST", f"/local/requests/{supplier_id}:{number}/overdue")
    return number


def test_an_overdue_request_is_first_and_is_answered_with_a_file(
    page: Page, stack: Stack, new_page: Any
) -> None:
    resident = stack.person(MAIN)
    number = overdue_request(stack, resident)

    desk: Page = new_page()
    # A code that another test used is refused, and the next one taken.
    watch_of(desk).expect_status(401)
    desk.goto("/desk/")
    sign_in(desk, staff(stack, "operator"))
    overdue = desk.get_by_role("region", name="Просрочены")
    line = overdue.get_by_role("row").filter(has_text=number)
    expect(line).to_contain_text("просрочена")
    assert fits(desk)

    desk.goto("/desk/requests?kind=appeal")
    first = desk.get_by_role("row").nth(1)
    expect(first).to_contain_text(number)
    expect(first).to_contain_text("просрочена")
    desk.get_by_label("только просроченные").check()
    expect(desk).to_have_url(re.compile(r"overdue=true"))
    expect(desk.get_by_role("row").nth(1)).to_contain_text(number)
    assert violations(desk) == []

    desk.get_by_role("link", name="Сегодня", exact=True).click()
    overdue.get_by_role("link", name=re.compile(number)).click()
    expect(desk.get_by_text("— просрочена")).to_be_visible()
    expect(desk.get_by_text(TEXT)).to_be_visible()
    desk.get_by_label("Текст").fill(ANSWER)
    desk.get_by_label("Фотографии или PDF").set_input_files(
        [{"name": "Справка.png", "mimeType": "image/png", "buffer": PHOTO}]
    )
    desk.get_by_label("Состояние после ответа").select_option("выполнена")
    desk.get_by_role("button", name="Отправить ответ").click()
    expect(desk.get_by_role("article").filter(has_text=ANSWER)).to_be_visible()
    desk.get_by_role("link", name="Сегодня", exact=True).click()
    expect(overdue).to_be_visible()
    expect(overdue.get_by_role("link", name=re.compile(number))).to_have_count(0)

    assert stack.email(resident.email, ANSWER)
    enter(page, resident)
    page.goto("/requests")
    own = page.get_by_role("article").filter(has_text=number)
    expect(own).to_contain_text(ANSWER)
    with page.expect_download() as saved:
        own.get_by_role("button", name=re.compile("Справка.png")).click()
    assert saved.value.path().read_bytes() == PHOTO
    assert saved.value.suggested_filename == "Справка.png"
