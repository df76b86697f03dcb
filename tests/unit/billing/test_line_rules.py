"""Who receives money is said by a registry or a setting, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import ReceiptKind, Supplier
from cabinet.billing.line_rules import (
    is_penalty,
    is_recalculation,
    names_penalty,
    only_payee,
    payee_of_kind,
    payee_of_line,
)
from cabinet.billing.model import ChargeLine, ServiceLine
from tests.support.factories.bound_accounts import PAYEE

OTHER = PAYEE.model_copy(update={"inn": "7447004569"})
STRANGER = "7736520080"


def supplier(
    payees: int = 2, kinds: dict[str, str] | None = None, penalties: tuple[str, ...] = ()
) -> Supplier:
    return Supplier(
        supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE, OTHER][:payees],
        receipt_kinds={title: ReceiptKind(payee_inn=inn) for title, inn in (kinds or {}).items()},
        penalty_services=list(penalties),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payees", "kinds", "expected"),
    [
        (1, {}, PAYEE.inn),
        (2, {}, None),
        (2, {"Капитальный ремонт": OTHER.inn}, OTHER.inn),
        (2, {"капитальный  РЕМОНТ": OTHER.inn}, OTHER.inn),
        (2, {"Объединённая": OTHER.inn}, None),
        (1, {"Капитальный ремонт": STRANGER}, None),
        (2, {"Капитальный ремонт": STRANGER}, None),
    ],
)
def test_a_kinds_payee_is_the_settings_or_the_only_one(
    payees: int, kinds: dict[str, str], expected: str | None
) -> None:
    assert payee_of_kind(supplier(payees, kinds), "kapitalnyy-remont", "Капитальный ремонт") == expected


@pytest.mark.parametrize(
    ("inn", "of_kind", "expected"),
    [
        ("", None, None),
        ("", OTHER.inn, OTHER.inn),
        (PAYEE.inn, OTHER.inn, PAYEE.inn),
        (STRANGER, OTHER.inn, None),
        (STRANGER, None, None),
    ],
)
def test_a_lines_own_payee_goes_first_and_a_strange_one_gets_nothing(
    inn: str, of_kind: str | None, expected: str | None
) -> None:
    assert payee_of_line(supplier(), ServiceLine(service="Вода", payee_inn=inn), of_kind) == expected


@pytest.mark.parametrize(
    ("column", "listed", "expected"),
    [
        (None, (), False),
        (None, ("Пеня: Вода",), True),
        (None, ("  пеня:   ВОДА ",), True),
        (None, ("Пеня",), False),
        (False, ("Пеня: Вода",), False),
        (True, (), True),
    ],
)
def test_a_penalty_is_what_the_column_says_and_else_what_is_listed(
    column: bool | None, listed: tuple[str, ...], expected: bool
) -> None:
    line = ServiceLine(service="Пеня: Вода", is_penalty=column)
    assert is_penalty(supplier(penalties=listed), line) is expected


@pytest.mark.parametrize(
    ("operation", "column", "listed", "expected"),
    [
        ("Перерасчет: отсутствие", None, None, True),
        ("КОРРЕКТИРОВКА", None, None, True),
        ("начисление без перерасчёта", None, None, False),
        ("Снятие по акту", None, None, False),
        ("Снятие по акту", None, ["снятие"], True),
        ("перерасчёт", None, [], False),
        ("Снятие по акту", True, [], True),
        ("перерасчёт", False, None, False),
    ],
)
def test_a_recalculation_is_what_the_column_says_and_else_what_is_listed(
    operation: str, column: bool | None, listed: list[str] | None, expected: bool
) -> None:
    line = ChargeLine(service="Вода", operation=operation, is_recalculation=column)
    listing = {} if listed is None else {"recalculation_operations": listed}
    assert is_recalculation(supplier().model_copy(update=listing), line) is expected


def test_a_penalty_may_be_listed_by_its_code() -> None:
    assert names_penalty(supplier(penalties=("901",)), "Начисления за просрочку", "901")
    assert not names_penalty(supplier(penalties=("901",)), "Начисления за просрочку", "90")


@given(st.lists(st.sampled_from([PAYEE.inn, OTHER.inn, None]), max_size=4))
def test_lines_share_a_payee_only_when_all_name_the_same(inns: list[str | None]) -> None:
    expected = inns[0] if inns and all(inn == inns[0] for inn in inns) else None
    assert only_payee(inns) == expected
