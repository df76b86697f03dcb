"""Which changes of settings decide where a bank's password goes."""

from typing import Any

import pytest

from cabinet.accounts.credential_rules import CODE, SECRET_DESTINATION_FIELDS, find_restricted_changes
from cabinet.accounts.supplier_model import Supplier
from tests.support.factories.registries import sample_supplier

SECOND = {
    "contract": "second", "dialect": "raiffeisen", "base_url": "https://pay.example.ru",
    "secret": "cabinet/bank/second", "methods": ["sbp"],
}  # fmt: skip
HOOK = {"url": "https://billing.example.ru/hook", "secret": "cabinet/webhook/center"}
BEFORE = sample_supplier("center", merchants=[SECOND])


def restricted(**changes: Any) -> list[str]:
    after = Supplier.model_validate(BEFORE.model_dump() | changes)
    found = find_restricted_changes(BEFORE, after)
    assert {each.code for each in found} <= {CODE}
    return [each.field for each in found]


def merchant(**changes: Any) -> dict[str, Any]:
    assert BEFORE.merchant is not None
    return BEFORE.merchant.model_dump() | changes


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"office": "каб. 5"},
        {"merchant": merchant(methods=["card"], service_number="1", unconfirmed_hours=3)},
        {"merchants": []},
        {"merchant": None, "merchants": []},
        {"merchant": SECOND, "merchants": [merchant()]},
        {"webhook": None},
        {"webhook": HOOK | {"url": "https://other.example.ru/hook"}},
    ],
    ids=str,
)
def test_what_sends_no_secret_elsewhere_is_free(changes: dict[str, Any]) -> None:
    assert restricted(**changes) == []


@pytest.mark.parametrize("name", SECRET_DESTINATION_FIELDS)
def test_each_part_of_a_contract_is_named(name: str) -> None:
    other = "gorod" if name == "dialect" else "https://other.example.ru"
    assert restricted(merchant=merchant(**{name: other})) == [f"merchant.{name}"]
    assert restricted(merchants=[SECOND | {name: other}]) == [f"merchants[0].{name}"]


def test_a_contract_is_neither_added_nor_mixed_of_two() -> None:
    assert restricted(merchants=[SECOND, SECOND | {"contract": "third"}]) == ["merchants[1].contract"]
    mixed = merchant(base_url=SECOND["base_url"])
    assert restricted(merchant=mixed) == ["merchant.base_url"]


def test_the_keys_that_sign_events_are_not_changed_for_others() -> None:
    assert restricted(webhook=HOOK | {"secret": "cabinet/webhook/voda"}) == ["webhook.secret"]
    without = BEFORE.model_copy(update={"webhook": None})
    assert [each.field for each in find_restricted_changes(without, BEFORE)] == ["webhook.secret"]
