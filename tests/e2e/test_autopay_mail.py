"""The links of a mail about a planned charge: it is skipped or autopay switched off, without a sign-in."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Api, Person, Stack, enter, fits, plain, watch_of
from tests.support.polling import eventually

NUMBER = "7400000005"
"""Owes more than other tests pay of it in part."""


@pytest.fixture
def payer(stack: Stack, new_payer: Callable[..., Person]) -> Person:
    """Somebody who has paid a ruble to save a card, and whose debt is mailed to be charged tomorrow."""
    person = new_payer(NUMBER)
    api = stack.api_of(person)
    account_id = api.call("GET", "/api/bindings").json()["items"][0]["account_id"]
    _save_card(api, account_id)
    (card,) = eventually(lambda: api.call("GET", "/api/saved-cards").json()["items"], "a saved card")
    consent = api.call("GET", "/api/autopay/consent").json()["version"]
    rule = {
        "saved_card_id": card["saved_card_id"],
        "limit": 500_000_00,
        "when": "receipt",
        "consent_version": consent,
    }
    api.call("PUT", f"/api/autopay/{quote(account_id, safe='')}", rule)
    api.call("POST", "/local/schedules/autopay")
    return person


def _save_card(api: Api, account_id: str) -> None:
    wanted = {"account_ids": [account_id], "with_preliminary": False}
    cart = api.call("POST", "/api/cart/receipts", wanted).json()
    first, *rest = [
        item["item_id"]
        for group in cart["groups"]
        for receipt in group["receipts"]
        for payee in receipt["payees"]
        for item in payee["items"]
    ]
    for item_id in rest:
        api.call("DELETE", f"/api/cart/items/{item_id}")
    api.call("PATCH", f"/api/cart/items/{first}", {"amount": 100})
    made = api.call("POST", "/api/cart/checkout", {"save_card": True}, **{"Idempotency-Key": "card"}).json()
    api.call("POST", "/local/bank/pay", {"payment_url": made["payment_url"]})


def rules(stack: Stack, person: Person) -> list[dict[str, Any]]:
    return list(stack.api_of(person).call("GET", "/api/autopay").json()["items"])


def test_a_charge_is_skipped_by_its_mail_without_a_sign_in(
    page: Page, new_page: Callable[..., Page], stack: Stack, payer: Person, device: str
) -> None:
    enter(page, payer)
    page.goto("/home")
    autopay = page.get_by_role("region", name="Автоплатёж")
    expect(autopay).to_contain_text(re.compile("спишется .*₽"))
    assert fits(page)
    assert violations(page) == []

    visitor = new_page(device)
    link = stack.link(payer.email, "/autopay-skip")
    visitor.goto(link)
    expect(visitor.get_by_role("heading", name="Пропустить списание", level=1)).to_be_visible()
    main = visitor.get_by_role("main")
    expect(main).to_contain_text(f"за лицевой счёт № {NUMBER}")
    assert fits(visitor)
    assert violations(visitor) == []
    assert rules(stack, payer)[0]["next"] is not None, "looking changes nothing"
    visitor.get_by_role("button", name="Пропустить списание").click()
    expect(visitor.get_by_text("Списание пропущено. Автоплатёж остался включён.")).to_be_visible()
    visitor.goto(link)
    visitor.get_by_role("button", name="Пропустить списание").click()
    expect(visitor.get_by_text("Списание пропущено. Автоплатёж остался включён.")).to_be_visible()
    (rule,) = rules(stack, payer)
    assert (rule["enabled"], rule["skips_next"], rule["last"]["outcome"]) == (True, False, "skipped")

    page.reload()
    expect(autopay).to_contain_text("Вы пропустили это списание.")


def test_autopay_is_switched_off_by_its_mail_without_a_sign_in(
    page: Page, stack: Stack, payer: Person
) -> None:
    watch_of(page).expect_status(422)
    link = stack.link(payer.email, "/autopay-off")
    page.goto("/autopay-off?token=forged")
    page.get_by_role("button", name="Выключить автоплатёж").click()
    expect(page.get_by_role("alert").first).to_contain_text("Ссылка устарела")
    assert len(rules(stack, payer)) == 1
    page.goto(link)
    expect(page.get_by_role("heading", name="Выключить автоплатёж", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(f"автоплатежа лицевого счёта № {payer.accounts[0]}")
    assert "token" not in plain(page.get_by_role("main").text_content())
    assert fits(page)
    assert violations(page) == []
    page.get_by_role("button", name="Выключить автоплатёж").click()
    expect(page.get_by_text("Автоплатёж выключен. По нему больше ничего не спишется.")).to_be_visible()
    assert violations(page) == []
    assert rules(stack, payer) == []
