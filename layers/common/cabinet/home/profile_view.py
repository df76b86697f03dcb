"""The profile as the API shows it: in its own call and on the first screen."""

from datetime import datetime
from typing import Literal

from cabinet.core import clock
from cabinet.core.model import DeferredModel
from cabinet.identity.email_problem import email_problem
from cabinet.identity.model import User
from cabinet.profile.menu_counters import MenuCounters


class Profile(DeferredModel):
    """What the head of every page and «Настройки» show."""

    user_id: str
    email: str | None
    pending_email: str | None
    email_problem: Literal["bounce", "complaint"] | None
    """Why emails to the address do not arrive; None when they do."""
    phone: str | None
    esia_linked: bool
    has_password: bool
    primary_account_id: str | None
    unread_notices: int
    cart_count: int


def profile_view(user: User, counters: MenuCounters, now: datetime) -> Profile:
    """Return a user's profile with the numbers of the menu."""
    pending = user.pending_email
    is_awaited = pending is not None and pending.expires_at > clock.epoch(now)
    return Profile(
        user_id=user.user_id,
        email=user.email,
        pending_email=pending.email if pending and is_awaited else None,
        email_problem=email_problem({"email": user.email, "email_problem": user.email_problem}),
        phone=user.phone,
        esia_linked=user.esia_oid is not None,
        has_password=user.password_hash is not None,
        primary_account_id=user.primary_account_id,
        unread_notices=counters.unread_notices,
        cart_count=counters.cart_count,
    )
