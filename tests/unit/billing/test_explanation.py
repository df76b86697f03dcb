"""«Почему столько?»: whatever two months' receipts say, the parts make up the change to the kopeck."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.explanation import Explanation, total_charged, typical_amounts
from cabinet.billing.explanation import explain as explain_by
from cabinet.billing.model import Amounts, ChargeLine, Receipt, ServiceLine
from cabinet.core.periods import shift_period
from tests.support.factories.bound_accounts import PAYEE

SUPPLIER = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE])
WATER = {"service": "ХВС", "operation": "начисление", "unit": "м3", "volume_kind": "meter"}


def explain(now: list[Receipt], before: list[Receipt]) -> Explanation:
    return explain_by(now, before, SUPPLIER)


def receipt(period: str, *charges: ChargeLine, **changes: Any) -> Receipt:
    services: dict[str, int] = {}
    for line in charges:
        services[line.service] = services.get(line.service, 0) + line.amount
    fields: dict[str, Any] = {
        "kind": "k",
        "kind_title": "ЖКУ",
        "period": period,
        "main": Amounts(charged=sum(services.values())),
        "penalty": Amounts(),
        "services": [ServiceLine(service=name, charged=amount) for name, amount in services.items()],
        "charges": list(charges),
    }
    return Receipt(**fields | changes)


def water(amount: int, tariff: str, volume: str, **changes: Any) -> ChargeLine:
    return ChargeLine.model_validate(
        {**WATER, "amount": amount, "tariff": tariff, "volume": volume, **changes}
    )


def because(now: ChargeLine | list[ChargeLine], before: ChargeLine | list[ChargeLine]) -> list[Any]:
    sides = [lines if isinstance(lines, list) else [lines] for lines in (now, before)]
    (line,) = explain([receipt("2026-10", *sides[0])], [receipt("2026-09", *sides[1])]).lines
    return [(part.kind, part.amount, part.text.replace("\u00a0", " ")) for part in line.because]


def test_more_water_at_the_same_tariff_is_volume() -> None:
    assert because(water(21917, "31,31 руб/м3", "7"), water(15655, "31.31 руб/м3", "5")) == [
        ("volume", 6262, "Объём больше: было 5 м3, стало 7 м3")
    ]


def test_a_dearer_tariff_at_the_same_volume_is_tariff() -> None:
    assert because(water(16750, "33,50 руб/м3", "5"), water(15655, "31,31 руб/м3", "5.000")) == [
        ("tariff", 1095, "Тариф вырос: было 31,31 руб/м3, стало 33,50 руб/м3")
    ]


def test_volume_is_taken_at_the_former_price_and_the_rest_is_the_tariffs() -> None:
    assert because(water(23450, "33,50 руб/м3", "7"), water(15655, "31,31 руб/м3", "5")) == [
        ("volume", 6262, "Объём больше: было 5 м3, стало 7 м3"),
        ("tariff", 1533, "Тариф вырос: было 31,31 руб/м3, стало 33,50 руб/м3"),
    ]


def test_a_coefficient_of_billing_stays_in_the_price() -> None:
    now, before = water(2 * 15000, "10 руб/м3", "20"), water(15000, "10 руб/м3", "10")
    assert because(now, before) == [("volume", 15000, "Объём больше: было 10 м3, стало 20 м3")]


def test_rounding_to_kopecks_is_no_reason_of_its_own() -> None:
    assert because(water(10437, "31,31 руб/м3", "3.3333"), water(3476, "31,31 руб/м3", "1.1101")) == [
        ("volume", 6961, "Объём больше: было 1,1101 м3, стало 3,3333 м3")
    ]


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (
            {"volume_kind": "norm"},
            {"volume_kind": "meter"},
            "Раньше считали по счётчику, теперь по нормативу",
        ),
        (
            {"volume_kind": "norm", "norm": "5,2 м3/чел"},
            {"volume_kind": "norm", "norm": "4,1 м3/чел"},
            "Норматив изменился: было 4,1 м3/чел, стало 5,2 м3/чел",
        ),
        # How it was counted before, billing does not say: nor do we.
        (
            {"volume_kind": "norm", "norm": "5,2 м3/чел"},
            {"volume_kind": None, "norm": "4,1 м3/чел"},
            "Норматив изменился: было 4,1 м3/чел, стало 5,2 м3/чел",
        ),
    ],
)
def test_another_norm_or_way_of_counting_is_norm(
    now: dict[str, str | None], before: dict[str, str | None], expected: str
) -> None:
    assert because(water(20000, "10 руб/м3", "20", **now), water(10000, "10 руб/м3", "10", **before)) == [
        ("norm", 10000, expected)
    ]


def test_recalculations_of_both_months_are_told_with_their_grounds() -> None:
    again = water(-5000, "", "", operation="Перерасчёт", grounds="временное отсутствие")
    same = water(10000, "10 руб/м3", "10")
    assert because([same, again], same) == [
        ("recalculation", -5000, "Перерасчёт в этом месяце: -50,00 руб. (временное отсутствие)")
    ]
    assert because(same, [same, again]) == [
        ("recalculation", 5000, "В прошлом месяце был перерасчёт: -50,00 руб.")
    ]


def test_the_registry_decides_which_line_is_a_recalculation() -> None:
    same = water(10000, "10 руб/м3", "10")
    again = water(-5000, "", "", operation="Снятие по акту", is_recalculation=True)
    assert because([same, again], same)[0][:2] == ("recalculation", -5000)
    meant = again.model_copy(update={"is_recalculation": None})
    assert because([same, meant], same)[0][:2] == ("other", -5000)


def test_new_and_gone_services_say_so() -> None:
    explained = explain(
        [receipt("2026-10", water(100, "", "", service="Отопление"))],
        [receipt("2026-09", water(70, "", "", service="Полив"))],
    )
    assert [(line.service, line.because[0].kind, line.because[0].amount) for line in explained.lines] == [
        ("Отопление", "new", 100), ("Полив", "gone", -70),
    ]  # fmt: skip


def test_what_nobody_explains_is_other_and_nothing_changed_has_no_reasons() -> None:
    assert because(water(12000, "10 руб/м3", "10"), water(10000, "10 руб/м3", "10")) == [
        ("other", 2000, "Тарифом и объёмом это изменение не объясняется: спросите организацию")
    ]
    assert because(water(10000, "10 руб/м3", "10"), water(10000, "10 руб/м3", "10")) == []
    assert because(water(12000, "", ""), water(10000, "", ""))[0][0] == "other"


def test_the_first_month_is_held_against_nothing() -> None:
    explained = explain([receipt("2026-10", water(100, "", ""))], [])
    assert explained.total.change == 100
    assert explained.lines[0].because[0].text == "За прошлый месяц квитанции нет: сравнить не с чем"


def test_the_median_and_last_year_need_months_to_stand_on() -> None:
    charged = {shift_period("2026-10", -back): back * 100 for back in range(1, 13)}
    assert typical_amounts(charged, "2026-10") == (650, 1200)
    assert typical_amounts({"2026-09": 1, "2026-08": 3, "2026-07": 2}, "2026-10") == (2, None)
    assert typical_amounts({"2026-09": 1, "2026-08": 3}, "2026-10") == (None, None)


_NAMES = st.sampled_from(["ХВС", "Отопление", "Пени", "Содержание"])
_SUMS = st.integers(-500_000, 5_000_000)
_TEXTS = st.sampled_from(
    ["", "10", "31,31 руб/м3", "1 170.57 руб/Гкал", "0", "нет", "-2.000", "3 м3 (2 чел)"]
)
_CHARGES = st.builds(
    ChargeLine,
    service=_NAMES, operation=st.sampled_from(["", "начисление", "Перерасчет"]), tariff=_TEXTS, norm=_TEXTS,
    volume=_TEXTS, unit=st.sampled_from(["", "м3"]), amount=_SUMS,
    volume_kind=st.sampled_from([None, "meter", "norm", "average", "common"]),
)  # fmt: skip
_MONTHS = st.lists(
    st.builds(
        Receipt,
        kind=st.just("k"), kind_title=st.just("ЖКУ"), period=st.just("2026-10"),
        main=st.builds(Amounts, charged=_SUMS), penalty=st.builds(Amounts, charged=st.just(0) | _SUMS),
        services=st.lists(st.builds(ServiceLine, service=_NAMES, charged=_SUMS), max_size=4),
        charges=st.lists(_CHARGES, max_size=5),
    ),
    max_size=3,
)  # fmt: skip


@settings(max_examples=500)
@given(_MONTHS, _MONTHS)
def test_parts_sum_to_each_change_and_lines_to_the_total(now: list[Receipt], before: list[Receipt]) -> None:
    explained = explain(now, before)
    assert explained.total.now == total_charged(now) == sum(line.amounts.now for line in explained.lines)
    assert (
        explained.total.before
        == total_charged(before)
        == sum(line.amounts.before for line in explained.lines)
    )
    for line in explained.lines:
        assert sum(part.amount for part in line.because) == line.amounts.change
        assert all(part.amount and part.text for part in line.because)
        assert len({line.service for line in explained.lines}) == len(explained.lines)
