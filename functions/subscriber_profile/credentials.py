"""Routes of credentials: address, password, Госуслуги."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import StringConstraints

from cabinet import limits
from cabinet.core import clock, contacts
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.identity import passwords
from cabinet.identity.credentials import change_password, confirm_email_change, request_email_change
from cabinet.identity.errors import EmailTaken, LastSignInMethod
from cabinet.identity.esia_link import unlink
from cabinet.identity.model import User
from cabinet.identity.password_policy import check_password
from cabinet.identity.reauthentication import require_reauthentication
from cabinet.signed_tokens import TokenInvalid
from cabinet.web import auth
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.auth import CurrentProfile

router = create_router(prefix="/api/profile", tags=["profile"])

type _Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class EmailForm(DeferredModel):
    """«Смена адреса электронной почты»; a user without a password first signs in at Госуслуги anew."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    password: _Password | None = None


class PasswordForm(DeferredModel):
    """«Смена пароля»."""

    current: _Password | None = None
    new: _Password


class EmailLinkFollowed(DeferredModel):
    """The token of the email to the new address."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=256)]


@router.post("/email-changes", status_code=202, response_class=Response)
@raises(limits.hit, require_reauthentication, Conflict, EmailTaken)
def post_email_change(form: EmailForm, who: CurrentProfile, request: Request) -> None:
    """Send the link that will make the new address the login."""
    moment, user = clock.now(), User.model_validate(who.profile)
    email = contacts.validate_email(form.email)
    require_reauthentication(who.subscriber, user, form.password, moment, "password")
    limits.hit(limits.EMAIL_CHANGE_BY_USER, user.user_id)
    request_email_change(user, email, moment, get_client_ip(request))


@router.post("/email-changes/confirm", status_code=204)
@raises(limits.hit, EmailTaken, TokenInvalid)
def post_email_confirmation(link: EmailLinkFollowed, request: Request) -> None:
    """Make the new address the login; the email may be opened on a device that is not signed in."""
    client_ip = get_client_ip(request)
    limits.hit(limits.TOKEN_BY_IP, client_ip)
    confirm_email_change(link.token, auth.user_id_from_cookie(request), clock.now(), client_ip)


@router.post("/password", status_code=204)
@raises(require_reauthentication, Conflict)
def post_password(form: PasswordForm, who: CurrentProfile, request: Request) -> None:
    """Keep another password; other sessions end."""
    moment, user = clock.now(), User.model_validate(who.profile)
    require_reauthentication(who.subscriber, user, form.current, moment, "current")
    check_password(form.new, user.email or "", user.phone or "", field="new")
    change_password(
        user, who.subscriber.session_id, passwords.hash_password(form.new), moment, get_client_ip(request)
    )


@router.delete("/esia", status_code=204)
@raises(NotFound, Conflict, LastSignInMethod)
def delete_esia(who: CurrentProfile, request: Request) -> None:
    """Unlink the account of Госуслуги, when there is another way in."""
    unlink(User.model_validate(who.profile), clock.now(), get_client_ip(request))
