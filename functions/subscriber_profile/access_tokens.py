"""Routes of the tokens of a resident's own programs."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field, StringConstraints

from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import Conflict, InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.identity.access_token_rules import MAX_NAME, SCOPES, Scope, field_errors
from cabinet.identity.access_tokens import (
    NewAccessToken,
    create_access_token,
    list_access_tokens,
    revoke_access_token,
)
from cabinet.identity.errors import TooManyAccessTokens
from cabinet.identity.model import User
from cabinet.web.app import Identifier, create_router, get_client_ip
from cabinet.web.auth import CurrentProfile, CurrentSubscriber

router = create_router(prefix="/api/profile/tokens", tags=["profile"])


class AccessTokenForm(DeferredModel):
    """What a token is for, what it may do, and its last day (UTC)."""

    name: Annotated[str, StringConstraints(max_length=MAX_NAME)]
    scopes: Annotated[list[Scope], Field(max_length=len(SCOPES))]
    expires_on: date


class AccessToken(DeferredModel):
    """A token without the token; `last_used_at` is exact to five minutes, null for one never used."""

    token_id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_on: date
    last_used_at: datetime | None


class AccessTokens(DeferredModel):
    """The tokens that work, the newest first."""

    items: list[AccessToken]


class AccessTokenCreated(AccessToken):
    """A new token, shown this once."""

    token: str


@router.get("")
def get_access_tokens(who: CurrentSubscriber) -> AccessTokens:
    """Return the tokens of one's programs."""
    return AccessTokens(items=[AccessToken(**_token_fields(row)) for row in list_access_tokens(who.user_id)])


@router.post("", status_code=201)
@raises(Conflict, TooManyAccessTokens)
def post_access_token(form: AccessTokenForm, who: CurrentProfile, request: Request) -> AccessTokenCreated:
    """Make a token; the owner gets an email about it."""
    moment = clock.now()
    scopes = [scope for scope in SCOPES if scope in form.scopes]
    if errors := field_errors(form.name, scopes, form.expires_on, moment.astimezone(UTC).date()):
        raise InvalidFields(*errors)
    user = User.model_validate(who.profile)
    new = NewAccessToken(form.name, scopes, form.expires_on)
    row, token = create_access_token(user, new, moment, get_client_ip(request))
    return AccessTokenCreated(**_token_fields(row), token=token)


@router.delete("/{token_id}", status_code=204)
@raises(Conflict, NotFound)
def delete_access_token(token_id: Identifier, who: CurrentSubscriber, request: Request) -> None:
    """End a token at once."""
    revoke_access_token(who.user_id, token_id, clock.now(), get_client_ip(request))


def _token_fields(row: Item) -> Item:
    used = row.get("seen_at")
    return {name: row[name] for name in ("token_id", "name", "scopes", "created_at", "expires_on")} | {
        "last_used_at": datetime.fromtimestamp(used, UTC) if used else None
    }
