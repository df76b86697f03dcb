"""Routes of one's own passkeys: a new one, their list, another name, the end of one."""

from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.staff import passkeys
from cabinet.staff.errors import PasskeyExists, PasskeyRejected, TooManyPasskeys
from cabinet.staff.passkey_rules import ALGORITHMS, user_handle_of
from cabinet.web.app import Identifier, create_router
from cabinet.web.staff_auth import CurrentStaff
from staff.passkey_schemas import (
    NewPasskeyChallengeResponse,
    NewPasskeyForm,
    OwnChallengeResponse,
    PasskeyNameForm,
    PasskeyResponse,
    Passkeys,
)

router = create_router(prefix="/api/staff/passkeys", tags=["desk"])


@router.get("")
def list_passkeys(staff: CurrentStaff) -> Passkeys:
    """List one's own passkeys."""
    found = passkeys.list_passkeys(staff.member.staff_id)
    return Passkeys(items=[PasskeyResponse.of(each) for each in found])


@router.post("/challenge", status_code=201)
@raises(TooManyPasskeys, Conflict)
def post_new_challenge(staff: CurrentStaff) -> NewPasskeyChallengeResponse:
    """Begin to add a passkey: what its device is to sign."""
    asked = passkeys.begin(staff.signed_in, clock.now())
    return NewPasskeyChallengeResponse(
        **OwnChallengeResponse.to(asked).model_dump(),
        user_handle=user_handle_of(staff.member.staff_id),
        user_name=staff.member.email,
        display_name=staff.member.name,
        algorithms=list(ALGORITHMS),
    )


@router.post("", status_code=201)
@raises(PasskeyRejected, PasskeyExists, TooManyPasskeys, Conflict)
def post_passkey(form: NewPasskeyForm, staff: CurrentStaff) -> PasskeyResponse:
    """Keep the passkey that was made: from now on it signs in."""
    made = passkeys.add(staff.signed_in, form.answer(), form.name, form.transports, clock.now())
    return PasskeyResponse.of(made)


@router.patch("/{passkey_id}")
@raises(NotFound, Conflict)
def patch_passkey(passkey_id: Identifier, form: PasskeyNameForm, staff: CurrentStaff) -> PasskeyResponse:
    """Give a passkey of one's own another name."""
    return PasskeyResponse.of(passkeys.rename(staff.member, passkey_id, form.name, clock.now()))


@router.delete("/{passkey_id}", status_code=204)
@raises(NotFound, Conflict)
def delete_passkey(passkey_id: Identifier, staff: CurrentStaff) -> None:
    """Remove a passkey of one's own; every other session is over."""
    passkeys.remove(staff.signed_in, passkey_id, clock.now())
