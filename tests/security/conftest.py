"""The fixtures of identity."""

from tests.unit.identity.fixtures import client, local, signed_in

__all__ = ["client", "local", "signed_in"]
