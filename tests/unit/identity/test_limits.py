"""Limits: windows, networks, failing closed."""

import pytest
import time_machine

from cabinet import limits
from cabinet.core.errors import TooManyRequests
from cabinet.limits import Limit, client_network
from tests.support.aws import Aws

THREE = Limit("three", 3, 60)


def test_the_fourth_of_three_is_refused_until_the_window_ends(aws: Aws) -> None:
    with time_machine.travel("2026-03-01T10:00:10Z", tick=False) as clock:
        assert [limits.hit(THREE, "x") for _ in range(3)] == [1, 2, 3]
        with pytest.raises(TooManyRequests) as refused:
            limits.hit(THREE, "x")
        assert refused.value.headers == {"Retry-After": "50"}
        assert limits.hit(THREE, "another") == 1
        clock.shift(50)
        assert limits.hit(THREE, "x") == 1


def test_a_forgiven_attempt_is_not_counted(aws: Aws) -> None:
    with time_machine.travel("2026-03-01T10:00:10Z", tick=False):
        limits.hit(THREE, "x")
        limits.undo_hit(THREE, "x")
        assert limits.read_count(THREE, "x") == 0


def test_the_table_holds_no_names(aws: Aws) -> None:
    limits.hit(THREE, "ivan@example.ru")
    assert "ivan" not in str(aws.rows("USERS_TABLE"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_visitor_is_a_whole_network(address: str, network: str) -> None:
    assert client_network(address) == network
