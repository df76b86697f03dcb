"""Numbers of documents by the rule of ГИС ЖКХ."""

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.billing.model import Amounts, Receipt
from cabinet.receipts.gis_numbers import registered_number


def account(els: str, *kinds: str) -> Account:
    latest = dict.fromkeys(kinds, "2019-09")
    return Account(
        account_id="uk:1", supplier_id="uk", holder="И", address=Address(), els=els, latest_periods=latest
    )


def receipt(kind: str, period: str = "2019-09") -> Receipt:
    return Receipt(kind=kind, kind_title=kind, period=period, main=Amounts(), penalty=Amounts())


@pytest.mark.parametrize(
    ("kinds", "kind", "period", "number"),
    [
        ((), "main", "2019-09", "80АА123456-01-9091"),
        (("main",), "main", "2020-12", "80АА123456-01-0121"),
        (("main", "overhaul"), "overhaul", "2019-09", "80АА123456-01-9092"),
        (("zzz",), "main", "2019-09", "80АА123456-01-9091"),
        (tuple("abcdefgh"), "i", "2019-09", "80АА123456-01-9099"),
        (tuple("abcdefghi"), "j", "2019-09", None),
    ],
)
def test_kinds_of_receipts_number_a_months_documents(
    kinds: tuple[str, ...], kind: str, period: str, number: str | None
) -> None:
    assert registered_number(account("80АА123456", *kinds), receipt(kind, period)) == number


def test_without_an_els_no_document_has_a_number() -> None:
    assert registered_number(account(""), receipt("main")) is None


def test_a_documents_number_begins_with_the_dwellings_own() -> None:
    second = account("80АА123456", "main").model_copy(update={"izhku": "80АА123456-02"})
    assert registered_number(second, receipt("main")) == "80АА123456-02-9091"


def test_a_number_that_the_registry_says_goes_before_the_rule() -> None:
    numbered = receipt("main").model_copy(update={"gis_document": "80АА123456-07-9093"})
    assert registered_number(account("80АА123456", "main"), numbered) == "80АА123456-07-9093"
    assert registered_number(account(""), numbered) == "80АА123456-07-9093"
