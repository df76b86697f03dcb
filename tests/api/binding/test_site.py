"""What the site shows before anybody has signed in."""

from typing import Any

import pytest

from binding.site import CACHED_SECONDS
from cabinet.accounts.supplier_model import Branding, Phone
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts

DISPATCHER = Phone(title="Диспетчерская", number="+7 (351) 200-10-10", hours="круглосуточно")


@pytest.fixture
def visitor(aws: Aws) -> AppClient:
    from binding.app import app

    names: list[tuple[str, str, list[Phone]]] = [
        ("voda", "Водоканал", [DISPATCHER]), ("silent", "Без телефона", []), ("uk", "АО УК", [DISPATCHER]),
    ]  # fmt: skip
    for supplier_id, name, phones in names:
        bound_accounts.supplier(supplier_id=supplier_id, name=name, branding=Branding(phones=phones))
    return bound_accounts.browser(app, "")


def get_site(visitor: AppClient) -> Any:
    return visitor.get("/api/site").json()


def test_a_visitor_learns_the_telephones_of_the_suppliers_that_have_one(visitor: AppClient) -> None:
    phone = DISPATCHER.model_dump()
    assert get_site(visitor)["suppliers"] == [
        {"name": "АО УК", "phones": [phone]}, {"name": "Водоканал", "phones": [phone]},
    ]  # fmt: skip


@pytest.mark.parametrize(("client_id", "is_on"), [("", False), ("CABINET", True)])
def test_a_visitor_learns_whether_gosuslugi_let_in(
    visitor: AppClient, monkeypatch: pytest.MonkeyPatch, client_id: str, is_on: bool
) -> None:
    monkeypatch.setenv("ESIA_CLIENT_ID", client_id)
    assert get_site(visitor)["esia"] is is_on


def test_a_browser_keeps_the_answer_for_a_while(visitor: AppClient) -> None:
    answer = visitor.get("/api/site")
    assert answer.headers["cache-control"] == f"public, max-age={CACHED_SECONDS}"


def test_the_answer_costs_one_query(visitor: AppClient) -> None:
    get_site(visitor)
    with measured() as cost:
        get_site(visitor)
    assert cost.operations == ["Query"]
    assert cost.read_units <= 2
