"""«Удаление личного кабинета»: bindings, sessions, tokens and the user go; payments and the ledger stay.

More goes than a transaction takes, so it is a sequence. Until its last transaction the user still has a
cabinet, emptier at each step, and presses the button again if a step was the last that ran. The last
transaction requires that no account was bound, nobody signed in, and no password or telephone was changed
meanwhile; after it the address is free.
"""

from datetime import datetime, timedelta

from cabinet.accounts.binding_store import withdraw_paperless
from cabinet.accounts.keys import binding_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_PRESENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import Conflict, ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.idempotency import partition as idempotency_partition
from cabinet.identity import users
from cabinet.identity.keys import (
    ACCESS_PREFIX,
    ARCHIVE,
    CALENDAR,
    SUPPLIER_CONSENT,
    consent_key,
    email_key,
    esia_key,
    phone_key,
    profile_key,
)
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.push_subscriptions import erase_subscriptions
from cabinet.identity.security_alerts import alert_emails
from cabinet.notices.keys import reader_key
from cabinet.outbox.deduplicated_send import dedupe_partition
from cabinet.outbox.emails import commit_with_emails
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from cabinet.payments.keys import autopay_partition, cart_key
from cabinet.service_requests.keys import NEW_ANSWER

CONSENT_RETENTION = timedelta(days=3 * 365)
"""The proof that the data were held lawfully, for as long as a claim may be made (ст. 196 ГК РФ)."""
_WITHDRAWAL = "SET #withdrawn_at = :now, #expires_at = :until REMOVE #address"
_MAX_RETRIES = 5
_HAS_NO_BINDINGS = "(attribute_not_exists(#bindings) OR #bindings = :bindings)"
_PHONE_UNCHANGED = "(attribute_not_exists(#phone) OR #phone = :phone)"
_IS_NOT_PAPERLESS = (
    "attribute_exists(pk) AND (attribute_not_exists(#paperless) OR #paperless.#enabled = :off)"
)


def delete_cabinet(user_id: str, now: datetime) -> None:
    """Delete the cabinet; raises ServiceUnavailable when rivals keep changing it. Safe to repeat."""
    for _ in range(_MAX_RETRIES):
        try:
            _unbind_all(user_id)
            card_service.end_all(user_id, now)
            _delete_related(user_id)
            _withdraw_supplier_consents(user_id, now)
            if _erase_user(user_id, now):
                _delete_related(user_id)
            return
        except Conflict:
            continue
    raise ServiceUnavailable


def _unbind_all(user_id: str) -> None:
    profile = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    if profile is None:
        return
    page = dynamo.query(Table.USERS, profile_key(user_id)[0], begins="BINDING#", consistent=True)
    if not page.items:
        return
    for binding in page.items:
        # Who leaves gets no receipts by mail any more: the supplier must print again.
        withdraw_paperless(user_id, binding)
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user_id), "SET #bindings = :renewed, #primary_account_id = :none",
        condition=f"attribute_exists(pk) AND {_HAS_NO_BINDINGS}", on_conflict=Conflict,
        bindings=profile.get("bindings", ""), renewed=transaction.mark, none=None,
    )  # fmt: skip
    for binding in page.items:
        key = binding_key(user_id, binding["account_id"])
        transaction.delete(Table.USERS, key, condition=_IS_NOT_PAPERLESS, on_conflict=Conflict, off=False)
    transaction.commit()


def _delete_related(user_id: str) -> None:
    """Delete what nothing depends on: tokens of programs, calendar, journal, cart, marks of what was read."""
    erase_subscriptions(user_id)
    partition, _ = profile_key(user_id)
    for prefix in (ACCESS_PREFIX, ARCHIVE, "AUDIT#", CALENDAR, NEW_ANSWER):
        _erase(Table.USERS, list(dynamo.query_all(Table.USERS, partition, begins=prefix, consistent=True)))
    for table, traces in [
        (Table.USERS, idempotency_partition(user_id)),
        (Table.PAYMENTS, cart_key(user_id)[0]),
        (Table.PAYMENTS, autopay_partition(user_id)),
        (Table.MESSAGES, reader_key(user_id)[0]),
        (Table.MESSAGES, dedupe_partition(user_id)),
    ]:
        _erase(table, list(dynamo.query_all(table, traces, consistent=True)))


