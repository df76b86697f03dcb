"""«Удаление личного кабинета»: bindings, sessions, tokens and the user go; payments and the ledger stay.

More goes than a transaction takes, so it is a sequence. Until its last transaction the user still has a
cabinet, emptier at each step, and presses the button again if a step was the last that ran; the last
transaction requires that nobody has bound, entered or changed keys meanwhile. After it the address is free.
"""

from datetime import datetime, timedelta

from cabinet import clock, dynamo
from cabinet.accounts.keys import binding_key, profile_key
from cabinet.accounts.store import end_refusal
from cabinet.dynamo import IS_PRESENT, Table, Transaction
from cabinet.errors import Conflict, Unavailable
from cabinet.idempotency import partition as idempotency_partition
from cabinet.identity import users
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.keys import email_key, esia_key
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.one_time import THERE_OR_NOT
from cabinet.identity.telling import tell
from cabinet.log import Event, note
from cabinet.messaging.notices.store import reader_key
from cabinet.messaging.outbox import nudge
from cabinet.messaging.telling import told_partition
from cabinet.payments.keys import cart_key
from cabinet.wire import Item

CONSENT_KEPT = timedelta(days=3 * 365)
"""The proof that the data were held lawfully, for as long as a claim may be made (ст. 196 ГК РФ)."""
_RIVALS = 5
_UNBOUND = "(attribute_not_exists(#bindings) OR #bindings = :bindings)"
_REFUSES_NOTHING = "attribute_exists(pk) AND (attribute_not_exists(#paperless) OR #paperless.#enabled = :off)"
_IS_MINE = "attribute_not_exists(pk) OR #user_id = :user_id"


def leave(user_id: str, moment: datetime) -> None:
    """Delete the cabinet; raises Unavailable when rivals keep changing it. Safe to repeat."""
    for _ in range(_RIVALS):
        try:
            _unbind_all(user_id)
            _erase_traces(user_id)
            if _erase_user(user_id, moment):
                _erase_traces(user_id)
            return
        except Conflict:
            continue
    raise Unavailable


def _unbind_all(user_id: str) -> None:
    profile = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    if profile is None:
        return
    page = dynamo.query(Table.USERS, profile_key(user_id)[0], begins="BINDING#", consistent=True)
    if not page.items:
        return
    for binding in page.items:
        # Who leaves gets no receipts by mail any more: the supplier must print again.
        end_refusal(user_id, binding)
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user_id), "SET #bindings = :renewed, #primary_account_id = :none",
        when=f"attribute_exists(pk) AND {_UNBOUND}", otherwise=Conflict,
        bindings=profile.get("bindings", ""), renewed=transaction.mark, none=None,
    )  # fmt: skip
    for binding in page.items:
        key = binding_key(user_id, binding["account_id"])
        transaction.delete(Table.USERS, key, when=_REFUSES_NOTHING, otherwise=Conflict, off=False)
    transaction.commit()


def _erase_traces(user_id: str) -> None:
    """Delete journal, cart, marks of what was read and told: nothing else depends on them, so one by one."""
    partition, _ = profile_key(user_id)
    _erase(Table.USERS, list(dynamo.walk(Table.USERS, partition, begins="AUDIT#", consistent=True)))
    for table, traces in [
        (Table.USERS, idempotency_partition(user_id)),
        (Table.PAYMENTS, cart_key(user_id)[0]),
        (Table.MESSAGES, reader_key(user_id)[0]),
        (Table.MESSAGES, told_partition(user_id)),
    ]:
        _erase(table, list(dynamo.walk(table, traces, consistent=True)))


def _erase(table: Table, rows: list[Item]) -> None:
    for row in rows:
        dynamo.delete(table, (row["pk"], row["sk"]), when=THERE_OR_NOT, otherwise=Conflict)


def _erase_user(user_id: str, moment: datetime) -> bool:
    """Delete what makes a cabinet, in one transaction; False when it was done before."""
    profile = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    standing = users.user_with_sessions(user_id, moment)
    if profile is None or standing is None:
        return False
    user = standing.user
    if dynamo.query(Table.USERS, profile_key(user_id)[0], begins="BINDING#", limit=1, consistent=True).items:
        raise Conflict
    transaction = Transaction()
    transaction.delete(
        Table.USERS, profile_key(user_id), when=f"{users.NOBODY_ENTERED} AND {_UNBOUND}", otherwise=Conflict,
        credentials=user.credentials, entries=user.entries, bindings=profile.get("bindings", ""),
    )  # fmt: skip
    _free_names(transaction, user)
    users.end_sessions(transaction, user_id, standing.sessions)
    users.void_tokens(transaction, user)
    _withdraw_consent(transaction, user_id, moment)
    letter = tell(transaction, user, SecurityEvent.DELETED, moment)
    transaction.commit()
    nudge(*([letter] if letter else []))
    note(Event.CABINET_DELETED, user_id=user_id)
    return True


def _free_names(transaction: Transaction, user: User) -> None:
    """Free the address and the account of Госуслуги for another cabinet."""
    for key in [
        *([email_key(mailbox_of(user.email))] if user.email else []),
        *([esia_key(user.esia_oid)] if user.esia_oid else []),
    ]:
        transaction.delete(Table.USERS, key, when=_IS_MINE, otherwise=Conflict, user_id=user.user_id)


def _withdraw_consent(transaction: Transaction, user_id: str, moment: datetime) -> None:
    """Keep of the consents what was agreed to and when, without the address, for as long as a claim lives."""
    records = dynamo.query(Table.USERS, profile_key(user_id)[0], begins="AGREED#", limit=3, consistent=True)
    for record in records.items:
        transaction.update(
            Table.USERS, (record["pk"], record["sk"]),
            "SET #withdrawn_at = :now, #expires_at = :until REMOVE #address",
            when=IS_PRESENT, otherwise=Conflict,
            now=clock.timestamp(moment), until=clock.epoch(moment + CONSENT_KEPT),
        )  # fmt: skip
