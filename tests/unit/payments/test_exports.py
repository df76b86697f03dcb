"""Registries of payments out: each payment once, control totals by payee, the same bytes again."""

import io
import zipfile

import pytest

from cabinet import clock
from cabinet.dynamo import Table
from cabinet.errors import NotFound
from cabinet.payments import exports
from cabinet.payments.keys import work_key
from tests.unit.accounts import world
from tests.unit.accounts.world import PAYEE
from tests.unit.payments.crashing import FAULTS, Fault, Fragile
from tests.unit.payments.quick_moto import shorten
from tests.unit.payments.town import REPAIR, START, TOTAL, Town

DAY = START.date()
ORDERS = ("P1", "P2", "P3")


def wait_for_export(payment_id: str) -> None:
    """Write a payment into the work list, as posting does."""
    pk, sk = work_key("uk-test", payment_id)
    line = {"account_id": "uk-test:1", "receipt_id": "r", "service": "s", "payee_inn": "7", "amount": 100}
    row = {"payment_id": payment_id, "paid_at": "2026", "bank_order": "b", "status": "paid", "lines": [line]}
    world.write(Table.PAYMENTS, {"pk": pk, "sk": sk} | row)


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


def files(content: bytes) -> dict[str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8-sig").splitlines() for name in archive.namelist()}


def test_a_registry_has_a_file_for_each_payee_with_its_control_sum(town: Town, token: str) -> None:
    order_id = paid(town, token, "uk-test:1", "k1")
    made = exports.export("uk-test", DAY, clock.now())
    assert made is not None
    assert (made.payments, made.total, made.name) == (1, TOTAL, "payments_uk-test_000001.zip")
    found = files(made.content)
    assert set(found) == {f"payments_{PAYEE.inn}.csv", f"payments_{REPAIR.inn}.csv"}
    repair = found[f"payments_{REPAIR.inn}.csv"]
    assert repair[0] == "#registry;uk-test;1;2026-09-21"
    assert repair[1] == "id;ls;receipt;service;sum;paid_at;bank_order;status"
    (payment,) = town.state.payments.values()
    assert repair[2] == (
        f"{order_id};1;2020-08-main;Капитальный ремонт;941.36;2026-09-21T05:00:00.000000+00:00;"
        f"{payment.bank_id};paid"
    )
    assert repair[3] == "#control;1;941.36"
    assert found[f"payments_{PAYEE.inn}.csv"][-1] == "#control;6;4193.91"


def test_each_payment_goes_out_once_and_a_registry_again_is_the_same_bytes(town: Town, token: str) -> None:
    paid(town, token, "uk-test:1", "k1")
    first = exports.export("uk-test", DAY, clock.now())
    assert first is not None
    assert exports.export("uk-test", DAY, clock.now()) is None
    paid(town, token, "uk-test:2", "k2")
    second = exports.export("uk-test", DAY, clock.now())
    assert second is not None
    assert (second.registry.number, second.payments) == (2, 1)
    assert exports.again("uk-test", 1) == first
    with pytest.raises(NotFound):
        exports.again("uk-test", 3)
    assert [registry.number for registry in exports.registries("uk-test")] == [2, 1]


def test_a_refund_goes_out_as_a_negative_row(town: Town, token: str) -> None:
    order_id = paid(town, token, "uk-test:1", "k1")
    (payment,) = town.state.payments.values()
    town.state.refund(payment, 100)
    town.teller.notify(payment, ["refunded"])
    town.deliver()
    made = exports.export("uk-test", DAY, clock.now())
    assert made is not None
    assert (made.payments, made.total) == (2, TOTAL - 100)
    rows = files(made.content)[f"payments_{REPAIR.inn}.csv"]
    assert any(
        row.startswith(f"{order_id}-r0;1;") and ";-1.00;" in row and row.endswith("refunded") for row in rows
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_killed_at_any_call_an_export_goes_on_and_loses_nothing(
    town: Town, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fragile = Fragile()
    fragile.patch(monkeypatch)
    shorten(monkeypatch)
    number = 1
    while True:
        town.empty()
        for payment_id in ORDERS:
            wait_for_export(payment_id)
        fragile.number, fragile.fault, fragile.calls = number, fault, []
        fragile.process(lambda: _exported())
        reached = number <= len(fragile.calls)
        fragile.number = 0
        exports.export("uk-test", DAY, clock.now())
        made = [exports.again("uk-test", registry.number) for registry in exports.registries("uk-test")]
        text = "".join(row for each in made for rows in files(each.content).values() for row in rows)
        assert sum(each.payments for each in made) == len(ORDERS)
        assert sum(each.total for each in made) == 100 * len(ORDERS)
        assert all(text.count(f"{payment_id};1;") == 1 for payment_id in ORDERS)
        if not reached:
            break
        number += 1
    assert number > 10


def _exported() -> None:
    from cabinet.errors import DomainError

    try:
        exports.export("uk-test", DAY, clock.now())
    except DomainError:
        return
