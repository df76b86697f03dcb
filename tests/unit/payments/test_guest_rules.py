"""What a guest pays: the payee of a code, the line of the ledger, the number with its middle hidden."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import Payee, ReceiptKind, Supplier
from cabinet.billing.amounts_due import WHOLE_RECEIPT_TITLE, payable_lines
from cabinet.billing.model import Amounts, Receipt, ServiceLine
from cabinet.billing.receipt_copies import copy_of
from cabinet.payments.guest_rules import guest_line, masked_number, payee_from_code
from tests.support.factories.bound_accounts import PAYEE

REPAIR = PAYEE.model_copy(update={"name": "Фонд", "inn": "7447004569", "account": "40702810300000012345"})
TODAY = date(2026, 9, 21)


def supplier(**changes: Any) -> Supplier:
    fields: dict[str, Any] = {"supplier_id": "uk", "name": "УК", "inn": PAYEE.inn, "payees": [PAYEE, REPAIR]}
    return Supplier(**(fields | changes))


def receipt(kind: str, period: str, *services: tuple[str, str, int]) -> Receipt:
    total = sum(due for _, _, due in services)
    return Receipt(
        kind=kind,
        kind_title=kind.title(),
        period=period,
        main=Amounts(charged=total, total=total),
        penalty=Amounts(),
        services=[ServiceLine(service=s, payee_inn=inn, charged=due, total=due) for s, inn, due in services],
    )


def account(*receipts: Receipt, copied: bool = True) -> Account:
    return Account(
        account_id="uk:1234567899",
        supplier_id="uk",
        holder="Иванов",
        address=Address(house="10"),
        latest_periods={each.kind: each.period for each in receipts},
        latest_receipt_copies={
            each.kind: copy_of(each.model_dump(mode="json"), "v") for each in receipts if copied
        },
    )


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1234567899", "12••••••99"),
        ("123456", "12••56"),
        ("12345", "1•••5"),
        ("123", "1•3"),
        ("12", "••"),
        ("1", "•"),
    ],
)
def test_the_middle_of_a_number_is_hidden(number: str, shown: str) -> None:
    assert masked_number(number) == shown


def test_a_code_names_a_payee_by_its_account_and_by_its_inn_where_it_has_one() -> None:
    assert payee_from_code(supplier(), REPAIR.account, REPAIR.inn) == REPAIR
    assert payee_from_code(supplier(), REPAIR.account, None) == REPAIR
    assert payee_from_code(supplier(), REPAIR.account, PAYEE.inn) is None, "one of the two is not ours"
    assert payee_from_code(supplier(), "4" * 20, PAYEE.inn) is None


def line_of(of: Account, payee: Payee, wanted: Supplier | None = None, period: str | None = None) -> Any:
    return guest_line(of, wanted or supplier(), payee, 1000, period, TODAY)


def test_the_line_is_of_the_newest_receipt_that_asks_for_the_payees_money() -> None:
    of = account(
        receipt("main", "2026-08", ("Вода", PAYEE.inn, 100)),
        receipt("repair", "2026-07", ("Капремонт", REPAIR.inn, 100)),
    )
    assert line_of(of, PAYEE).receipt_id == "2026-08-main"
    line = line_of(of, REPAIR, period="2026-05")
    assert (line.receipt_id, line.receipt_title) == ("2026-07-repair", "Квитанция Repair за ИЮЛЬ 2026")
    assert (line.service, line.payee_inn, line.amount, line.due) == (
        WHOLE_RECEIPT_TITLE,
        REPAIR.inn,
        1000,
        1000,
    )
    assert line.fiscal == REPAIR.fiscal


def test_a_payee_that_no_receipt_asks_for_is_paid_by_the_newest_one() -> None:
    of = account(receipt("main", "2026-08", ("Вода", PAYEE.inn, 100)), receipt("gas", "2026-06"))
    assert line_of(of, REPAIR).receipt_id == "2026-08-main"


def test_an_account_without_copies_is_paid_by_its_latest_period() -> None:
    of = account(receipt("main", "2026-08"), receipt("gas", "2026-06"), copied=False)
    assert line_of(of, PAYEE).receipt_id == "2026-08-main"


def test_without_receipts_the_payees_kind_and_the_codes_month_count() -> None:
    kinds = {"Объединённая": ReceiptKind(payee_inn=PAYEE.inn), "Взнос": ReceiptKind(payee_inn=REPAIR.inn)}
    of = supplier(receipt_kinds=kinds)
    assert line_of(account(), REPAIR, of, "2026-05").receipt_id == "2026-05-vznos"
    assert line_of(account(), PAYEE, of).receipt_id == "2026-09-obedinennaya"
    assert line_of(account(), PAYEE).receipt_id == "2026-09-obedinennaya"


def test_what_a_guest_paid_is_taken_off_the_payees_services_in_their_order() -> None:
    made = receipt(
        "main",
        "2026-08",
        ("Вода", PAYEE.inn, 300),
        ("Капремонт", REPAIR.inn, 500),
        ("Охрана", PAYEE.inn, 400),
    )
    line = line_of(account(made), PAYEE)
    entry = {"amount": 600, "lines": [[line.receipt_id, line.payee_inn, line.service, 600]]}
    left = payable_lines(made, supplier(), {"P1": entry})
    assert [each.left for each in left] == [0, 500, 100]
