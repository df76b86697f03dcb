"""A secret as a process keeps it: read when it is first needed, again when it is old (docs/adr/0029)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.failures import service_code
from cabinet.aws.secret_sources import read_secret
from cabinet.core import clock
from cabinet.core.logging import Event, log_error

MAX_AGE = timedelta(minutes=4)
"""A value older than this is read again, so a change takes effect everywhere within five minutes."""
MAX_STALE_AGE = timedelta(hours=1)
"""How long the last value is used while the secret cannot be read: it cannot be changed then either."""
_RETRY_AFTER = timedelta(seconds=15)


class SecretUnreadable(Exception):
    """There is no such secret, it cannot be read, or its text is not what it should be."""


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
        if not _is_within(self.read_at, MAX_STALE_AGE):
            raise SecretUnreadable(self.name)
        return self._value

    def get_newer(self, interval: timedelta) -> Value | None:
        """Read again whatever the value's age, None when that was tried within `interval` already.

        Call it when the cached value does not explain the data; raises SecretUnreadable.
        """
        return None if _is_within(self._tried_at, interval) else self._read()

    @property
    def is_old(self) -> bool:
        """Whether the value is older than `MAX_AGE`: `get` reads it anew, and serves it when that fails."""
        return not _is_within(self.read_at, MAX_AGE)

    def _read(self) -> Value:
        self._tried_at = now = clock.now()
        try:
            self._value = self.parse(read_secret(self.name))
        except (ClientError, BotoCoreError, OSError, KeyError, ValueError) as error:
            log_error(Event.SECRET_UNREADABLE, secret=self.name, code=service_code(error))
            # Not «from error»: a parser's words quote the text.
            raise SecretUnreadable(self.name) from None
        self.read_at = now
        return self._value


def _is_within(moment: datetime | None, age: timedelta) -> bool:
    """Tell whether `moment` is that near; one ahead of the clock, which was set back, is not."""
    return moment is not None and timedelta(0) <= clock.now() - moment < age
