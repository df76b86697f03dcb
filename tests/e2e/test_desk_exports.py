"""Registries out at the desk: made now, taken as CSV, made again as a workbook that says the same."""

import csv
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, watch_of
from tests.support.desk_browser import sign_in, staff
from tests.support.gis_templates import cells_of
from tests.support.polling import eventually

NUMBERS = {"phone": "7400000004", "desktop": "7400000005"}
"""Opt-outs are by account: after one person's, another's adds nothing new to the export."""


def refuse_paper(stack: Stack, number: str) -> str:
    """Let a resident refuse paper receipts, so that there is something to tell; return their supplier."""
    api = stack.signed_in(stack.person(number))
    (binding,) = api.call("GET", "/api/bindings").json()["items"]
    path = f"/api/bindings/{binding['account_id']}/paperless"
    version = api.call("GET", f"{path}/statement").json()["version"]
    api.call("PUT", path, {"enabled": True, "statement_version": version})
    return str(binding["account_id"]).partition(":")[0]


@pytest.fixture
def desk(new_page: Any, stack: Stack, device: str) -> Page:
    supplier_id = refuse_paper(stack, NUMBERS[device])
    page: Page = new_page(device)
    # 409: a workbook that is not there yet is asked for, and made.
    watch_of(page).expect_status(401, 403, 409)
    page.goto("/desk/exports")
    sign_in(page, staff(stack, "accountant"))
    expect(page.get_by_role("heading", name="Реестры организациям")).to_be_visible()
    page.get_by_label("Организация").select_option(supplier_id)
    page.get_by_label("Что передаём").select_option("refusals")
    return page


def saved_by(desk: Page, button: str) -> bytes:
    newest = desk.get_by_role("table", name="Реестры").get_by_role("row").nth(1)
    with desk.expect_download(timeout=60_000) as saved:
        newest.get_by_role("button", name=re.compile(button)).click()
    return saved.value.path().read_bytes()


def test_a_registry_is_made_taken_and_made_again(desk: Page) -> None:
    delivered = desk.get_by_role("table", name="Реестры").get_by_text("передан", exact=True)
    refreshed = desk.get_by_role("button", name="Обновить список")
    expect(refreshed).to_be_visible()
    desk.wait_for_load_state("networkidle")
    before = delivered.count()
    desk.get_by_role("button", name="Сделать реестр сейчас").click()
    expect(desk.get_by_text("Реестр делается и появится в списке")).to_be_visible()

    def is_there() -> bool:
        refreshed.click()
        desk.wait_for_load_state("networkidle")
        return delivered.count() > before

    eventually(is_there, "the registry")
    assert violations(desk) == []
    assert fits(desk)

    said = saved_by(desk, "CSV").decode("utf-8-sig")
    head, columns, *rows, control = csv.reader(said.splitlines(), delimiter=";")
    assert (head[0], control[0]) == ("#registry", "#control")
    assert len(rows) > 0

    cells = cells_of(saved_by(desk, "Excel"))
    assert [cells[f"{email}1"] for email in "ABCDE"] == columns
    assert [cells[f"A{line}"] for line in range(2, len(rows) + 2)] == [row[0] for row in rows]
    expect(desk.get_by_role("button", name=re.compile("Готовим файл"))).to_have_count(0)
    assert saved_by(desk, "CSV").decode("utf-8-sig") == said
