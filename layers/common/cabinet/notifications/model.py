"""Models of mail: an e-mail in the outbox, and as it is sent."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from cabinet.accounts.model import Mailing
from cabinet.core.model import FrozenModel


class QueuedEmail(FrozenModel):
    """A row of the outbox. Times are epoch seconds; `created_at` is text and orders one person's emails."""

    pk: str
    sk: str
    template: str
    to: str
    params: str
    user_id: str | None = None
    mailing: Mailing | None = None
    account_id: str | None = None
    status: Literal["waiting", "sending"]
    attempts: int = 0
    """How often it was claimed; a try that was only throttled does not count."""
    throttled: int = 0
    due_at: int = 0
    """When it may be tried again; while it is being sent, when its claim ends."""
    created_at: str
    failure: str = ""
    correlation_id: str = ""

    @property
    def email_id(self) -> str:
        """Return what the writer named the email."""
        return self.sk.partition("#")[2]

    @property
    def address_hash(self) -> str:
        """Return the prefix of the keys of all e-mails to this address."""
        return self.sk.partition("#")[0]

    @property
    def values(self) -> dict[str, Any]:
        """Return the template's values."""
        found: dict[str, Any] = json.loads(self.params)
        return found


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """An email's texts."""

    subject: str
    text: str
    html: str
