"""The payment scenario, as in the tests of payments."""

from tests.support.payment_fixtures import bank_server, scenario

__all__ = ["bank_server", "scenario"]
