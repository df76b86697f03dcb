"""Changes a user's one item, which only who has seen its last version may write."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

from cabinet.core.errors import Conflict, DomainError

VERSION_UNCHANGED = "attribute_not_exists(pk) OR #version = :seen"
"""The item is as it was read; version 0 is one that was never written."""
_MAX_RETRIES = 8


class Versioned(Protocol):
    """What a row holds, with the version that it was read at."""

    @property
    def version(self) -> int:
        """Return how often it was written."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """Return a copy with other values."""
        ...


def change[Row: Versioned](
    seen: Row, changed: Callable[[Row], Row], *, replace: Callable[[Row, Row], None],
    load: Callable[[], Row], stale: type[DomainError],
) -> Row:  # fmt: skip
    """Write what `changed` makes of a row and return it; applied anew when a rival was first.

    `replace` writes the new row over the one seen, and raises `stale` when that is not the last version any
    more. Raises whatever `changed` raises, and Conflict after too many conflicts.
    """
    for _ in range(_MAX_RETRIES):
        wanted = changed(seen)
        if wanted == seen:
            return seen
        try:
            replace(seen, wanted)
        except stale:
            seen = load()
            continue
        return wanted.model_copy(update={"version": seen.version + 1})
    raise Conflict
