"""Warm processes of the functions, as far as secrets go: each keeps its own copy of what it has read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from cabinet import api_secrets
from cabinet.api_secrets import ApiSecrets
from cabinet.aws.secrets import CachedSecret


@dataclass
class Process:
    """One process; what runs inside `working` is done by it."""

    name: str
    secret: CachedSecret[ApiSecrets] = field(init=False)

    def __post_init__(self) -> None:
        """Begin without having read anything."""
        self.secret = CachedSecret(self.name, ApiSecrets.parse)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let this process do what follows."""
        with patch.object(api_secrets, "cached_secret", lambda: self.secret):
            yield
