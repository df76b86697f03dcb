"""Authentication: the session cookie or a program's token, and the one read that authorises a request.

Either names the user and its own row, so a forged one is refused without a read, and that row, binding,
account and supplier come in one strongly consistent batch (docs/architecture.md).
"""

import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from cabinet.accounts.errors import AccountClosed, SurnameNeeded
from cabinet.accounts.holders import account_for_former_holder, history_end_for, needs_surname
from cabinet.accounts.keys import account_key, binding_key, supplier_key
from cabinet.accounts.model import Account, split_account_id
from cabinet.accounts.new_holder_rules import account_for_new_holder, history_start_for
from cabinet.accounts.rules import is_closed, is_hidden
from cabinet.accounts.supplier_model import Feature, Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.core import clock
from cabinet.core.errors import FeatureUnavailable, NotFound, ServiceUnavailable, Unauthenticated, raises
from cabinet.identity.access_token_rules import AccessTokenClaims
from cabinet.identity.keys import access_token_key, profile_key, session_key
from cabinet.identity.model import Subscriber
from cabinet.identity.session_tokens import IDLE_TIMEOUT, public_session_id
from cabinet.service_requests.keys import NEW_ANSWER
from cabinet.signed_tokens import Purpose, TokenInvalid, verify
from cabinet.web.access_scopes import access_token, require_scope
from cabinet.web.inline_routes import run_inline_or_in_thread

COOKIE = "__Host-session"
_TOUCH_EVERY = timedelta(minutes=5)
_SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class _Caller:
    """Whom a request claims to come from, and the row that must confirm it."""

    user_id: str
    key: Key
    session_id: str = ""
    token: AccessTokenClaims | None = None


@dataclass(frozen=True, slots=True)
class SubscriberProfile:
    """The signed-in user together with the profile item, read in the same round trip."""

    subscriber: Subscriber
    profile: Item


@dataclass(frozen=True, slots=True)
class SubscriberBindings:
    """The signed-in user together with all binding items, read in the same round trip."""

    subscriber: Subscriber
    bindings: list[Item]
    profile: Item
    unread_answers: list[Item]
    """Requests with unread answers: {account_id, number}."""


@dataclass(frozen=True, slots=True)
class OwnedAccount:
    """An account that the signed-in user has bound, with its supplier."""

    subscriber: Subscriber
    account: Account
    supplier: Supplier
    binding: Item
    extra_item: Item | None = None
    """The item that the endpoint asked for in the same batch (an idempotency row)."""
    history_ends_on: date | None = None
    """The user had bound it under a former holder: what is of this day or later is not theirs."""

    def require(self, feature: Feature) -> None:
        """Raise FeatureUnavailable when the supplier does not offer `feature`."""
        if not self.supplier.offers(feature):
            raise FeatureUnavailable


def set_session_cookie(response: Response, token: str) -> None:
    """Set the session's cookie; it lasts until the browser is closed at the latest."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")


def clear_session_cookie(response: Response) -> None:
    """Delete the session's cookie from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@raises(Unauthenticated)
def subscriber(request: Request) -> Subscriber:
    """Return who is asking; raises Unauthenticated. One read."""
    user_id, session_id = _session_claims(request)
    row = dynamo.get(Table.USERS, session_key(user_id, session_id), consistent=True)
    return _validate_session(user_id, session_id, row)


@raises(Unauthenticated)
def subscriber_profile(request: Request) -> SubscriberProfile:
    """Return who is asking with the profile; one batch of two."""
    user_id, session_id = _session_claims(request)
    row, profile = dynamo.batch_get(
        [(Table.USERS, session_key(user_id, session_id)), (Table.USERS, profile_key(user_id))],
        consistent=True,
    )
    who = _validate_session(user_id, session_id, row)
    if profile is None:
        raise Unauthenticated
    return SubscriberProfile(who, profile)


@raises(Unauthenticated)
def load_subscriber(
    request: Request, extra_keys: Callable[[str], Sequence[tuple[Table, Key]]]
) -> tuple[Subscriber, list[Item | None]]:
    """Return who is asking and more items of any tables, all in one strongly consistent batch.

    `extra_keys` gives their keys for the user's id.
    """
    user_id, session_id = _session_claims(request)
    reads: list[tuple[Table, Key]] = [(Table.USERS, session_key(user_id, session_id)), *extra_keys(user_id)]
    session, *extra = dynamo.batch_get(reads, consistent=True)
    return _validate_session(user_id, session_id, session), extra


