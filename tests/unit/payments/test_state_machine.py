"""The transition graph, edge by edge: every pair of states is either allowed or refused."""

from datetime import timedelta
from itertools import pairwise, product

import pytest

from cabinet.payments.orders.state_machine import (
    AWAITING_PAYMENT,
    CHECK_SCHEDULE,
    TRANSITIONS,
    IllegalTransition,
    require_transition,
)

EDGES = """
created registered
created paid
created declined
created expired
created review
registered paid
registered declined
registered expired
registered review
declined registered
declined paid
declined review
expired registered
expired paid
expired review
review paid
review declined
review expired
paid refunded
"""
ALLOWED = {tuple(line.split()) for line in EDGES.split("\n") if line}


@pytest.mark.parametrize(("before", "after"), list(product(TRANSITIONS, TRANSITIONS)))
def test_each_edge(before: str, after: str) -> None:
    if (before, after) in ALLOWED:
        require_transition(before, after)  # type: ignore[arg-type]
    else:
        with pytest.raises(IllegalTransition):
            require_transition(before, after)  # type: ignore[arg-type]


def test_money_that_has_come_never_goes_back_to_waiting() -> None:
    reachable, frontier = set(), {"paid"}
    while frontier:
        state = frontier.pop()
        reachable.add(state)
        frontier |= TRANSITIONS[state] - reachable  # type: ignore[index]
    assert reachable == {"paid", "refunded"}


def test_every_state_but_the_last_can_still_become_paid() -> None:
    for state, following in TRANSITIONS.items():
        assert state in ("paid", "refunded") or "paid" in following


def test_pauses_grow_and_only_waiting_states_end_before_a_person() -> None:
    for pauses in CHECK_SCHEDULE.values():
        assert all(earlier <= later for earlier, later in pairwise(pauses))
    minutes = [pause // timedelta(minutes=1) for pause in CHECK_SCHEDULE["registered"]]
    assert minutes == [1, 5, 30, 60, 1440, 1440, 1440]
    assert {"created", "registered"} == AWAITING_PAYMENT
