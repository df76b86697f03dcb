"""How a worker asks what is left of its invocation's time."""

from collections.abc import Callable

type HasTime = Callable[[], bool]
"""Tells whether there is time to continue."""

type SecondsLeft = Callable[[], float]
"""Returns the seconds that this invocation still has."""
