"""Routes of the profile itself: reading it, the phone, leaving."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import StringConstraints

from cabinet.core import clock, contacts
from cabinet.core.errors import Conflict, raises
from cabinet.core.model import DeferredModel
from cabinet.home.profile_view import Profile, profile_view
from cabinet.identity.credentials import change_phone
from cabinet.identity.model import User
from cabinet.identity.reauthentication import require_reauthentication
from cabinet.profile.cabinet_deletion import delete_cabinet
from cabinet.profile.menu_counters import menu_counters
from cabinet.web import auth
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.auth import CurrentBindings, CurrentProfile

router = create_router(prefix="/api/profile", tags=["profile"])


class PhoneForm(DeferredModel):
    """«Смена номера телефона»."""

    phone: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class AccountDeletionRequest(DeferredModel):
    """«Удаление личного кабинета»: the password, unless the user signed in by Госуслуги a few minutes ago."""

    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None


@router.get("")
def get_profile(who: CurrentBindings) -> Profile:
    """Return the profile; two round trips."""
    user = User.model_validate(who.profile)
    return profile_view(user, menu_counters(who.subscriber.user_id, who.bindings), clock.now())


@router.patch("")
@raises(Conflict)
def patch_profile(form: PhoneForm, who: CurrentBindings, request: Request) -> Profile:
    """Keep another phone number."""
    user = User.model_validate(who.profile)
    phone = contacts.validate_phone(form.phone)
    if phone != user.phone:
        change_phone(user, phone, clock.now(), get_client_ip(request))
    counters = menu_counters(who.subscriber.user_id, who.bindings)
    return profile_view(user.model_copy(update={"phone": phone}), counters, clock.now())


@router.delete("", status_code=204)
@raises(require_reauthentication, Conflict)
def delete_profile(
    who: CurrentProfile, response: Response, form: AccountDeletionRequest | None = None
) -> None:
    """Delete the cabinet and the bindings; payments stay."""
    moment = clock.now()
    password = form.password if form else None
    require_reauthentication(who.subscriber, User.model_validate(who.profile), password, moment, "password")
    delete_cabinet(who.subscriber.user_id, moment)
    auth.clear_session_cookie(response)
