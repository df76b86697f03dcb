"""Routes of the keys to the cabinet: address, password, Госуслуги."""

from typing import Annotated

from cabinet import clock, limits, session
from cabinet.errors import Conflict, NotFound, raises
from cabinet.http import client_address, create_router
from cabinet.identity import contacts, passwords
from cabinet.identity.errors import EmailTaken, LastSignInMethod
from cabinet.identity.linking import unlink
from cabinet.identity.model import User
from cabinet.identity.password_rules import check_password
from cabinet.identity.proof import prove
from cabinet.identity.settings_changes import ask_for_email_change, change_password, confirm_email_change
from cabinet.session import HasProfile
from cabinet.tokens import TokenInvalid
from fastapi import Request, Response
from pydantic import BaseModel, StringConstraints

router = create_router(prefix="/api/profile", tags=["profile"])

type _Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class EmailForm(BaseModel):
    """«Смена адреса электронной почты»; who has no password proves it by a fresh sign-in at Госуслуги."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    password: _Password | None = None


class PasswordForm(BaseModel):
    """«Смена пароля»."""

    current: _Password | None = None
    new: _Password


class EmailLinkFollowed(BaseModel):
    """The token of the letter to the new address."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=256)]


@router.post("/email-changes", status_code=202, response_class=Response)
@raises(limits.count, prove, Conflict, EmailTaken)
def post_email_change(form: EmailForm, who: HasProfile, request: Request) -> None:
    """Send the link that will make the new address the login."""
    moment, user = clock.now(), User.model_validate(who.profile)
    email = contacts.accepted_email(form.email)
    prove(who.subscriber, user, form.password, moment, "password")
    limits.count(limits.EMAIL_CHANGE_BY_USER, user.user_id)
    ask_for_email_change(user, email, moment, client_address(request))


@router.post("/email-changes/confirm", status_code=204)
@raises(limits.count, EmailTaken, TokenInvalid)
def post_email_confirmation(link: EmailLinkFollowed, request: Request) -> None:
    """Make the new address the login; the letter may be opened on a device that is not signed in."""
    address = client_address(request)
    limits.count(limits.TOKEN_BY_ADDRESS, address)
    confirm_email_change(link.token, session.claimed_user(request), clock.now(), address)


@router.post("/password", status_code=204)
@raises(prove, Conflict)
def post_password(form: PasswordForm, who: HasProfile, request: Request) -> None:
    """Keep another password; other sessions end."""
    moment, user = clock.now(), User.model_validate(who.profile)
    prove(who.subscriber, user, form.current, moment, "current")
    check_password(form.new, user.email or "", user.phone or "", field="new")
    change_password(
        user, who.subscriber.session_id, passwords.hashed(form.new), moment, client_address(request)
    )


@router.delete("/esia", status_code=204)
@raises(NotFound, Conflict, LastSignInMethod)
def delete_esia(who: HasProfile, request: Request) -> None:
    """Unlink the account of Госуслуги, when there is another way in."""
    unlink(User.model_validate(who.profile), clock.now(), client_address(request))
