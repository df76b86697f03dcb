"""What was agreed to stays provable: a text that changes has a new version."""

from cabinet.accounts.model import Account, Address
from cabinet.accounts.paperless_statement import VERSION, statement, statement_hash
from cabinet.accounts.supplier_model import Supplier
from tests.support.factories.bound_accounts import PAYEE

ADDRESS = Address(city="Челябинск", street="ул. Северная", house="1", flat="2")
ACCOUNT = Account(account_id="uk:1", supplier_id="uk", holder="И", address=ADDRESS)
SUPPLIER = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE])
KNOWN = {"2026-01": "73049185733eeb760e4e6fbb42378e942b7bc7b1f6ef5db9ff5b027687b41d30"}
"""Versions → the fingerprint of this account's statement. Add a line for a new text, never change one."""


def test_a_versions_text_is_what_it_was() -> None:
    assert statement_hash(statement(ACCOUNT, SUPPLIER)) == KNOWN[VERSION]


def test_the_statement_is_of_this_account_address_and_supplier() -> None:
    text = statement(ACCOUNT, SUPPLIER)
    for said in ("лицевому счёту 1,", "ул. Северная, 1 - 2", "Получатель заявления: УК."):
        assert said in text
