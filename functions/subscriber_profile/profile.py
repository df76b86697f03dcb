"""Routes of the profile itself: reading it, the phone, leaving."""

from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import StringConstraints

from cabinet.core import clock, contacts
from cabinet.core.errors import Conflict, raises
from cabinet.core.model import DeferredModel
from cabinet.identity.credentials import change_phone
from cabinet.identity.model import User
from cabinet.identity.reauthentication import require_reauthentication
from cabinet.notifications.suppression import email_problem
from cabinet.profile.account_deletion import delete_account
from cabinet.profile.menu_counters import MenuCounters, menu_counters
from cabinet.web import auth
from cabinet.web.app import client_address, create_router
from cabinet.web.auth import CurrentBindings, CurrentProfile
from cabinet.web.responses import response_from

router = create_router(prefix="/api/profile", tags=["profile"])


class Profile(DeferredModel):
    """What the head of every page and «Настройки» show."""

    user_id: str
    email: str | None
    pending_email: str | None
    email_problem: Literal["bounce", "complaint"] | None
    """Why letters to the address do not arrive; None when they do."""
    phone: str | None
    esia_linked: bool
    has_password: bool
    primary_account_id: str | None
    unread_notices: int
    cart_count: int


class PhoneForm(DeferredModel):
    """«Смена номера телефона»."""

    phone: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class AccountDeletionRequest(DeferredModel):
    """«Удаление личного кабинета»: the password, unless Госуслуги have vouched a few minutes ago."""

    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None


@router.get("")
def get_profile(who: CurrentBindings) -> Profile:
    """Return the profile; two round trips."""
    return _to_response(User.model_validate(who.profile), menu_counters(who.subscriber.user_id, who.bindings))


@router.patch("")
@raises(Conflict)
def patch_profile(form: PhoneForm, who: CurrentBindings, request: Request) -> Profile:
    """Keep another phone number."""
    user = User.model_validate(who.profile)
    phone = contacts.validate_phone(form.phone)
    if phone != user.phone:
        change_phone(user, phone, clock.now(), client_address(request))
    return _to_response(
        user.model_copy(update={"phone": phone}), menu_counters(who.subscriber.user_id, who.bindings)
    )


@router.delete("", status_code=204)
@raises(require_reauthentication, Conflict)
def delete_profile(
    who: CurrentProfile, response: Response, form: AccountDeletionRequest | None = None
) -> None:
    """Delete the cabinet and the bindings; payments stay."""
    moment = clock.now()
    password = form.password if form else None
    require_reauthentication(who.subscriber, User.model_validate(who.profile), password, moment, "password")
    delete_account(who.subscriber.user_id, moment)
    auth.clear_session_cookie(response)


def _to_response(user: User, badges: MenuCounters) -> Profile:
    pending = user.pending_email
    is_awaited = pending is not None and pending.expires_at > clock.epoch(clock.now())
    return response_from(
        Profile,
        user,
        pending_email=pending.email if pending and is_awaited else None,
        email_problem=email_problem({"email": user.email, "email_problem": user.email_problem}),
        esia_linked=user.esia_oid is not None,
        has_password=user.password_hash is not None,
        unread_notices=badges.unread_notices,
        cart_count=badges.cart_count,
    )
