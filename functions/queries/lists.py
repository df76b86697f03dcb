"""Lists that come page by page: their cursors, and the day from which a holder sees them."""

from datetime import date
from typing import Annotated

from fastapi import Query

from cabinet.web.auth import OwnedAccount

type Cursor = Annotated[str | None, Query(max_length=2048)]


def first_visible_day(owned: OwnedAccount) -> date | None:
    """Return the first day of what the current holder sees; None where that is everything."""
    start = owned.account.shown_from
    return start.day if start else None


def list_name(owned: OwnedAccount, kind: str) -> str:
    """Name a list for its cursors: one from before a change of the holder may point beyond what is shown."""
    limits = [str(limit) for limit in (first_visible_day(owned), owned.history_ends_on) if limit]
    return "/".join([kind, owned.account.account_id, *limits])
