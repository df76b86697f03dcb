"""Receipts as billing may word them: of one kind, whoever receives their lines."""

from hypothesis import strategies as st

from cabinet.billing.amounts_due import PENALTY_TITLE, UNITEMISED_TITLE
from cabinet.billing.model import Amounts, Preliminary, Receipt, ServiceLine
from tests.support.factories.bound_accounts import PAYEE

OTHER = PAYEE.model_copy(update={"inn": "7447004569", "name": "Капремонт"})


STRANGER = "7736520080"


KIND = "Объединённая"


NAMES = [
    "Вода",
    "Пеня: Вода",
    "Пени по взносам",
    "пеня",
    "ПЕНИ",
    "Пенсионная скидка",
    "Взнос",
    PENALTY_TITLE,
    UNITEMISED_TITLE,
]


def receipt(
    main: int, penalty: int = 0, *services: tuple[str, str, int], ahead: tuple[int, int] | None = None
) -> Receipt:
    return Receipt(
        kind="obedinennaya",
        kind_title=KIND,
        period="2026-10",
        main=Amounts(total=main),
        penalty=Amounts(total=penalty),
        preliminary=Preliminary(period="2026-11", main=ahead[0], penalty=ahead[1]) if ahead else None,
        services=[
            ServiceLine(service=name, payee_inn=inn, debt=total, total=total) for name, inn, total in services
        ],
    )


_SUMS = st.integers(-20_000, 100_000)


_LINES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["", PAYEE.inn, OTHER.inn, STRANGER]), _SUMS),
    max_size=5,
)


RECEIPTS = st.builds(
    lambda lines, main, penalty, ahead: receipt(
        sum(total for *_, total in lines) if main is None else main, penalty, *lines, ahead=ahead
    ),
    _LINES, st.none() | _SUMS, st.sampled_from([0, 0, 7, 125]) | _SUMS,
    st.none() | st.tuples(st.integers(0, 50_000), st.integers(0, 500)),
)  # fmt: skip
