"""A supplier's logo as it is kept and served; which pictures may be one is in `logo_rules`."""

import re
from dataclasses import dataclass

MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that has been checked; `name` is made of its content, so it may be cached forever."""

    name: str
    """``<hash>-<width>x<height>.<png or svg>``: the page keeps the picture's place before it comes."""
    content: bytes

    @property
    def media_type(self) -> str:
        """Return the type by which the picture is served."""
        return MEDIA_TYPES[self.name.rpartition(".")[2]]


def size_from_name(name: str) -> tuple[int, int] | None:
    """Return the width and height that a checked logo's name says; None for any other name, or none."""
    named = re.fullmatch(r"[0-9a-f]{16}-(\d+)x(\d+)\.(?:png|svg)", name)
    return (int(named[1]), int(named[2])) if named else None
