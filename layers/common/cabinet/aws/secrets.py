"""A secret as a process keeps it: read when it is first needed, again when it is old (docs/adr/0029)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.clients import create_client
from cabinet.aws.failures import error_code
from cabinet.core import clock
from cabinet.core.logging import Event, log_error

MAX_AGE = timedelta(minutes=4)
"""How old a value may be before it is read again; what is put holds everywhere within five minutes."""
KEPT_UNREAD = timedelta(hours=1)
"""How long the last value serves while the secret cannot be read: nobody can change it meanwhile either."""
_RETRY_AFTER = timedelta(seconds=15)


class SecretUnreadable(Exception):
    """There is no such secret, it cannot be read, or its text is not what it should be."""


@cache
def _client() -> Any:  # noqa: ANN401 - the service's own
    # By the session that serves DynamoDB too: Powertools' provider would make its own (40 ms).
    return create_client(
        "secretsmanager",
        config=Config(
            connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2}
        ),
    )


@dataclass(slots=True)
class CachedSecret[Value]:
    """One secret in one process."""

    name: str
    parse: Callable[[str], Value]
    """Raises ValueError for a text that cannot serve; then the last good one serves on."""
    read_at: datetime | None = field(default=None, init=False)
    """When the value was asked for."""
    _value: Value | None = field(default=None, init=False)
    _tried_at: datetime | None = field(default=None, init=False)

    def get(self) -> Value:
        """Return the value, at most `MAX_AGE` old while it can be read; raises SecretUnreadable."""
        if self._value is None:
            return self._read()
        if self.is_old and not _is_within(self._tried_at, _RETRY_AFTER):
            with suppress(SecretUnreadable):
                return self._read()
        if not _is_within(self.read_at, KEPT_UNREAD):
            raise SecretUnreadable(self.name)
        return self._value

    def get_newer(self, interval: timedelta) -> Value | None:
        """Read again whatever the value's age, None when that was tried within `interval` already.

        For who meets something that the value does not explain; raises SecretUnreadable.
        """
        return None if _is_within(self._tried_at, interval) else self._read()

    @property
    def is_old(self) -> bool:
        """Whether the value is served beyond its age, because it cannot be read."""
        return not _is_within(self.read_at, MAX_AGE)

    def _read(self) -> Value:
        self._tried_at = now = clock.now()
        try:
            found = _client().get_secret_value(SecretId=self.name, VersionStage="AWSCURRENT")
            self._value = self.parse(found["SecretString"])
        except (ClientError, BotoCoreError, KeyError, ValueError) as error:
            code = error_code(error) if isinstance(error, ClientError) else type(error).__name__
            log_error(Event.SECRET_UNREADABLE, secret=self.name, code=code)
            # Not «from error»: a parser's words quote the text.
            raise SecretUnreadable(self.name) from None
        self.read_at = now
        return self._value


def _is_within(moment: datetime | None, age: timedelta) -> bool:
    """Tell whether `moment` is that near; one ahead of the clock, which was set back, is not."""
    return moment is not None and timedelta(0) <= clock.now() - moment < age
