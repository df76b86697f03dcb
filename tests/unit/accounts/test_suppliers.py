"""Suppliers: refused for a wrong digit, replaced whole, left alone when equal."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from cabinet.accounts import suppliers
from cabinet.accounts.keys import supplier_key
from cabinet.accounts.store import all_suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.accounts.texts_and_logo import SupplierSettings
from cabinet.accounts.unknown_settings import find_unknown_fields
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.errors import InvalidFields
from infra.sample.suppliers import PROFILES
from tests.support.aws import Aws
from tests.support.factories.registries import sample_supplier

SECOND = {
    "contract": "c2",
    "dialect": "rbs",
    "base_url": "https://bank.example.ru",
    "secret": "s",
    "methods": [],
}
"""A contract under which nothing is paid any more."""
SERVICE = {"code": "plumber", "title": "Вызов сантехника", "price": 85000}


def profile(supplier_id: str = "center", **changes: Any) -> Supplier:
    return sample_supplier(supplier_id, **changes)


@pytest.mark.parametrize("supplier_id", list(PROFILES))
def test_the_samples_requisites_are_right(supplier_id: str) -> None:
    assert suppliers.validate(profile(supplier_id)) == []


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("inn", "7451001233", "payees[0].inn"),
        ("bic", "04750177", "payees[0].bic"),
        ("bic", "047501602", "payees[0].account"),
        ("account", "40702810900000012345", "payees[0].account"),
        ("correspondent_account", "30101810500000000779", "payees[0].correspondent_account"),
        ("kpp", "123", "payees[0].kpp"),
    ],
)
def test_a_wrong_digit_is_named(field: str, value: str, fault: str) -> None:
    payees = yaml.safe_load(PROFILES["center"])["payees"]
    wrong = profile(payees=[payees[0] | {field: value}, payees[1]])
    assert fault in [found.field for found in suppliers.validate(wrong)]


def test_a_fraction_of_vat_belongs_to_an_advance_alone() -> None:
    payees = yaml.safe_load(PROFILES["center"])["payees"]
    fiscal = {"vat": "22/122", "payment_method": "full_payment"}
    wrong = profile(payees=[payees[0] | {"fiscal": fiscal}, payees[1]])
    assert [found.field for found in suppliers.validate(wrong)] == ["payees[0].fiscal.vat"]
    right = profile(payees=[payees[0] | {"fiscal": fiscal | {"payment_method": "advance"}}, payees[1]])
    assert suppliers.validate(right) == []


def test_payments_need_a_bank_and_payees_their_own_inn() -> None:
    payees = yaml.safe_load(PROFILES["center"])["payees"]
    found = suppliers.validate(
        profile(merchant=None, payees=[payees[0]] * 2, inn="6164206387", receipt_kinds={})
    )
    assert [one.field for one in found] == ["inn", "payees", "merchant"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"commission": {"basis_points": 240, "minimum": 1200, "maximum": 1199}}, "commission.maximum"),
        ({"commission": {"minimum": 1200, "maximum": 1300}}, "commission.maximum"),
        ({"time_zone": "Asia/Chelyabinsk"}, "time_zone"),
        ({"time_zone": "../etc"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"reading_window": {"opens_day": 25, "closes_day": 15}}, "reading_window"),
        ({"implausible_factor": 3}, "implausible_factor"),
        ({"implausible_factor": 20, "unusual_factor": 20}, "implausible_factor"),
        ({"unusual_factor": 51}, "implausible_factor"),
        (
            {
                "merchant": {
                    "contract": "c",
                    "dialect": "gorod",
                    "base_url": "https://bank.example.ru",
                    "secret": "s",
                }
            },
            "merchant.service_number",
        ),
        (
            {
                "merchant": {
                    "contract": "c",
                    "dialect": "rbs",
                    "base_url": "https://bank.example.ru",
                    "secret": "s",
                    "unconfirmed_hours": 24,
                }
            },
            "merchant.unconfirmed_hours",
        ),
        ({"merchants": [SECOND | {"methods": ["card"]}]}, "merchants[0].methods"),
        ({"merchant": SECOND | {"methods": ["sbp"], "dialect": "gorod_unified"}}, "merchant.methods"),
        ({"merchants": [SECOND | {"contract": "center-rbs"}]}, "merchants[0].contract"),
        ({"merchants": [SECOND | {"dialect": "gorod"}]}, "merchants[0].service_number"),
        ({"merchants": [SECOND | {"fiscal_url": "https://bank.example.ru"}]}, "merchants[0].fiscal_url"),
        ({"merchant": SECOND}, "merchant.methods"),
        (
            {"merchant": SECOND | {"methods": ["card"]}, "method_commissions": {"sbp": {"basis_points": 40}}},
            "method_commissions.sbp",
        ),
        ({"method_commissions": {"card": {"minimum": 2, "maximum": 1}}}, "method_commissions.card.maximum"),
        ({"merchant": SECOND | {"methods": ["saved_card"]}}, "merchant.methods"),
        ({"merchants": [SECOND | {"contract": " "}]}, "merchants[0].contract"),
        ({"merchants": [SECOND | {"secret": ""}]}, "merchants[0].secret"),
        ({"paid_services": [SERVICE | {"code": ""}]}, "paid_services[0].code"),
        ({"paid_services": [SERVICE | {"code": "Слесарь"}]}, "paid_services[0].code"),
        ({"paid_services": [SERVICE, SERVICE]}, "paid_services[1].code"),
        ({"paid_services": [SERVICE | {"title": " "}]}, "paid_services[0].title"),
    ],
)
def test_a_wish_that_cannot_be_done_is_named(changes: dict[str, Any], fault: str) -> None:
    assert [found.field for found in suppliers.validate(profile(**changes))] == [fault]


def test_an_old_contract_is_kept_beside_the_new_one() -> None:
    kept = profile(merchants=[SECOND])
    assert suppliers.validate(kept) == []
    assert [merchant.contract for merchant in kept.all_merchants] == ["center-rbs", "c2"]
    assert kept.payment_methods == ["card", "sbp", "saved_card"]


@pytest.mark.parametrize(
    "changes",
    [
        {"commission": {"minimum": -1}},
        {"payment_limit": 0},
        {"debt_reminder_threshold": -1},
        {"paid_services": [{"code": "1", "title": "Вызов", "price": -1}]},
    ],
)
def test_a_negative_sum_is_no_setting(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        profile(**changes)


def test_a_supplier_is_written_listed_and_not_rewritten_when_equal(aws: Aws) -> None:
    assert suppliers.apply(profile())
    assert not suppliers.apply(profile())
    assert [found.supplier_id for found in all_suppliers()] == ["center"]
    assert suppliers.apply(profile(name="ООО «Новое имя»"))
    item = dynamo.get(Table.ACCOUNTS, supplier_key("center"))
    assert item is not None
    assert (item["name"], item["revision"]) == ("ООО «Новое имя»", 2)


def test_a_wrong_supplier_is_not_written(aws: Aws) -> None:
    with pytest.raises(InvalidFields):
        suppliers.apply(profile(inn="6164206387"))
    assert dynamo.get(Table.ACCOUNTS, supplier_key("center")) is None


@pytest.mark.parametrize(
    ("content", "place", "near"),
    [
        ({"reading_window": {"opens": 1}}, "reading_window.opens", "opens_day"),
        ({"payees": [{"nane": "УК"}]}, "payees[0].nane", "name"),
        ({"merchant": {"secrets": "s"}}, "merchant.secrets", "secret"),
        ({"receipt_kinds": {"Вода": {"payee": "1"}}}, "receipt_kinds.Вода.payee", "payee_inn"),
        ({"debt_reminder_treshold": 5}, "debt_reminder_treshold", "debt_reminder_threshold"),
    ],
)
def test_a_misspelt_setting_is_refused_at_any_depth_with_the_nearest_one(
    content: dict[str, Any], place: str, near: str
) -> None:
    (found,) = find_unknown_fields(content, SupplierSettings)
    assert (found.field, found.code) == (place, "unknown_field")
    assert f"Похожа: {near}." in found.message


@pytest.mark.parametrize("supplier_id", list(PROFILES))
def test_the_samples_files_name_no_unknown_setting(supplier_id: str) -> None:
    assert list(find_unknown_fields(yaml.safe_load(PROFILES[supplier_id]), SupplierSettings)) == []


def test_several_payees_without_kinds_of_receipts_are_warned_of() -> None:
    assert suppliers.warnings(profile()) == []
    assert len(suppliers.warnings(profile(receipt_kinds={}))) == 1
    assert suppliers.warnings(profile("voda")) == []


def test_a_kind_of_receipt_names_one_of_the_suppliers_payees() -> None:
    wrong = profile(receipt_kinds={"Вода": {"payee_inn": "7736520080"}})
    assert [found.field for found in suppliers.validate(wrong)] == ["receipt_kinds.Вода.payee_inn"]
