"""Registries of payments out: each payment once, control totals by payee, the same bytes again."""

import pytest

from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import NotFound
from cabinet.exchange.exports.csv_writer import Form
from cabinet.exchange.exports.payments import PAYMENTS
from tests.support.exported_registries import control_sum, unpacked
from tests.support.factories import bound_accounts
from tests.support.factories.bound_accounts import PAYEE
from tests.support.payment_scenario import REPAIR, START, TOTAL, Town

DAY = START.date()
FORM = Form(time_zone="Asia/Yekaterinburg")


def paid(town: Town, token: str, account_id: str, key: str) -> str:
    town.add(token, account_id)
    answer = town.check_out(token, key).json
    town.settle(answer["payment_url"])
    town.deliver()
    return str(answer["order_id"])


@pytest.fixture
def token(town: Town) -> str:
    town.supplier()
    return town.user("u1", town.account("1"), town.account("2"))


def test_a_registry_has_a_file_for_each_payee_with_its_control_sum(town: Town, token: str) -> None:
    order_id = paid(town, token, "uk-test:1", "k1")
    made = PAYMENTS.export("uk-test", DAY, clock.now(), form=FORM)
    assert made is not None
    assert (made.rows, control_sum(made.content), made.name) == (1, TOTAL, "payments_uk-test_000001.zip")
    found = unpacked(made.content)
    assert set(found) == {f"payments_{PAYEE.inn}.csv", f"payments_{REPAIR.inn}.csv"}
    repair = found[f"payments_{REPAIR.inn}.csv"]
    assert repair[0] == "#registry;uk-test;1;2026-09-21"
    assert repair[1] == "id;ls;receipt;service;sum;paid_at;bank_order;status;period"
    (payment,) = town.state.payments.values()
    assert repair[2] == (
        f"{order_id};1;Объединенная;Капитальный ремонт;941.36;2026-09-21 10:00:00;"
        f"{payment.bank_id};paid;2020-08"
    )
    assert repair[3] == "#control;1;941.36"
    assert found[f"payments_{PAYEE.inn}.csv"][-1] == "#control;6;4193.91"


def test_each_payment_goes_out_once_and_a_registry_again_is_the_same_bytes(town: Town, token: str) -> None:
    paid(town, token, "uk-test:1", "k1")
    first = PAYMENTS.export("uk-test", DAY, clock.now())
    assert first is not None
    assert PAYMENTS.export("uk-test", DAY, clock.now()) == first, "not delivered yet"
    PAYMENTS.delivered(first.registry, clock.now())
    assert PAYMENTS.export("uk-test", DAY, clock.now()) is None
    paid(town, token, "uk-test:2", "k2")
    second = PAYMENTS.export("uk-test", DAY, clock.now())
    assert second is not None
    assert (second.registry.number, second.rows) == (2, 1)
    assert PAYMENTS.redeliver("uk-test", 1) == first
    with pytest.raises(NotFound):
        PAYMENTS.redeliver("uk-test", 3)
    assert [registry.number for registry in PAYMENTS.registries("uk-test")] == [2, 1]


def test_a_refund_goes_out_as_a_negative_row(town: Town, token: str) -> None:
    order_id = paid(town, token, "uk-test:1", "k1")
    (payment,) = town.state.payments.values()
    town.state.refund(payment, 100)
    town.simulator.notify(payment, ["refunded"])
    town.deliver()
    made = PAYMENTS.export("uk-test", DAY, clock.now())
    assert made is not None
    assert (made.rows, control_sum(made.content)) == (2, TOTAL - 100)
    rows = unpacked(made.content)[f"payments_{REPAIR.inn}.csv"]
    assert any(
        row.startswith(f"{order_id}-r0;1;") and ";-1.00;" in row and row.endswith("refunded;2020-08")
        for row in rows
    )


def test_a_registry_of_an_earlier_release_counts_as_delivered(town: Town, token: str) -> None:
    bound_accounts.write(
        Table.PAYMENTS,
        {"pk": "REGISTRIES#uk-test", "sk": f"{7:010d}", "state": "closed", "dated": "2026-09-01"},
    )
    assert PAYMENTS.export("uk-test", DAY, clock.now()) is None
    paid(town, token, "uk-test:1", "k1")
    made = PAYMENTS.export("uk-test", DAY, clock.now())
    assert made is not None
    assert made.registry.number == 8
    assert PAYMENTS.redeliver("uk-test", 7).rows == 0
