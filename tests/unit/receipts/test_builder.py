"""From imported items to the payment document."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.model import Account, HouseAreas
from cabinet.billing.amounts_due import PENALTY_TITLE, UNITEMISED_TITLE
from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Receipt, ServiceLine
from cabinet.receipts.builder import build_document
from cabinet.receipts.document import PaymentDocument
from cabinet.receipts.document_qr import payment_payload
from cabinet.receipts.errors import PayeeUnknown
from cabinet.receipts.pdf import render
from tests.support.factories import imported_receipts


def document(
    account: Account = imported_receipts.ACCOUNT, payment: AccountPayment | None = None, **changes: Any
) -> PaymentDocument:
    """The manual's receipt with some of it changed."""
    receipt = imported_receipts.RECEIPT.model_copy(update=changes)
    return build_document(account, imported_receipts.SUPPLIER, receipt, [imported_receipts.METER], payment)


def test_each_payee_gets_its_lines_and_their_sum():
    shares = [(share.payee.name, share.lines, share.payable) for share in document().payees]
    assert shares == [("ООО «УК Тест»", (1, 2), 241958), ("Фонд капитального ремонта", (3,), 87350)]


def test_the_shares_together_ask_for_what_the_receipt_asks():
    assert sum(share.payable for share in document().payees) == imported_receipts.RECEIPT.main.total


def test_a_payee_without_lines_is_not_shown():
    (share,) = document(services=imported_receipts.LINES[:2]).payees
    assert share.payee.inn == imported_receipts.SUPPLIER.inn


def test_a_line_of_an_unknown_payee_is_never_given_to_another():
    with pytest.raises(PayeeUnknown):
        document(services=[ServiceLine(service="ХВС", payee_inn="500100732259", total=1)])


def test_the_document_is_numbered_by_the_rule_of_the_state_system():
    numbered = document()
    assert (numbered.document_id, numbered.izhku) == ("80АА123456-01-9091", "80АА123456-01")
    assert numbered.is_registered
    assert len(numbered.document_id) == 18


def test_a_number_of_the_registry_is_the_documents_and_its_qrs():
    numbered = document(gis_document="80АА123456-07-9093")
    assert (numbered.document_id, numbered.is_registered) == ("80АА123456-07-9093", True)
    share = numbered.payees[0]
    assert "|UIN=80АА123456-07-9093|" in payment_payload(numbered, share).decode()


def test_kinds_of_receipts_of_one_month_have_numbers_of_their_own():
    account = imported_receipts.ACCOUNT.model_copy(
        update={"latest_periods": {"united": "2019-09", "water": "2019-09"}}
    )
    numbers = {document(account, kind=kind).document_id for kind in ("united", "water")}
    assert len(numbers) == 2


def test_without_a_state_number_the_qr_carries_none():
    plain = document(imported_receipts.ACCOUNT.model_copy(update={"els": ""}))
    assert (plain.document_id, plain.is_registered, plain.izhku) == (
        "1234567899/2019-09-united", False, "",
    )  # fmt: skip


def test_sums_are_billings_own_even_where_its_arithmetic_is_its_own():
    shown = document(main=Amounts(debt=0, paid=-48528, charged=53920, total=53920), services=[])
    assert shown.summary.total.main == 53920
    assert (shown.totals.total, shown.totals.payable) == (53920, 53920)


def test_a_registry_without_services_gives_one_line_for_the_payee_of_its_kind():
    shown = document(services=[], charges=[])
    assert [(line.service, line.payable) for line in shown.lines] == [("Объединённая", 329308)]
    assert [(share.payee.inn, share.payable) for share in shown.payees] == [
        (imported_receipts.SUPPLIER.payees[0].inn, 329308)
    ]


def test_without_a_payee_the_sheet_explains_the_missing_code():
    nameless = imported_receipts.SUPPLIER.model_copy(update={"receipt_kinds": {}})
    receipt = imported_receipts.RECEIPT.model_copy(update={"services": [], "charges": []})
    shown = build_document(imported_receipts.ACCOUNT, nameless, receipt, [], None)
    assert [(line.service, line.payable) for line in shown.lines] == [("Объединённая", 329308)]
    assert shown.payees == ()
    assert "Получатель не назван: строки № 1, 3\u00a0293,08 руб." in shown.note
    assert render(shown).startswith(b"%PDF")


def test_what_no_service_explains_has_a_line_of_its_own():
    shown = document(main=Amounts(total=329308 + 40000))
    assert (shown.lines[3].service, shown.lines[3].payable) == (UNITEMISED_TITLE, 40000)
    assert [share.payable for share in shown.payees] == [241958 + 40000, 87350]


def test_an_overpaid_line_lessens_what_its_payees_code_asks_for():
    services = [
        *imported_receipts.LINES,
        ServiceLine(service="Лифт", payee_inn=imported_receipts.OTHER_PAYEE.inn, total=-7350),
    ]
    shown = document(main=Amounts(total=329308 - 7350), services=services)
    assert [share.payable for share in shown.payees] == [241958, 80000]
    assert sum(line.payable or 0 for line in shown.lines) == shown.totals.payable


def test_a_penalty_given_only_as_a_total_has_a_line_and_is_asked_for():
    penalty = Amounts(debt=1000, charged=462, total=1462)
    shown = document(penalty=penalty)
    assert (shown.lines[-1].service, shown.lines[-1].payable) == (PENALTY_TITLE, 1462)
    assert sum(share.payable for share in shown.payees) == 329308 + 1462


