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


def test_a_name_with_the_usual_separator_is_parted_by_another():
    payee = samples.HOUSE_COMPANY.model_copy(update={"name": "ООО «А|Б»"})
    share = samples.MANUAL.payees[0].model_copy(update={"payee": payee})
    payload = orders.payment_payload(samples.MANUAL, share)
    assert payload.startswith(b"ST00012#")
    assert qr.parse(payload).name == "ООО «А|Б»"


def test_a_payer_who_uses_up_every_separator_is_left_out_and_the_code_still_pays():
    payer = samples.MANUAL.payer.model_copy(update={"address": qr.SEPARATORS})
    document = samples.MANUAL.model_copy(update={"payer": payer})
    order = qr.parse(orders.payment_payload(document, document.payees[0]))
    assert (order.payer_address, order.last_name) == (None, None)
    assert order.sum_kopecks == document.payees[0].payable


def test_a_payee_who_uses_up_every_separator_has_no_code():
    payee = samples.HOUSE_COMPANY.model_copy(update={"name": qr.SEPARATORS})
    share = samples.MANUAL.payees[0].model_copy(update={"payee": payee})
    with pytest.raises(qr.PaymentCodeError, match="разделители"):
        orders.payment_payload(samples.MANUAL, share)
