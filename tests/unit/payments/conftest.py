"""A bank and a town that pays."""

from tests.support.payment_fixtures import bank_server, town

__all__ = ["bank_server", "town"]
