"""Carts, orders, callbacks, refunds, imports, clock and crashes in any order, against a simple model.

The model is what the bank holds for each order: paid, and given back. Whatever happens, the ledger never
shows more than the bank has taken, nothing twice, and after reconciliation exactly what the bank holds.

500 runs in the suite; many more by
``./cabinet test tests/api/cart/test_order_model.py --hypothesis-profile=long``.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from tests.support.payment_model import Paying, set_up_paying

__all__ = ["set_up_paying"]

RUNS, STEPS = 500, 8


def calls_of_a_run(identifiers: int) -> list[str]:
    """Return the calls of two orders' way through silence, payment and reconciliation."""
    before = len(Paying.injector.calls)
    run = Paying()
    run.begin_with_orders(2, identifiers)
    run.go_silent(True)
    run.reconcile()
    run.wait(6)
    run.go_silent(False)
    run.use_a_link(1, "approve")
    run.deliver(0, keep=True)
    run.reconcile()
    run.teardown()
    return Paying.injector.calls[before:]


def test_a_run_makes_the_same_calls_whatever_was_run_before_it(set_up_paying: None) -> None:
    """Else a fault would hit another call when an example is repeated, and nothing found could be shown."""
    runs = [calls_of_a_run(identifiers) for identifiers in range(1, 9)]
    again = [calls_of_a_run(identifiers) for identifiers in range(8, 0, -1)]
    assert again[::-1] == runs
    assert len({tuple(calls) for calls in runs}) > 1, "identifiers decide what is called"


@pytest.mark.slow
def test_money_is_never_lost_doubled_or_guessed(set_up_paying: None) -> None:
    is_long = settings().max_examples > RUNS
    chosen = settings() if is_long else settings(max_examples=RUNS, stateful_step_count=STEPS)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Paying,
        settings=settings(
            chosen,
            deadline=None,
            derandomize=not is_long,  # as everywhere, new orders of events are looked for by the long profile
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
