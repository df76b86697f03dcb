"""The outbox as the mailer sees it: claim, then sent, postponed or dead; the log of what was sent.

An email leaves the outbox in one transaction with its row in the log or among the dead letters, so whatever
moment the mailer dies in, the email is in exactly one place.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Key, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.sharding import shard_for
from cabinet.notifications.delivery_rules import LEASE_SECONDS, LINK_LIFETIMES
from cabinet.notifications.model import QueuedEmail
from cabinet.outbox.emails import SHARDS, wake_mailer_for

LOG_RETENTION = timedelta(days=90)
DEAD_LETTER_RETENTION = timedelta(days=30)
HELD_RETENTION = timedelta(days=14)
"""How long an email to a suppressed address waits for the address to be released."""
_HELD_FIELDS = {"template", "to", "params", "user_id", "mailing", "account_id", "correlation_id"}
_PAGE_SIZE = 25

_CLAIM_UNCHANGED = "#status = :status AND #due_at = :due_at AND #attempts = :attempts"
_IS_MINE = "#claim = :claim"


class AddressReleased(Conflict):
    """The address has been taken off the suppression list meanwhile."""


class ClaimLost(Conflict):
    """Another mailer has claimed the email, or ours took so long that the claim has ended."""


def list_for_recipient(pk: str, address_hash: str) -> list[QueuedEmail]:
    """Return all emails that wait for one person: by their keys the oldest may be the last."""
    rows = dynamo.query_all(Table.MESSAGES, pk, begins=f"{address_hash}#", limit=_PAGE_SIZE, consistent=True)
    return [QueuedEmail.model_validate(row) for row in rows]


def waiting(shard: int) -> Iterator[QueuedEmail]:
    """Yield the emails of a shard as the sweep finds them."""
    for item in dynamo.query_all(Table.MESSAGES, f"OUTBOX#{shard}"):
        yield QueuedEmail.model_validate(item)


def sample_untried() -> Iterator[QueuedEmail]:
    """Yield emails that were never tried, of the first page of each shard.

    Keys begin with a hash, so the page is a fair sample: if no mail is sent, its emails stay too.
    """
    for shard in range(SHARDS):
        for item in dynamo.query(Table.MESSAGES, f"OUTBOX#{shard}", limit=_PAGE_SIZE).items:
            email = QueuedEmail.model_validate(item)
            if email.attempts == 0:
                yield email


def claim(email: QueuedEmail, claim_id: str) -> QueuedEmail:
    """Take the email for `LEASE_SECONDS`, counting the try; raises ClaimLost."""
    due_at = clock.epoch(clock.now()) + LEASE_SECONDS
    dynamo.update(
        Table.MESSAGES,
        (email.pk, email.sk),
        "SET #status = :sending, #due_at = :lease, #attempts = :tried, #claim = :claim",
        # Our own claim whose answer was lost is ours all the same.
        condition=f"({_CLAIM_UNCHANGED}) OR {_IS_MINE}",
        on_conflict=ClaimLost,
        status=email.status, due_at=email.due_at, attempts=email.attempts,
        sending="sending", lease=due_at, tried=email.attempts + 1, claim=claim_id,
    )  # fmt: skip
    return email.model_copy(update={"status": "sending", "due_at": due_at, "attempts": email.attempts + 1})


def mark_sent(email: QueuedEmail, claim_id: str, provider_id: str) -> None:
    """Put the email into the log, without address or texts, and take it out of the outbox."""
    _close(email, claim_id, {"outcome": "sent", "provider_id": provider_id})


def mark_skipped(email: QueuedEmail, claim_id: str, reason: str) -> None:
    """Close an email that must not be sent: its addressee was deleted or has unsubscribed."""
    _close(email, claim_id, {"outcome": "skipped", "reason": reason})


def mark_held(email: QueuedEmail, claim_id: str, suppressed: Key) -> None:
    """Keep an email to a suppressed address until the address is released or the email is out of date.

    `suppressed` is the key of the address's row: releasing the address first deletes that row, then
    looks for what was held, so that no email is held after that. Raises AddressReleased.
    """
    row = email.model_dump(include=_HELD_FIELDS)
    lasts = min(HELD_RETENTION, LINK_LIFETIMES.get(email.template, HELD_RETENTION))
    written_at = datetime.fromisoformat(email.created_at)
    kept = {"created_at": email.created_at, "expires_at": clock.epoch(written_at + lasts)}
    transaction = Transaction()
    transaction.check(Table.MESSAGES, suppressed, condition=IS_PRESENT, on_conflict=AddressReleased)
    transaction.put(
        Table.MESSAGES,
        row | kept | {"pk": _held_partition(email.address_hash), "sk": email.email_id},
        # The same email may have been written again: the newer one counts.
        condition="attribute_not_exists(pk) OR #created_at <= :created_at",
        on_conflict=dynamo.conflict,
        created_at=email.created_at,
    )
    _close(email, claim_id, {"outcome": "skipped", "reason": "suppressed"}, transaction)


def release_held(address_hash: str) -> int:
    """Put the emails that were held for an address back into the outbox; return how many there were."""
    keys: list[Key] = []
    for row in dynamo.query_all(Table.MESSAGES, _held_partition(address_hash)):
        pk, sk = f"OUTBOX#{shard_for(address_hash, SHARDS)}", f"{address_hash}#{row['sk']}"
        email = {name: value for name, value in row.items() if name not in ("expires_at", "mark")}
        transaction = Transaction()
        transaction.delete(Table.MESSAGES, (row["pk"], row["sk"]), condition=IS_PRESENT, on_conflict=NotFound)
        transaction.put(
            Table.MESSAGES,
            email | {"pk": pk, "sk": sk, "status": "waiting", "attempts": 0, "due_at": 0},
            condition=IS_ABSENT,
            on_conflict=Conflict,
        )
        # Another release has sent it, or the same email waits already.
        with suppress(NotFound, Conflict):
            transaction.commit()
            keys.append((pk, sk))
    wake_mailer_for(keys)
    return len(keys)


def count_held(address_hash: str) -> int:
    """Return how many emails wait for an address to be released."""
    return sum(1 for _ in dynamo.query_all(Table.MESSAGES, _held_partition(address_hash)))


def _held_partition(address_hash: str) -> str:
    return f"HELDMAIL#{address_hash}"


def _close(email: QueuedEmail, claim_id: str, outcome: Item, transaction: Transaction | None = None) -> None:
    moment = clock.now()
    transaction = transaction or Transaction()
    transaction.delete(
        Table.MESSAGES, (email.pk, email.sk), condition=_IS_MINE, on_conflict=ClaimLost, claim=claim_id
    )
    transaction.put(
        Table.MESSAGES,
        {
            "pk": f"DELIVERY#{email.address_hash}",
            "sk": f"{clock.timestamp(moment)}#{email.email_id}",
            "template": email.template,
            "user_id": email.user_id,
            "account_id": email.account_id,
            "attempts": email.attempts,
            "expires_at": clock.epoch(moment + LOG_RETENTION),
        }
        | outcome,
        condition=IS_ABSENT,
        on_conflict=dynamo.conflict,
    )
    transaction.commit()


def reschedule(
    email: QueuedEmail, claim_id: str, *, pause_seconds: int, failure: str, is_throttled: bool
) -> None:
    """Make the email wait for a later try; a throttled one does not count as tried."""
    dynamo.update(
        Table.MESSAGES,
        (email.pk, email.sk),
        "SET #status = :waiting, #due_at = :due_at, #attempts = :attempts, #throttled = :throttled,"
        " #failure = :failure REMOVE #claim",
        condition=_IS_MINE,
        on_conflict=ClaimLost,
        claim=claim_id,
        waiting="waiting",
        due_at=clock.epoch(clock.now()) + pause_seconds,
        attempts=email.attempts - is_throttled,
        throttled=email.throttled + 1 if is_throttled else 0,
        failure=failure,
    )


def move_to_dead_letters(email: QueuedEmail, claim_id: str, failure: str) -> None:
    """Move the email among the dead, whole, so that a person can look and send it again."""
    moment = clock.now()
    row = email.model_dump(exclude={"pk", "sk", "status", "due_at", "throttled", "failure"})
    transaction = Transaction()
    transaction.delete(
        Table.MESSAGES, (email.pk, email.sk), condition=_IS_MINE, on_conflict=ClaimLost, claim=claim_id
    )
    transaction.put(
        Table.MESSAGES,
        row
        | {
            "pk": email.pk.replace("OUTBOX#", "DEADMAIL#"),
            "sk": email.sk,
            "failure": failure,
            "died_at": clock.timestamp(moment),
            "expires_at": clock.epoch(moment + DEAD_LETTER_RETENTION),
        },
        # The same email may have died before and been sent again: the newer dead letter counts.
        condition="attribute_not_exists(pk) OR #died_at < :died_at",
        on_conflict=dynamo.conflict,
        died_at=clock.timestamp(moment),
    )
    transaction.commit()


def dead_letters() -> Iterator[Item]:
    """Yield all dead letters, for the staff."""
    for shard in range(SHARDS):
        yield from dynamo.query_all(Table.MESSAGES, f"DEADMAIL#{shard}")


def dead_letter_key(address_hash: str, email_id: str) -> Key:
    """Return the key of a dead letter to an address (its hash)."""
    return f"DEADMAIL#{shard_for(address_hash, SHARDS)}", f"{address_hash}#{email_id}"


def resend(dead: Item, add_audit_row: AddAuditRow | None = None) -> QueuedEmail:
    """Put a dead letter back into the outbox, as if it were new.

    Raises NotFound when it is gone, Conflict when the same email waits already.
    """
    pk = dead["pk"].replace("DEADMAIL#", "OUTBOX#")
    row = {name: value for name, value in dead.items() if name not in ("died_at", "expires_at", "mark")} | {
        "pk": pk, "status": "waiting", "attempts": 0, "due_at": 0,
    }  # fmt: skip
    transaction = Transaction()
    transaction.delete(
        Table.MESSAGES, (dead["pk"], dead["sk"]), condition="#died_at = :died_at", on_conflict=NotFound,
        died_at=dead["died_at"],
    )  # fmt: skip
    transaction.put(Table.MESSAGES, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    if add_audit_row is not None:
        add_audit_row(transaction)
    transaction.commit()
    return QueuedEmail.model_validate(row)


def delivery_log(address_hash: str) -> list[Item]:
    """Return what was sent to an address (its hash) of late, newest first."""
    return dynamo.query(Table.MESSAGES, f"DELIVERY#{address_hash}", newest_first=True, limit=20).items
