"""From a document to the payment orders of its codes."""

import pytest

from cabinet.receipts import orders, qr
from tests.unit.receipts import samples


@pytest.mark.parametrize(
    ("pattern", "written"), [("MMYYYY", "092019"), ("MMYY", "0919"), ("MM.YYYY", "09.2019")]
)
def test_the_period_is_written_as_the_payees_bank_wants_it(pattern: str, written: str):
    assert orders.period_text("2019-09", pattern) == written


def test_line_breaks_of_a_registry_do_not_reach_the_code():
    payer = samples.MANUAL.payer.model_copy(update={"address": "УЛ. ЛЕНИНА,\r\n\t1", "surname": " \n"})
    document = samples.MANUAL.model_copy(update={"payer": payer})
    order = qr.parse(orders.payment_payload(document, document.payees[0]))
    assert (order.payer_address, order.last_name) == ("УЛ. ЛЕНИНА, 1", None)


def test_an_unregistered_number_is_no_uin():
    document = samples.MANUAL.model_copy(update={"is_registered": False})
    assert orders.payment_order(document, document.payees[0]).uin is None


def test_texts_with_separators_keep_the_usual_one_and_every_requisite():
    payee = samples.HOUSE_COMPANY.model_copy(update={"name": "ООО «А|Б»"})
    share = samples.MANUAL.payees[0].model_copy(update={"payee": payee})
    payer = samples.MANUAL.payer.model_copy(update={"address": qr.SEPARATORS})
    document = samples.MANUAL.model_copy(update={"payer": payer})
    payload = orders.payment_payload(document, share)
    assert payload.startswith(b"ST00012|")
    order = qr.parse(payload)
    assert (order.name, order.payer_address) == ("ООО «А/Б»", qr.SEPARATORS.replace("|", "/"))