def _erase(table: Table, rows: list[Item]) -> None:
    for row in rows:
        dynamo.delete(table, (row["pk"], row["sk"]), condition=ALWAYS, on_conflict=Conflict)


def _erase_user(user_id: str, now: datetime) -> bool:
    """Delete what makes a cabinet, in one transaction; False when it was done before."""
    profile = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    loaded = users.user_with_sessions(user_id, now)
    if profile is None or loaded is None:
        return False
    user = loaded.user
    if dynamo.query(Table.USERS, profile_key(user_id)[0], begins="BINDING#", limit=1, consistent=True).items:
        raise Conflict
    cards = card_store.load(user_id)
    if cards.active:
        raise Conflict  # saved since they were ended: a payment came in
    transaction = Transaction()
    card_store.require_unchanged(transaction, cards)
    transaction.delete(
        Table.USERS, profile_key(user_id),
        condition=f"{users.NO_NEW_SESSIONS} AND {_HAS_NO_BINDINGS} AND {_PHONE_UNCHANGED}",
        on_conflict=Conflict, credentials=user.credentials_version, entries=user.sign_in_count,
        bindings=profile.get("bindings", ""), phone=user.phone,
    )  # fmt: skip
    _release_unique_keys(transaction, user)
    users.end_sessions(transaction, user_id, loaded.sessions)
    users.revoke_tokens(transaction, user)
    _withdraw_consent(transaction, user_id, now)
    commit_with_emails(transaction, alert_emails(user, SecurityEvent.DELETED, now))
    log_event(Event.USER_DELETED, user_id=user_id)
    return True


def _release_unique_keys(transaction: Transaction, user: User) -> None:
    """Free the address and the account of Госуслуги for another cabinet; end being found by telephone."""
    for key in [
        *([email_key(canonical_email(user.email))] if user.email else []),
        *([esia_key(user.esia_oid)] if user.esia_oid else []),
        *([phone_key(user.phone, user.user_id)] if user.phone else []),
    ]:
        transaction.delete(
            Table.USERS, key, condition=users.IS_FREE_OR_MINE, on_conflict=Conflict, user_id=user.user_id
        )


def _withdraw_supplier_consents(user_id: str, now: datetime) -> None:
    """End what was agreed to with suppliers, one by one: of them a transaction may not hold all.

    Their accounts are unbound by now, so this is so even if the cabinet stays after all.
    """
    partition, prefix = consent_key(user_id, SUPPLIER_CONSENT)
    for record in dynamo.query_all(Table.USERS, partition, begins=prefix, consistent=True):
        dynamo.update(
            Table.USERS, (record["pk"], record["sk"]), _WITHDRAWAL, condition=IS_PRESENT,
            on_conflict=Conflict, now=clock.timestamp(now), until=clock.epoch(now + CONSENT_RETENTION),
        )  # fmt: skip


def _withdraw_consent(transaction: Transaction, user_id: str, now: datetime) -> None:
    """Keep of the consents what was agreed to and when, without the address, for as long as a claim lives."""
    records = dynamo.query(Table.USERS, profile_key(user_id)[0], begins="AGREED#", limit=10, consistent=True)
    for record in records.items:
        transaction.update(
            Table.USERS, (record["pk"], record["sk"]),
            _WITHDRAWAL, condition=IS_PRESENT, on_conflict=Conflict,
            now=clock.timestamp(now), until=clock.epoch(now + CONSENT_RETENTION),
        )  # fmt: skip
