"""A supplier's logo and long texts: written with its profile or not at all, left alone when equal."""

from typing import Any

import pytest
import yaml

from cabinet.accounts import suppliers
from cabinet.accounts.keys import logo_key, supplier_key, texts_key
from cabinet.accounts.logo_rules import check
from cabinet.accounts.store import suppliers as stored
from cabinet.accounts.supplier_model import Supplier, SupplierTexts
from cabinet.accounts.texts_and_logo import SupplierSettings, TextsAndLogo, load_logo, load_texts
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.errors import Conflict
from infra.sample.suppliers import LOGO, PROFILES, WATER
from tests.support.aws import Aws

SETTINGS = SupplierSettings.model_validate(
    yaml.safe_load(PROFILES[WATER].replace("${LOCAL_ORIGIN}", "https://bank.example.ru"))
)
DROP = check(LOGO.encode())
WHOLE = TextsAndLogo(SETTINGS.texts, DROP)


def rows() -> list[Any]:
    keys = [supplier_key(WATER), texts_key(WATER), logo_key(WATER)]
    return [dynamo.get(Table.ACCOUNTS, key) for key in keys]


def test_all_of_it_is_applied_once_and_read_back(aws: Aws) -> None:
    assert suppliers.apply(SETTINGS.profile, WHOLE) is True
    assert suppliers.apply(SETTINGS.profile, WHOLE) is False
    assert load_texts(WATER) == SETTINGS.texts
    assert load_logo(WATER, DROP.name) == DROP
    profile, *_ = rows()
    assert (profile["branding"]["logo"], "texts" in profile) == (DROP.name, False)


def test_what_the_settings_lack_is_no_more(aws: Aws) -> None:
    suppliers.apply(SETTINGS.profile, WHOLE)
    assert suppliers.apply(SETTINGS.profile, TextsAndLogo(SupplierTexts(), None)) is True
    profile, texts, logo = rows()
    assert (profile["branding"]["logo"], texts, logo) == ("", None, None)
    assert load_logo(WATER, DROP.name) is None
    assert load_texts(WATER) == SupplierTexts()


def test_another_logo_is_served_by_another_name(aws: Aws) -> None:
    suppliers.apply(SETTINGS.profile, WHOLE)
    other = check(LOGO.replace("#0b4f9e", "#7a2f0b").encode())
    assert suppliers.apply(SETTINGS.profile, TextsAndLogo(SETTINGS.texts, other)) is True
    assert (load_logo(WATER, DROP.name), load_logo(WATER, other.name)) == (None, other)


def test_a_profile_alone_leaves_them_as_they_are(aws: Aws) -> None:
    suppliers.apply(SETTINGS.profile, WHOLE)
    changed = stored([WATER])[WATER].model_copy(update={"office": "переехали"})
    assert suppliers.apply(changed) is True
    assert load_texts(WATER) == SETTINGS.texts
    assert stored([WATER])[WATER].branding.logo == DROP.name
    assert load_logo(WATER, DROP.name) == DROP


def test_who_applies_beside_another_writes_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    suppliers.apply(SETTINGS.profile, WHOLE)
    read = dynamo.batch_get
    rival = SETTINGS.profile.model_copy(update={"office": "соперник"})

    def read_before_the_rival(*arguments: Any, **named: Any) -> Any:
        seen = read(*arguments, **named)
        monkeypatch.setattr(dynamo, "batch_get", read)
        suppliers.apply(rival)
        return seen

    monkeypatch.setattr(dynamo, "batch_get", read_before_the_rival)
    with pytest.raises(Conflict):
        suppliers.apply(SETTINGS.profile, TextsAndLogo(SupplierTexts(help="иначе"), None))
    assert load_texts(WATER) == SETTINGS.texts
    assert stored([WATER])[WATER].office == "соперник"
    assert load_logo(WATER, DROP.name) == DROP


def test_the_profile_of_settings_is_a_supplier_without_texts() -> None:
    assert type(SETTINGS.profile) is Supplier
    assert SETTINGS.profile.supplier_id == WATER
