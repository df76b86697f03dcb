"""A bank and a payment scenario."""

from tests.support.payment_fixtures import bank_server, scenario

__all__ = ["bank_server", "scenario"]
