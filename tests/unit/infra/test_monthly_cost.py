"""A month's cost by bench/monthly_cost.py: counted from the template as it is, within the bar."""

import json

import pytest
import yaml

from bench import monthly_cost
from infra.build.template import Template

MEASURED = json.loads((monthly_cost.HERE / "monthly_units.json").read_text("utf-8"))
PRICES = yaml.safe_load((monthly_cost.HERE / "aws_prices.yaml").read_text("utf-8"))


def test_a_month_of_100_000_accounts_costs_no_more_than_its_bar(template: Template) -> None:
    costs = monthly_cost.bill(monthly_cost.lines(MEASURED, template), PRICES)
    assert costs["mail"] == pytest.approx((31.0, 31.0))
    pushes = costs[monthly_cost.PUSHES][1]
    assert sum(rest for _, rest in costs.values()) - pushes <= monthly_cost.BAR_USD
    assert pushes <= monthly_cost.PUSH_BAR_USD


def test_what_is_free_is_taken_off_once() -> None:
    prices = {"alarm": {"usd": 0.1, "free": 10}, "mail": {"usd": 0.5}}
    found = [
        monthly_cost.Line("alarms", "alarm", 12), monthly_cost.Line("more alarms", "alarm", 4),
        monthly_cost.Line("mail", "mail", 3),
    ]  # fmt: skip
    assert monthly_cost.bill(found, prices) == {
        "alarms": pytest.approx((1.2, 0.2)),
        "more alarms": pytest.approx((0.4, 0.4)), "mail": (1.5, 1.5),
    }  # fmt: skip
