"""Engines that keep less of DynamoDB's promises than AWS does: the product must be right on them too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.aws_calls import Call, Listener, hear, heard_by

VARIABLE = "CABINET_TEST_ENGINE"
"""Names the engine of a whole run of the suite; unset: AWS's own answers."""


class WithoutReturnedItems(Listener):
    """Leaves the item out of a refused condition, though it was asked for."""

    def after(self, call: Call) -> None:
        """Strip the answer."""
        if call.is_refused:
            call.answer.pop("Item", None)
            for reason in call.answer.get("CancellationReasons", ()):
                reason.pop("Item", None)


ENGINES: dict[str, type[Listener]] = {"no-returned-items": WithoutReturnedItems}


def watch() -> None:
    """Answer the whole run as the engine does that the environment names."""
    if name := os.environ.get(VARIABLE):
        hear(ENGINES[name]())


@contextmanager
def answering(name: str | None) -> Iterator[None]:
    """Answer as an engine does while the context lasts; None: as AWS does."""
    if name is None:
        yield
        return
    with heard_by(ENGINES[name]()):
        yield
