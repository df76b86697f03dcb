"""The town that pays, as in the tests of payments."""

from tests.support.payment_fixtures import bank_server, town

__all__ = ["bank_server", "town"]
