"""A payment scenario, whose tables are backed up."""

from tests.support.payment_fixtures import bank_server, scenario

__all__ = ["bank_server", "scenario"]
