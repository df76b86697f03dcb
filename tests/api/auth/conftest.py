"""The fixtures of identity."""

from tests.support.identity_fixtures import client, local, signed_in

__all__ = ["client", "local", "signed_in"]
