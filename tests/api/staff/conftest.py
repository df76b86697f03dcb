"""The fixtures of the desk."""

from tests.support.desk_fixtures import desk

__all__ = ["desk"]
