"""Routes of an invited person, who has no session yet: the link's token authenticates them."""

from typing import Annotated

from fastapi import Request
from pydantic import StringConstraints

from cabinet import limits
from cabinet.core import clock
from cabinet.core.errors import Conflict, raises
from cabinet.core.model import DeferredModel
from cabinet.staff.invitations import accept, confirm
from cabinet.web.app import create_router, get_client_ip
from staff.schemas import InvitationToken, TypedCode

router = create_router(prefix="/api/staff/invitations", tags=["desk"])


class InvitationForm(DeferredModel):
    """What the invited person chooses."""

    token: InvitationToken
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class EnrolmentResponse(DeferredModel):
    """Shown once: the seed for the app as a link to draw, and codes to write down."""

    totp_uri: str
    recovery_codes: list[str]


class InvitationConfirmation(DeferredModel):
    """The first code of the app."""

    token: InvitationToken
    code: TypedCode


@router.post("/accept")
@raises(limits.hit, Conflict)
def post_accept(form: InvitationForm, request: Request) -> EnrolmentResponse:
    """Keep name and password, and hand out the seed; nothing opens until a code confirms it."""
    limits.hit(limits.TOKEN_BY_IP, get_client_ip(request))
    enrolment = accept(form.token, form.name, form.password, clock.now())
    return EnrolmentResponse(totp_uri=enrolment.totp_uri, recovery_codes=enrolment.recovery_codes)


@router.post("/confirm", status_code=204)
@raises(limits.hit, Conflict)
def post_confirm(form: InvitationConfirmation, request: Request) -> None:
    """Prove by the first code that the app has the seed: from now on the person can sign in."""
    limits.hit(limits.TOKEN_BY_IP, get_client_ip(request))
    confirm(form.token, form.code, clock.now())
