"""«Сегодня»: what needs somebody by the person's roles, and the months' numbers, counted as they happen."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from cabinet.accounts import binding_store, store
from cabinet.accounts.errors import AlreadyBound
from cabinet.accounts.monthly_counters import MonthlyCounter, increment, read_months
from cabinet.aws.dynamo import Transaction
from cabinet.core.errors import ServiceUnavailable
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import OTHER, SUPPLIER, a_dead_letter
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, Fault, FaultInjector


def today(person: Person) -> dict[str, Any]:
    answer = person.browser.get("/api/staff/today", params={"supplier_id": SUPPLIER})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_each_role_sees_what_it_works_on(desk: Desk) -> None:
    desk_scenarios.world()
    a_dead_letter("own")
    a_dead_letter("theirs", f"{OTHER}:3")
    engineer = desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))
    operator = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    seen = today(engineer)
    assert (seen["dead_letters"], seen["more_dead_letters"], seen["refused_registries"]) == (1, False, 0)
    seen = today(operator)
    assert (seen["dead_letters"], seen["refused_registries"]) == (None, None)
    assert [each["period"] for each in seen["months"]] == [
        "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03",
    ]  # fmt: skip


def test_months_numbers_add_up_by_supplier(desk: Desk) -> None:
    desk_scenarios.world()
    for number, (supplier, period) in enumerate(
        [(SUPPLIER, "2026-03"), (SUPPLIER, "2026-03"), (SUPPLIER, "2026-01"), (OTHER, "2026-03")]
    ):
        transaction = Transaction()
        increment(transaction, f"{supplier}:1", period, MonthlyCounter.SUBMISSIONS, f"mark{number}")
        transaction.commit()
        for _ in range(2):
            transaction = Transaction()
            increment(transaction, supplier, period, MonthlyCounter.ACTIVE, f"mark{number}")
            transaction.commit()
    months = today(desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,)))["months"]
    assert [each["active"] for each in months] == [0, 0, 0, 2, 0, 4]
    assert [each["submissions"] for each in months] == [0, 0, 0, 1, 0, 2]


@pytest.mark.parametrize("fault", FAULTS)
def test_wherever_binding_dies_it_is_counted_with_the_binding(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    desk_scenarios.world()
    bound_accounts.user("u9", email="u9@example.com")
    moment, bound, number = datetime(2026, 3, 2, tzinfo=UTC), 0, 1
    while True:
        account = bound_accounts.account(f"9{number}")
        injector = FaultInjector(number=number, fault=fault)

        def bind(account: Any = account) -> Any:
            return binding_store.bind(store.user_bindings("u9"), account, moment, primary=False)

        with monkeypatch.context() as patched:
            injector.patch(patched)
            # A lost answer of a read ends the call.
            with suppress(ServiceUnavailable):
                injector.process(bind)
        with suppress(AlreadyBound):
            bind()
        bound += 1
        ((numbers),) = read_months(SUPPLIER, ["2026-03"])
        assert numbers[MonthlyCounter.BOUND] == bound
        if len(injector.calls) < number:
            break
        number += 1
    assert number > 2