def test_a_penalty_with_a_line_of_its_own_is_not_asked_twice():
    lines = [
        *imported_receipts.LINES,
        ServiceLine(service="Пеня: Капремонт", debt=1000, charged=462, total=1462),
    ]
    shown = document(penalty=Amounts(debt=1000, charged=462, total=1462), services=lines)
    assert [line.service for line in shown.lines].count(PENALTY_TITLE) == 0
    assert sum(share.payable for share in shown.payees) == 329308 + 1462


def test_a_line_in_credit_asks_for_nothing():
    shown = document(services=[ServiceLine(service="Пеня", debt=-1462, total=-1462)])
    assert (shown.lines[0].total, shown.lines[0].payable) == (-1462, 0)


def test_the_debt_is_shown_after_payments():
    shown = document(services=[ServiceLine(service="ХВС", debt=779, paid=-779, charged=779, total=779)])
    assert (shown.lines[0].debt, shown.lines[0].paid) == (0, -779)


def test_charges_stand_at_their_services_and_none_is_lost():
    stray = ChargeLine(service="Домофон", operation="начисление", norm="0,0187 м3/м2 ОИ", amount=100)
    shown = document(charges=[*imported_receipts.RECEIPT.charges, stray])
    assert [len(line.charges) for line in shown.lines] == [0, 1, 0, 1]
    assert (shown.lines[3].service, shown.lines[3].payable) == ("Домофон", None)
    assert shown.lines[3].charges[0].volume_kind == "общ"
    assert shown.lines[1].charges[0].volume == "5 м3"


def test_recalculations_are_listed_with_what_billing_says_of_them():
    again = ChargeLine(
        service="ХВС", operation="перерасчёт: временное отсутствие", calculation_period="2019-07", amount=-500
    )
    (listed,) = document(charges=[*imported_receipts.RECEIPT.charges, again]).recalculations
    assert (listed.grounds, listed.period, listed.amount) == (again.operation, "2019-07", -500)


def test_a_recalculations_own_grounds_stand_above_the_name_of_the_operation():
    again = ChargeLine(service="ХВС", operation="перерасчёт", grounds="п. 86, отсутствие", amount=-500)
    (listed,) = document(charges=[again]).recalculations
    assert listed.grounds == "п. 86, отсутствие"


@pytest.mark.parametrize(
    ("said", "norm", "printed"),
    [
        ("meter", "", "ИПУ"), ("average", "", "средн"), ("common", "", "общ"), ("norm", "", "норм"),
        ("meter", "9,1 м3/чел", "ИПУ"), (None, "9,1 м3/чел", "норм"), (None, "0,02 м3/м2 ОИ", "общ"),
        (None, "", ""),
    ],
)  # fmt: skip
def test_how_a_volume_was_found_is_billings_word_or_follows_from_the_norm(said: Any, norm: str, printed: str):
    charge = ChargeLine(service="ХВС", norm=norm, volume_kind=said, amount=1)
    assert document(charges=[charge]).lines[1].charges[0].volume_kind == printed


def test_the_areas_of_the_house_are_shown_as_far_as_they_are_known():
    house = HouseAreas(total="10955.38", living="10955.38", non_living="0", common="2462.89")
    known = imported_receipts.ACCOUNT.model_copy(update={"house": house})
    assert document(known).payer.house_areas == (
        "общая: 10955,38 м²; жилая: 10955,38 м²; н/ж: 0 м²; ОИ всего: 2462,89 м²"
    )
    assert document().payer.house_areas == ""


def test_a_reading_taken_after_the_sheet_was_issued_does_not_change_it():
    (meter,) = document().meters
    assert (meter.value, meter.taken_on) == ("12.345", date(2019, 9, 22))


def test_zones_are_called_as_people_know_them():
    power = imported_receipts.METER.model_copy(update={"zones": 2})
    rows = build_document(
        imported_receipts.ACCOUNT, imported_receipts.SUPPLIER, imported_receipts.RECEIPT, [power], None
    ).meters
    assert [row.zone for row in rows] == ["Т1 (день)", "Т2 (ночь)"]
    assert [row.zone for row in document().meters] == [""]


def test_a_sheet_with_a_debt_shows_the_due_date():
    assert document().pay_by == date(2019, 10, 10)
    own = imported_receipts.SUPPLIER.model_copy(update={"payment_day": 25})
    assert build_document(imported_receipts.ACCOUNT, own, imported_receipts.RECEIPT, [], None).pay_by == date(
        2019, 10, 25
    )
    assert document(main=Amounts(total=-100), services=[]).pay_by is None


def test_a_meter_taken_down_before_is_not_shown():
    gone = imported_receipts.METER.model_copy(update={"calculated_to": date(2019, 1, 1)})
    assert (
        build_document(
            imported_receipts.ACCOUNT, imported_receipts.SUPPLIER, imported_receipts.RECEIPT, [gone], None
        ).meters
        == ()
    )


def test_the_last_payment_is_shown_as_it_was_paid():
    shown = document(payment=imported_receipts.PAYMENTS[0])
    assert shown.last_payment is not None
    assert shown.last_payment.amount == 70000


def test_what_to_pay_ahead_is_added_as_the_manual_adds_it():
    summary = document().summary
    assert summary.with_preliminary is not None
    assert summary.with_preliminary.main == 352830


def test_a_receipt_without_a_date_counts_as_issued_at_the_months_end():
    assert document(issued_on=None).issued_on == date(2019, 9, 30)


def test_every_receipt_of_the_model_can_be_assembled():
    bare = Receipt(kind="k", kind_title="", period="2020-02", main=Amounts(), penalty=Amounts())
    assert build_document(
        imported_receipts.ACCOUNT, imported_receipts.SUPPLIER, bare, [], None
    ).issued_on == date(2020, 2, 29)
