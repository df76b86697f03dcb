"""The second threshold of a change, at every boundary."""

from typing import Any

import pytest

from cabinet.billing.model import ChargeLine
from cabinet.core.errors import InvalidFields
from cabinet.metering.plausibility import is_suspect, reject_implausible
from cabinet.metering.submission import ReadingInput
from tests.support.factories.meter_readings import SUPPLIER, meter_at, monthly, validated


@pytest.mark.parametrize(
    ("average", "tariff", "settings", "change", "is_refused"),
    [
        (None, "", {}, "5000", False), (None, "", {}, "5000.001", True), (None, "", {}, "99999", True),
        (None, "", {"implausible_volume": 10}, "10", False),
        (None, "", {"implausible_volume": 10}, "10.001", True),
        ("2.000", "", {}, "500", False), ("2.000", "", {}, "500.001", True),
        ("20.000", "", {}, "1000", False), ("20.000", "", {}, "1000.001", True),
        ("20.000", "", {"implausible_factor": 100}, "2000", False),
        ("20.000", "", {"implausible_factor": 30}, "600.001", True),
        ("0.000", "", {}, "500", False), ("0.000", "", {}, "501", True),
        (None, "100 руб/м3", {}, "1000", False), (None, "100 руб/м3", {}, "1000.001", True),
        (None, "100 руб/м3", {"implausible_amount": 100_00}, "1.001", True),
        ("2.000", "100 руб/м3", {"implausible_amount": 10_000_00}, "100", False),
        ("2.000", "100 руб/м3", {"implausible_amount": 10_000_00}, "100.001", True),
        ("200.000", "100 руб/м3", {"implausible_amount": 10_000_00}, "600", False),
        ("200.000", "100 руб/м3", {"implausible_amount": 10_000_00}, "600.001", True),
    ],
)  # fmt: skip
def test_a_change_at_the_second_threshold(
    average: str | None, tariff: str, settings: dict[str, Any], change: str, is_refused: bool
) -> None:
    row = validated(meter_at("0", monthly=monthly(average, 6) if average else {}), delta=change)
    charges = [ChargeLine(service="ХВС", tariff=tariff, amount=1)] if tariff else []
    supplier = SUPPLIER.model_copy(update=settings)
    refused = []
    try:
        reject_implausible([ReadingInput("m", delta=change)], [row], charges, supplier, is_bound=True)
    except InvalidFields as error:
        refused = [each.code for each in error.errors]
    assert refused == (["implausible"] if is_refused else [])


@pytest.mark.parametrize(
    ("months", "change", "suspect"),
    [(6, "6", False), (6, "6.001", True), (0, "0.001", True), (0, "0", False)],
)
def test_a_usual_change_needs_no_look_at_the_receipts(months: int, change: str, suspect: bool) -> None:
    row = validated(meter_at("0", monthly=monthly("2.000", months)), delta=change)
    assert is_suspect(row) is suspect


@pytest.mark.parametrize(("features", "way"), [(["requests"], "отправьте заявку"), ([], "сообщите об этом")])
def test_the_offered_way_is_one_that_the_supplier_has(features: list[str], way: str) -> None:
    supplier = SUPPLIER.model_copy(update={"features": features})
    row = validated(meter_at("4"), "99999")
    with pytest.raises(InvalidFields) as refused:
        reject_implausible([ReadingInput("m", value="99999")], [row], [], supplier, is_bound=True)
    assert way in refused.value.errors[0].message
