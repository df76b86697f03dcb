"""From a document to the payment orders of its codes."""

import pytest

from cabinet.receipts import document_qr
from tests.support.factories import documents
from tests.support.payment_code import read_code

SIGNS = "|#;:^_~{}!$%&()*+,/@"
"""All separators that the standard allows."""


@pytest.mark.parametrize(
    ("pattern", "written"), [("MMYYYY", "092019"), ("MMYY", "0919"), ("MM.YYYY", "09.2019")]
)
def test_the_period_is_written_as_the_payees_bank_wants_it(pattern: str, written: str):
    assert document_qr.period_text("2019-09", pattern) == written


def test_line_breaks_of_a_registry_do_not_reach_the_code():
    payer = documents.MANUAL.payer.model_copy(update={"address": "УЛ. ЛЕНИНА,\r\n\t1", "surname": " \n"})
    document = documents.MANUAL.model_copy(update={"payer": payer})
    order = read_code(document_qr.payment_payload(document, document.payees[0]))
    assert (order.payer_address, order.last_name) == ("УЛ. ЛЕНИНА, 1", None)


def test_an_unregistered_number_is_no_uin():
    document = documents.MANUAL.model_copy(update={"is_registered": False})
    assert document_qr.payment_requisites(document, document.payees[0]).uin is None


def test_texts_with_separators_keep_the_usual_one_and_every_requisite():
    payee = documents.HOUSE_COMPANY.model_copy(update={"name": "ООО «А|Б»"})
    share = documents.MANUAL.payees[0].model_copy(update={"payee": payee})
    payer = documents.MANUAL.payer.model_copy(update={"address": SIGNS})
    document = documents.MANUAL.model_copy(update={"payer": payer})
    payload = document_qr.payment_payload(document, share)
    assert payload.startswith(b"ST00012|")
    order = read_code(payload)
    assert (order.name, order.payer_address) == ("ООО «А/Б»", SIGNS.replace("|", "/"))
