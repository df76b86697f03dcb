"""The model of a push in the outbox."""

from typing import Literal

from cabinet.core.model import FrozenModel


class QueuedPush(FrozenModel):
    """A row of the outbox of pushes. Times are epoch seconds; `created_at` is text and orders a person's."""

    pk: str
    sk: str
    template: str
    user_id: str
    account_id: str | None = None
    time_zone: str
    status: Literal["waiting", "sending"]
    attempts: int = 0
    """How often it was claimed; waiting for the morning is no try."""
    due_at: int = 0
    """When it may be tried again; while it is being sent, when its claim ends."""
    created_at: str
    delivered: list[str] = []
    """Subscriptions that are done with it: a later try leaves them out."""
    correlation_id: str = ""

    @property
    def push_id(self) -> str:
        """Return what the writer named the push."""
        return self.sk.partition("#")[2]
