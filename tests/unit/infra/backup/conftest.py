"""A town that pays, whose tables are backed up."""

from tests.support.payment_fixtures import bank_server, town

__all__ = ["bank_server", "town"]
