"""The product's clients of AWS, kept from test to test: making them costs more than many a test's own work.

Between two calls of `give_back` a client is given out once, with no handlers but those that botocore gave it.
One whose call has failed on its way is not given out again: it counts its failures.
"""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import botocore.session

from cabinet.aws.clients import shared_session

type _Key = tuple[str, ...]


@dataclass(eq=False)
class _Kept:
    key: _Key
    client: Any
    registered: list[tuple[Any, ...]] = field(default_factory=list)
    has_failed: bool = False

    def __post_init__(self) -> None:
        events = self.client.meta.events
        events.register_first("needs-retry", self._note_failure)
        for name in ("register", "register_first", "register_last"):
            setattr(events, name, self._noting(getattr(events, name)))

    def clean(self) -> None:
        """Unregister what was registered since."""
        for event_name, handler, unique_id in self.registered:
            self.client.meta.events.unregister(event_name, handler, unique_id=unique_id)
        self.registered.clear()

    def _noting(self, register: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(register)
        def noted(event_name: str, handler: Any, unique_id: Any = None, **options: Any) -> None:
            register(event_name, handler, unique_id=unique_id, **options)
            self.registered.append((event_name, handler, unique_id))

        return noted

    def _note_failure(self, response: Any, **_: object) -> None:
        self.has_failed |= response is None or response[0].status_code >= 429


_free: dict[_Key, list[_Kept]] = {}
_given: list[_Kept] = []


def watch() -> None:
    """Keep the clients that the product's session makes from now on."""
    make = botocore.session.Session.create_client

    @functools.wraps(make)
    def create_client(self: Any, service_name: str, **options: Any) -> Any:
        if not shared_session.cache_info().currsize or shared_session() is not self:
            return make(self, service_name, **options)
        given = {name: vars(each) if name == "config" and each else each for name, each in options.items()}
        variables = sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))
        key = (service_name, repr(given), repr(variables))
        free = _free.get(key)
        kept = free.pop() if free else _Kept(key, make(self, service_name, **options))
        _given.append(kept)
        return kept.client

    botocore.session.Session.create_client = create_client  # type: ignore[method-assign,assignment]


def give_back() -> None:
    """Take the clients back that nobody has a name for any more."""
    for kept in _given:
        kept.clean()
        if not kept.has_failed:
            _free.setdefault(kept.key, []).append(kept)
    _given.clear()


def forget() -> None:
    """Give none of them out again: their session has ended."""
    _free.clear()
    _given.clear()
