"""The archive of a person's data: asked for, made in the background, kept for a week.

Its row says how far it has come. The request writes it and sends the message before it answers; whoever makes
the archive marks it ready in the transaction that writes the email, so twice made is mailed once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

from cabinet import limits
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_partition
from cabinet.accounts.new_holder_rules import account_for_new_holder, history_start_for
from cabinet.accounts.rules import is_hidden
from cabinet.accounts.store import accounts_and_suppliers
from cabinet.autopay import store as autopay_store
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import Item, Table, Transaction, key_attributes
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.identity.keys import archive_key, profile_key
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.security_log import record_event
from cabinet.outbox.emails import Email, enqueue
from cabinet.own_data.own_data_rules import account_data, pack_archive, payment_data, profile_data
from cabinet.payments.cards import store as card_store
from cabinet.payments.model import Order
from cabinet.payments.orders import store as order_store
from cabinet.receipts import documents_bucket

TASK = "own_data"
RETENTION = timedelta(days=7)
MAX_WAIT = timedelta(days=2)
"""An archive that is not there by then is not coming: it may be asked for anew."""
LINK_LIFETIME = timedelta(minutes=5)
_MEDIA_TYPE = "application/zip"
_DISPOSITION = f"attachment; filename=\"my-data.zip\"; filename*=UTF-8''{quote('мои-данные.zip')}"
_IS_UNCHANGED = "#archive_id = :seen"
_IS_FREE = "attribute_not_exists(pk) OR #expires_at <= :now"
_IS_STILL_WAITING = "#archive_id = :archive_id AND #state = :waiting"
_ORDERS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """How far a user's archive has come; `expires_at` is when it is deleted."""

    state: Literal["none", "waiting", "ready"]
    requested_at: str | None = None
    expires_at: int | None = None


def current_archive(user_id: str) -> ArchiveState:
    """Return the state of the user's archive."""
    row = dynamo.get(Table.USERS, archive_key(user_id), consistent=True)
    if row is None:
        return ArchiveState("none")
    return ArchiveState(row["state"], row["requested_at"], row["expires_at"])


@raises(limits.hit, Conflict)
def request_archive(user_id: str, now: datetime, client_ip: str) -> None:
    """Ask for a new archive in place of the former one; one that is being made is only asked for again.

    Raises TooManyRequests, and Conflict when another request has asked at the same moment.
    """
    row = dynamo.get(Table.USERS, archive_key(user_id), consistent=True)
    if row is None or row["state"] == "ready":
        limits.hit(limits.ARCHIVES_BY_USER, user_id)
        row = _start(user_id, row, now, client_ip)
    else:
        limits.hit(limits.ARCHIVE_RESENDS_BY_USER, user_id)
    # Asking again sends it again.
    queues.try_send(
        Queue.BACKGROUND_TASKS, [{"what": TASK, "user_id": user_id, "archive_id": row["archive_id"]}]
    )


def _start(user_id: str, former: Item | None, now: datetime, client_ip: str) -> Item:
    row: Item = {
        **key_attributes(archive_key(user_id)),
        "archive_id": secrets.token_hex(16),
        "state": "waiting",
        "requested_at": clock.timestamp(now),
        "expires_at": clock.epoch(now + MAX_WAIT),
    }
    transaction = Transaction()
    if former is None:
        transaction.put(Table.USERS, row, condition=_IS_FREE, on_conflict=Conflict, now=clock.epoch(now))
    else:
        transaction.put(
            Table.USERS, row, condition=_IS_UNCHANGED, on_conflict=Conflict, seen=former["archive_id"]
        )
    record_event(transaction, user_id, SecurityEvent.ARCHIVE_REQUESTED, now, client_ip)
    transaction.commit()
    return row


@raises(NotFound)
def archive_link(user_id: str, now: datetime) -> tuple[str, datetime]:
    """Return an address that opens the archive without a session, and when it ends; raises NotFound."""
    row = dynamo.get(Table.USERS, archive_key(user_id), consistent=True)
    if row is None or row["state"] != "ready":
        raise NotFound
    key = _object_key(row["archive_id"])
    return documents_bucket.presigned_url(key, LINK_LIFETIME, _MEDIA_TYPE, _DISPOSITION), now + LINK_LIFETIME


def make_archive(user_id: str, archive_id: str, now: datetime) -> bool:
    """Make an archive that was asked for and write to its owner; False when nobody waits for it any more."""
    row = dynamo.get(Table.USERS, archive_key(user_id), consistent=True)
    profile = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    if row is None or profile is None or row["archive_id"] != archive_id or row["state"] != "waiting":
        return False
    documents_bucket.put_if_absent(_object_key(archive_id), _collect(user_id, now), _MEDIA_TYPE)
    user = User.model_validate(profile)
    expires_at = now + RETENTION
    transaction = Transaction()
    transaction.update(
        Table.USERS, archive_key(user_id), "SET #state = :ready, #expires_at = :until",
        condition=_IS_STILL_WAITING, on_conflict=_ArchiveNotPending,
        archive_id=archive_id, waiting="waiting", ready="ready", until=clock.epoch(expires_at),
    )  # fmt: skip
    if user.email is not None:
        # The sweep sends it within two minutes: `exports` need not be allowed to wake the mailer.
        params = {"until": expires_at.date().isoformat()}
        enqueue(transaction, Email("own_data", user.email, params, f"archive-{archive_id}", user_id))
    try:
        transaction.commit()
    except _ArchiveNotPending:
        return False
    return True


class _ArchiveNotPending(Conflict):
    """The archive has been marked ready by another worker, asked for anew, or its cabinet is deleted."""


def _collect(user_id: str, now: datetime) -> bytes:
    rows = list(dynamo.query_all(Table.USERS, profile_key(user_id)[0], consistent=True))
    bindings = [row for row in rows if row["sk"].startswith("BINDING#")]
    accounts, suppliers = accounts_and_suppliers([row["account_id"] for row in bindings])
    shown = []
    for binding in bindings:
        account = accounts.get(binding["account_id"])
        if account is None or account.supplier_id not in suppliers or needs_surname(binding, account):
            continue
        supplier = suppliers[account.supplier_id]
        if is_hidden(account, clock.local_date(now, supplier.time_zone)):
            continue
        account = account_for_new_holder(account, history_start_for(binding, account, supplier))
        history = dynamo.query_all(Table.ACCOUNTS, account_partition(account.account_id))
        shown.append(account_data(account, history, user_id))
    payments = payment_data(
        _orders(user_id), card_store.load(user_id).active, autopay_store.list_rules(user_id)
    )
    return pack_archive(profile_data(rows), payments, shown)


def _orders(user_id: str) -> list[Order]:
    found, after = order_store.list_by_subscriber(user_id, _ORDERS_AT_ONCE, None)
    while after is not None:
        page, after = order_store.list_by_subscriber(user_id, _ORDERS_AT_ONCE, after)
        found += page
    return found


def _object_key(archive_id: str) -> str:
    return f"own-data/{archive_id}.zip"