@raises(Unauthenticated)
def subscriber_bindings(request: Request) -> SubscriberBindings:
    """Return who is asking with all bindings: one query, as all these rows sort together.

    A program's token is kept apart, and is a second read.
    """
    caller = _caller(request)
    partition, own_sk = caller.key
    page = dynamo.query(Table.USERS, partition, between=("BINDING#", "SESSION#~"), limit=200, consistent=True)
    rows = {item["sk"]: item for item in page.items}
    own = rows.get(own_sk)
    # With many rows of unread answers the page may end before the session's row.
    if own is None and (caller.token is not None or page.next_key is not None):
        own = dynamo.get(Table.USERS, caller.key, consistent=True)
    who = _validate_caller(request, caller, own)
    if "PROFILE" not in rows:
        raise Unauthenticated
    bindings = [item for item in page.items if item["sk"].startswith("BINDING#")]
    unread_answers = [item for item in page.items if item["sk"].startswith(NEW_ANSWER)]
    return SubscriberBindings(who, bindings, rows["PROFILE"], unread_answers)


@raises(Unauthenticated, NotFound, SurnameNeeded, AccountClosed)
def current_account(request: Request, account_id: str) -> OwnedAccount:
    """Return the account of the path.

    Raises
    ------
    Unauthenticated, NotFound
        Nobody is signed in; the account is not the user's own, or was closed more than a year ago.
    SurnameNeeded
        The account has another holder than the one by whom it was bound.
    AccountClosed
        Something would be changed of a closed account.
    """
    return load_owned_account_and_item(request, account_id, None)


@raises(Unauthenticated, NotFound, SurnameNeeded, AccountClosed)
def load_owned_account_and_item(
    request: Request, account_id: str, extra_key: Callable[[str], Key] | None
) -> OwnedAccount:
    """Return the account of the path and, from the same batch, one Users item more.

    `extra_key` gives that item's key for the user's id; it is how an Idempotency-Key costs no round trip.
    """
    if extra_key is None:
        owned, _ = load_owned_account(request, account_id, lambda _: [])
        return owned
    owned, (extra_item,) = load_owned_account(
        request, account_id, lambda user: [(Table.USERS, extra_key(user))]
    )
    return replace(owned, extra_item=extra_item)


@raises(Unauthenticated, NotFound, SurnameNeeded, AccountClosed)
def load_owned_account(
    request: Request,
    account_id: str,
    extra_keys: Callable[[str], Sequence[tuple[Table, Key]]],
    *,
    consistent: bool | Table = Table.USERS,
) -> tuple[OwnedAccount, list[Item | None]]:
    """Return the account of the path and more items of any tables, all in one batch.

    `extra_keys` gives their keys for the user's id. Session and binding are always read strongly, so that a
    sign-out or an unbinding holds at once; account and supplier only when `consistent` is True.
    """
    owned, extra = _bound_account(request, account_id, extra_keys, consistent)
    _require_access(owned, request.method)
    return owned, extra


@raises(Unauthenticated, NotFound, SurnameNeeded, AccountClosed)
def account_for_current_or_former_holder(request: Request, account_id: str) -> OwnedAccount:
    """Return the account of the path for its past alone.

    A former holder gets it as it was before the change, where the supplier's setting says so; to everybody
    else it is `load_owned_account`.
    """
    owned, _ = _bound_account(request, account_id, lambda _: [], Table.USERS)
    end = history_end_for(owned.binding, owned.account, owned.supplier)
    if end is None:
        _require_access(owned, request.method)
        return owned
    _require_not_hidden(owned, _local_today(owned))
    return replace(owned, account=account_for_former_holder(owned.account, end), history_ends_on=end.ended_on)


def _bound_account(
    request: Request,
    account_id: str,
    extra_keys: Callable[[str], Sequence[tuple[Table, Key]]],
    consistent: bool | Table,
) -> tuple[OwnedAccount, list[Item | None]]:
    caller = _caller(request)
    parts = split_account_id(account_id)
    reads: list[tuple[Table, Key]] = [(Table.USERS, caller.key)]
    if parts is None:
        _validate_caller(request, caller, dynamo.get(*reads[0], consistent=True))
        raise NotFound
    reads += [
        (Table.USERS, binding_key(caller.user_id, account_id)),
        (Table.ACCOUNTS, account_key(account_id)),
        (Table.ACCOUNTS, supplier_key(parts[0])),
        *extra_keys(caller.user_id),
    ]
    own, binding, account, supplier, *extra = dynamo.batch_get(reads, consistent=consistent)
    who = _validate_caller(request, caller, own)
    if binding is None or account is None or supplier is None:
        raise NotFound
    known, of_supplier = Account.model_validate(account), Supplier.model_validate(supplier)
    shown = account_for_new_holder(known, history_start_for(binding, known, of_supplier))
    return OwnedAccount(who, shown, of_supplier, binding), extra


