"""What only shows when an account's rows are seen together."""

from cabinet.exchange import consistency
from tests.unit.exchange.registries import LINE, rows_of


def test_too_many_lines_for_one_receipt_are_an_error() -> None:
    rows = rows_of(services=[LINE] * (consistency.MAX_SERVICE_LINES + 1))
    assert [one.code for one in consistency.faults(rows, "native")] == ["too_many_lines"]


def test_a_line_that_asks_for_nothing_instead_of_less_than_zero_is_no_difference() -> None:
    overpaid = LINE | {"debt": -1462, "paid": 0, "charged": 0, "total": 0}
    assert list(consistency.faults(rows_of(services=[overpaid]), "native")) == []
    wrong = LINE | {"total": 6}
    assert [one.code for one in consistency.faults(rows_of(services=[wrong]), "native")] == ["total_differs"]


def test_a_payee_that_the_supplier_has_not_named_is_warned_of() -> None:
    (finding,) = consistency.payees_unknown(rows_of(services=[LINE | {"payee_inn": "7736520080"}]), [])
    assert (finding.code, finding.severity) == ("payee_unknown", "warning")
