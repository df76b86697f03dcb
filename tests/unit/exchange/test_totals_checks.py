"""What only shows when an account's rows are seen together."""

import pytest

from cabinet.accounts.supplier_model import Supplier
from cabinet.exchange.imports import totals_checks
from tests.support.factories.bound_accounts import PAYEE
from tests.support.factories.registries import LINE, rows_of


def test_too_many_lines_for_one_receipt_are_an_error() -> None:
    rows = rows_of(services=[LINE] * (totals_checks.MAX_SERVICE_LINES + 1))
    assert [one.code for one in totals_checks.find_issues(rows, "native")] == ["too_many_lines"]


def test_zero_instead_of_a_negative_sum_is_no_difference() -> None:
    overpaid = LINE | {"debt": -1462, "paid": 0, "charged": 0, "total": 0}
    assert list(totals_checks.find_issues(rows_of(services=[overpaid]), "native")) == []
    wrong = LINE | {"total": 6}
    assert [one.code for one in totals_checks.find_issues(rows_of(services=[wrong]), "native")] == [
        "total_differs"
    ]


def numbered(document: str, **more: object) -> dict[str, object]:
    """A row of balances with a payment document's number of ГИС ЖКХ."""
    sums = dict.fromkeys(("debt", "paid", "charged", "total"), 0)
    penalty = {f"penalty_{name}": 0 for name in sums}
    return {"ls": "1", "period": "2026-09", "receipt": "Основная", "pd": document} | sums | penalty | more


OWN = {"ls": "1", "els": "74АА000001", "izhku": "74АА000001-02"}


@pytest.mark.parametrize(
    ("account", "balances", "codes"),
    [
        (OWN, [numbered("74АА000001-02-6091")], []),
        (OWN, [numbered("")], []),
        (OWN, [numbered("", receipt="Другая"), numbered("")], []),
        ({"ls": "1"}, [numbered("80АА123456-01-6091")], []),  # the account's numbers are not in this file
        (OWN, [numbered("74АА000001-01-6091")], ["gis_number"]),
        ({"ls": "1", "els": "74АА000002"}, [numbered("74АА000001-02-6091")], ["gis_number"]),
        (OWN, [numbered("74АА000001-02-6101")], ["gis_document_period"]),
        (
            OWN,
            [numbered("74АА000001-02-6091"), numbered("74АА000001-02-6091", receipt="Другая")],
            ["gis_number"],
        ),
    ],
)
def test_a_payment_document_is_of_its_account_its_receipt_and_its_month(
    account: dict[str, object], balances: list[dict[str, object]], codes: list[str]
) -> None:
    found = list(totals_checks.find_issues(rows_of(accounts=[account], balances=balances), "native"))
    assert [one.code for one in found] == codes
    assert all(one.field == "pd" for one in found)
    assert [one.severity for one in found] == ["warning" if "period" in code else "error" for code in codes]


SUPPLIER = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE])


def test_a_payee_that_is_not_the_suppliers_is_an_error() -> None:
    rows = rows_of(services=[LINE | {"payee_inn": "7736520080"}])
    (issue,) = totals_checks.money_issues(rows, SUPPLIER)
    assert (issue.code, issue.severity, issue.field) == ("payee_unknown", "error", "payee_inn")


def balance(total: int, penalty: int = 0) -> dict[str, object]:
    return {"period": "2026-09", "receipt": "Объединённая", "total": total, "penalty_total": penalty}


@pytest.mark.parametrize(
    ("total", "penalty", "services"),
    [
        (500, 0, [500]),
        (500, 7, [500]),  # the penalty is a total alone
        (500, 7, [500, 7]),  # or a line, whatever it is called
        (500, -1462, [500]),
        (80, 0, [100, -20]),  # an overpayment is counted in the total
        (100, 0, [100, -20]),  # or it is not
        (-20, 0, [-20]),
        (0, 0, [-20]),
    ],
)
def test_services_that_explain_the_total_are_not_warned_of(
    total: int, penalty: int, services: list[int]
) -> None:
    lines = [LINE | {"debt": each, "paid": 0, "charged": 0, "total": each} for each in services]
    assert (
        list(
            totals_checks.money_issues(rows_of(balances=[balance(total, penalty)], services=lines), SUPPLIER)
        )
        == []
    )


def test_an_overpaid_line_written_as_zero_may_count_in_the_total() -> None:
    overpaid = LINE | {"debt": -20, "paid": 0, "charged": 0, "total": 0}
    rows = rows_of(balances=[balance(80)], services=[LINE | {"total": 100}, overpaid])
    assert list(totals_checks.money_issues(rows, SUPPLIER)) == []


def test_a_total_that_the_services_do_not_explain_is_warned_of_with_both_sums() -> None:
    rows = rows_of(balances=[balance(50000)], services=[LINE | {"total": 10000}])
    (issue,) = totals_checks.money_issues(rows, SUPPLIER)
    assert (issue.code, issue.severity, issue.location.line) == ("services_differ", "warning", 3)
    assert "500,00" in issue.message
    assert "100,00" in issue.message


def test_a_registrys_penalty_line_does_not_replace_a_missing_service() -> None:
    lines = [LINE | {"total": 100, "penalty": False}, LINE | {"total": 7, "penalty": True}]
    (issue,) = totals_checks.money_issues(rows_of(balances=[balance(114, 7)], services=lines), SUPPLIER)
    assert issue.code == "services_differ"