def _require_access(owned: OwnedAccount, method: str) -> None:
    """Refuse an account that has another holder by now, and every change of a closed account."""
    account, today = owned.account, _local_today(owned)
    _require_not_hidden(owned, today)
    if needs_surname(owned.binding, account):
        raise SurnameNeeded(account_id=account.account_id)
    if method not in _SAFE_METHODS and is_closed(account, today):
        raise AccountClosed


def _require_not_hidden(owned: OwnedAccount, today: date) -> None:
    """Refuse an account closed more than a year ago."""
    if is_hidden(owned.account, today):
        raise NotFound


def _local_today(owned: OwnedAccount) -> date:
    """Return today's date in the supplier's time zone."""
    return clock.local_date(clock.now(), owned.supplier.time_zone)


def user_id_from_cookie(request: Request) -> str | None:
    """Return the user id of a validly signed cookie or None; does not check that the session still exists."""
    try:
        return _session_claims(request)[0]
    except Unauthenticated:
        return None


def _caller(request: Request) -> _Caller:
    """Return who the cookie or the program's token names, without any read; a token goes before a cookie."""
    token = access_token(request)
    if token is not None:
        return _Caller(token.user_id, access_token_key(token.user_id, token.slot), token=token)
    user_id, session_id = _session_claims(request)
    return _Caller(user_id, session_key(user_id, session_id), session_id)


def _validate_caller(request: Request, caller: _Caller, row: Item | None) -> Subscriber:
    """Refuse an ended session, and a token that was revoked or was made for something else."""
    if caller.token is None:
        return _validate_session(caller.user_id, caller.session_id, row)
    if row is None or not hmac.compare_digest(str(row["token_hash"]), caller.token.token_hash):
        raise Unauthenticated
    require_scope(request, row["scopes"])
    _touch(caller.key, row.get("seen_at", 0))
    return Subscriber(caller.user_id, "", datetime.fromisoformat(row["created_at"]))


def _session_claims(request: Request) -> tuple[str, str]:
    """Return (user id, public session id) of a genuine cookie, without any read; verified once a request."""
    known: tuple[str, str] | None = getattr(request.state, "claimed", None)
    if known is not None:
        return known
    access_token(request)  # refuses a token where only a person may be
    token = request.cookies.get(COOKIE)
    if token is None:
        raise Unauthenticated
    try:
        claims = verify(Purpose.SESSION, token)
        known = str(claims["sub"]), public_session_id(str(claims["sid"]))
    except (TokenInvalid, KeyError):
        raise Unauthenticated from None
    request.state.claimed = known
    return known


def _validate_session(user_id: str, session_id: str, row: Item | None) -> Subscriber:
    """Refuse an ended or idle session."""
    moment = clock.now()
    if row is None or moment >= datetime.fromtimestamp(row["seen_at"], moment.tzinfo) + IDLE_TIMEOUT:
        raise Unauthenticated
    _touch(session_key(user_id, session_id), row["seen_at"])
    return Subscriber(user_id, session_id, datetime.fromisoformat(row["created_at"]))


def _touch(key: Key, seen_at: int) -> None:
    """Record, at most every five minutes, that a session or a token is in use."""
    now = clock.epoch(clock.now())
    if now - seen_at < _TOUCH_EVERY.total_seconds():
        return
    # A busy table must not make the request fail; the next request records it.
    with suppress(ServiceUnavailable):
        dynamo.update(
            Table.USERS, key, "SET #seen_at = :now",
            condition=dynamo.IS_PRESENT, on_conflict=Unauthenticated, now=now,
        )  # fmt: skip


@raises(Unauthenticated)
def require_credentials(request: Request) -> None:
    """Refuse a missing or forged cookie or token without a read, before the body is read.

    For endpoints that read its row themselves, together with what their body names.
    """
    _caller(request)


type CurrentSubscriber = Annotated[Subscriber, Depends(run_inline_or_in_thread(subscriber))]
type CurrentProfile = Annotated[SubscriberProfile, Depends(run_inline_or_in_thread(subscriber_profile))]
type CurrentBindings = Annotated[SubscriberBindings, Depends(run_inline_or_in_thread(subscriber_bindings))]
type CurrentAccount = Annotated[OwnedAccount, Depends(run_inline_or_in_thread(current_account))]
type CurrentOrFormerAccount = Annotated[
    OwnedAccount, Depends(run_inline_or_in_thread(account_for_current_or_former_holder))
]
