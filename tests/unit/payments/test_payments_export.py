"""Registries of payments out: each payment once, control totals by payee, the same bytes again."""

import pytest

from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import NotFound
from cabinet.exchange.exports.csv_writer import CsvFormat
from cabinet.exchange.exports.payments import PAYMENTS
from tests.support.exported_registries import control_sum, unpacked
from tests.support.factories import bound_accounts
from tests.support.factories.bound_accounts import PAYEE
from tests.support.payment_scenario import REPAIR, START, TOTAL, PaymentScenario

DAY = START.date()
FORM = CsvFormat(time_zone="Asia/Yekaterinburg")


def paid(scenario: PaymentScenario, token: str, account_id: str, key: str) -> str:
    scenario.add(token, account_id)
    answer = scenario.check_out(token, key).json
    scenario.complete_payment(answer["payment_url"])
    scenario.deliver()
    return str(answer["order_id"])


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier()
    return scenario.user("u1", scenario.account("1"), scenario.account("2"))


def test_a_registry_has_a_file_for_each_payee_with_its_control_sum(
    scenario: PaymentScenario, token: str
) -> None:
    order_id = paid(scenario, token, "uk-test:1", "k1")
    made = PAYMENTS.export("uk-test", DAY, clock.now(), csv_format=FORM)
    assert made is not None
    assert (made.rows, control_sum(made.content), made.name) == (1, TOTAL, "payments_uk-test_000001.zip")
    found = unpacked(made.content)
    assert set(found) == {f"payments_{PAYEE.inn}.csv", f"payments_{REPAIR.inn}.csv"}
    repair = found[f"payments_{REPAIR.inn}.csv"]
    assert repair[0] == "#registry;uk-test;1;2026-09-21"
    assert repair[1] == "id;ls;receipt;service;sum;paid_at;bank_order;status;period"
    (payment,) = scenario.state.payments.values()
    assert repair[2] == (
        f"{order_id};1;Объединенная;Капитальный ремонт;941.36;2026-09-21 10:00:00;"
        f"{payment.bank_id};paid;2020-08"
    )
    assert repair[3] == "#control;1;941.36"
    assert found[f"payments_{PAYEE.inn}.csv"][-1] == "#control;6;4193.91"


def test_each_payment_goes_out_once_and_a_registry_again_is_the_same_bytes(
    scenario: PaymentScenario, token: str
) -> None:
    paid(scenario, token, "uk-test:1", "k1")
    first = PAYMENTS.export("uk-test", DAY, clock.now())
    assert first is not None
    assert PAYMENTS.export("uk-test", DAY, clock.now()) == first, "not delivered yet"
    PAYMENTS.mark_delivered(first.registry, clock.now())
    assert PAYMENTS.export("uk-test", DAY, clock.now()) is None
    paid(scenario, token, "uk-test:2", "k2")
    second = PAYMENTS.export("uk-test", DAY, clock.now())
    assert second is not None
    assert (second.registry.number, second.rows) == (2, 1)
    assert PAYMENTS.redeliver("uk-test", 1) == first
    with pytest.raises(NotFound):
        PAYMENTS.redeliver("uk-test", 3)
    assert [registry.number for registry in PAYMENTS.registries("uk-test")] == [2, 1]


def test_a_refund_goes_out_as_a_negative_row(scenario: PaymentScenario, token: str) -> None:
    order_id = paid(scenario, token, "uk-test:1", "k1")
    (payment,) = scenario.state.payments.values()
    scenario.state.refund(payment, 100)
    scenario.simulator.notify(payment, ["refunded"])
    scenario.deliver()
    made = PAYMENTS.export("uk-test", DAY, clock.now())
    assert made is not None
    assert (made.rows, control_sum(made.content)) == (2, TOTAL - 100)
    rows = unpacked(made.content)[f"payments_{REPAIR.inn}.csv"]
    assert any(
        row.startswith(f"{order_id}-r0;1;") and ";-1.00;" in row and row.endswith("refunded;2020-08")
        for row in rows
    )


def test_a_registry_of_an_earlier_release_counts_as_delivered(scenario: PaymentScenario, token: str) -> None:
    bound_accounts.write(
        Table.PAYMENTS,
        {"pk": "REGISTRIES#uk-test", "sk": f"{7:010d}", "state": "closed", "dated": "2026-09-01"},
    )
    assert PAYMENTS.export("uk-test", DAY, clock.now()) is None
    paid(scenario, token, "uk-test:1", "k1")
    made = PAYMENTS.export("uk-test", DAY, clock.now())
    assert made is not None
    assert made.registry.number == 8
    assert PAYMENTS.redeliver("uk-test", 7).rows == 0
