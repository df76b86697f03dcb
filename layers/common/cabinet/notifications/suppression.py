"""Addresses that must not be written to again: they bounced permanently, or their owner reported spam.

SES tells by SNS, mail servers by reports (`channels/email/delivery_report`); the address goes on the list and
its user's profile is marked, so that the settings can say «письма не доходят».
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Key, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.contacts import canonical_email, recipient_hash
from cabinet.core.errors import Conflict, DomainError, NotFound
from cabinet.core.sharding import shard_for
from cabinet.identity.email_problem import Reason
from cabinet.identity.keys import email_key, profile_key
from cabinet.notifications.outbox_store import release_held
from cabinet.staff.resident_rules import masked_email

LIST_SHARDS = 4
_UNKNOWN_OR_BOUNCED = "attribute_not_exists(pk) OR #reason = :bounce"

_IS_MARKED = "#email_problem.#address_hash = :address_hash"

_IGNORED_FEEDBACK_TYPES = {"not-spam", "auth-failure"}
"""Feedback types (RFC 5965) by which nobody asks us to stop."""
_MESSAGE_REASONS = {"MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"}
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_PERMANENT_STATUS = re.compile(r"5\.(?:[01]\.\d+|2\.1|3\.0|4\.4)")
"""RFC 3463: the address, a closed mailbox, the receiving system without a reason, a domain without mail."""
_REPLY = re.compile(r"(?<![\d.])([245]\d\d)(?![\d.])")
_PERMANENT_REPLIES = {"550", "551", "553"}
"""RFC 5321: no such mailbox, not here, a name that is not allowed; 552 is a full one, 554 says nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the provider says of some addresses; `user_id` is the tag that our mail carried."""

    reason: Reason
    addresses: tuple[str, ...]
    detail: str
    user_id: str | None


def suppression_key(email: str) -> Key:
    """Return the key of the address's row in the list."""
    return f"SUPPRESSED#{recipient_hash(email)}", "ADDRESS"


def list_entry_key(address_hash: str) -> Key:
    """Return the key of an address (its hash) in the staff's list of suppressed ones."""
    return f"SUPPRESSIONS#{shard_for(address_hash, LIST_SHARDS)}", address_hash


def read_report(message: str) -> Report | None:
    """Return what an SNS message of SES says, None when it asks nothing of us.

    That is a passing bounce, a person who says that our mail is no spam, a report on signatures.

    Raises
    ------
    ValueError
        When it is not a notification of SES at all.
    """
    payload: dict[str, Any] = json.loads(message)
    kind = payload.get("eventType") or payload.get("notificationType")
    if kind is None:
        raise ValueError("not a notification of SES")
    tags = (payload.get("mail") or {}).get("tags") or {}
    user_id = next(iter(tags.get("user_id", [])), None)
    if kind == "Bounce":
        bounce = payload["bounce"]
        recipients = [found for found in bounce.get("bouncedRecipients", []) if _is_permanent(bounce, found)]
        subtype = str(bounce.get("bounceSubType", ""))
        return Report("bounce", _addresses(recipients), subtype, user_id) if recipients else None
    if kind == "Complaint":
        complaint = payload["complaint"]
        detail = str(complaint.get("complaintFeedbackType") or "")
        if detail.lower() in _IGNORED_FEEDBACK_TYPES:
            return None
        return Report("complaint", _addresses(complaint.get("complainedRecipients", [])), detail, user_id)
    return None


def _is_permanent(bounce: dict[str, Any], recipient: dict[str, Any]) -> bool:
    """Tell whether an address will never take mail.

    SES calls some refusals of the receiving server «Transient» though their status says 5.3.0 or 5.4.4
    (RFC 3463: class 5 is permanent): the status decides, unless it is about this email or a full mailbox.
    """
    if bounce.get("bounceType") == "Permanent":
        return True
    if bounce.get("bounceSubType") in _MESSAGE_REASONS:
        return False
    return is_permanent(str(recipient.get("status") or ""), str(recipient.get("diagnosticCode") or ""))


def is_permanent(status_header: str, diagnostic: str) -> bool:
    """Tell by a status (RFC 3463), or the receiving server's text, whether an address is dead."""
    status = _STATUS.search(status_header) or _STATUS.search(diagnostic)
    reply = _REPLY.search(diagnostic)
    if reply is not None and reply[1] not in _PERMANENT_REPLIES:
        return False
    return _PERMANENT_STATUS.fullmatch(status[0]) is not None if status is not None else reply is not None


def _addresses(recipients: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(found["emailAddress"].strip(" <>") for found in recipients if found.get("emailAddress"))


def suppress_addresses(report: Report) -> None:
    """Put the report's addresses on the list and mark their user; the same report twice changes nothing."""
    for address in report.addresses:
        row = {
            **key_attributes(suppression_key(address)),
            "reason": report.reason,
            "detail": report.detail[:64],
            "suppressed_at": clock.timestamp(clock.now()),
        }
        with suppress(_AlreadySuppressed):
            # A complaint outranks a bounce: the person said it, not a machine.
            when = _UNKNOWN_OR_BOUNCED if report.reason == "complaint" else IS_ABSENT
            bound = {"bounce": "bounce"} if report.reason == "complaint" else {}
            dynamo.put(Table.MESSAGES, row, condition=when, on_conflict=_AlreadySuppressed, **bound)
        user_id = report.user_id or _find_user(address)
        _add_to_list(address, row, user_id)
        if user_id:
            _mark_profile(user_id, address, report.reason)


def _find_user(email: str) -> str | None:
    """Return whose login the address is: a provider may not bring our tags back."""
    row = dynamo.get(Table.USERS, email_key(canonical_email(email)))
    return str(row["user_id"]) if row else None


def _mark_profile(user_id: str, email: str, reason: Reason) -> None:
    profile = dynamo.get(Table.USERS, profile_key(user_id))
    current = (profile or {}).get("email") or ""
    if recipient_hash(current) != recipient_hash(email):
        return  # deleted, or the address has been changed: then the mark would be about nobody
    with suppress(NotFound):  # changed since we looked
        dynamo.update(
            Table.USERS,
            profile_key(user_id),
            "SET #email_problem = :problem",
            condition="attribute_exists(pk) AND #email = :email",
            on_conflict=NotFound,
            email=current,
            problem={"reason": reason, "address_hash": recipient_hash(email)},
        )


def _add_to_list(email: str, row: Item, user_id: str | None) -> None:
    """Put the address into the staff's list, in a form that does not reveal it."""
    address_hash = recipient_hash(email)
    listed = {
        **key_attributes(list_entry_key(address_hash)), "email_masked": masked_email(email),
        "user_id": user_id, "reason": row["reason"], "suppressed_at": row["suppressed_at"],
    }  # fmt: skip
    # A complaint outranks a bounce here as well; otherwise the first report stays.
    when = _UNKNOWN_OR_BOUNCED if row["reason"] == "complaint" else IS_ABSENT
    bound = {"bounce": "bounce"} if row["reason"] == "complaint" else {}
    with suppress(_AlreadySuppressed):
        dynamo.put(Table.MESSAGES, listed, condition=when, on_conflict=_AlreadySuppressed, **bound)


def unsuppress(email: str, add_audit_row: AddAuditRow | None = None) -> int:
    """Remove a working address from the list, and send what was held for it.

    Returns how many emails were held; raises NotFound when there is nothing to release.
    """
    return unsuppress_hash(recipient_hash(email), _find_user(email), add_audit_row)


def unsuppress_hash(address_hash: str, user_id: str | None, add_audit_row: AddAuditRow | None = None) -> int:
    """Take an address (its hash) off the list and its user's mark away, and send what was held for it.

    The e-mails go last: after a crash before them the command is run again. `add_audit_row` is
    called with the transaction. Returns how many emails were held; raises NotFound, Conflict.
    """
    suppressed = f"SUPPRESSED#{address_hash}", "ADDRESS"
    reads = [(Table.MESSAGES, suppressed), (Table.MESSAGES, list_entry_key(address_hash))]
    if user_id:
        reads.append((Table.USERS, profile_key(user_id)))
    row, listed, profile = (*dynamo.batch_get(reads, consistent=True), None)[:3]
    transaction = Transaction()
    for key, found in ((suppressed, row), (list_entry_key(address_hash), listed)):
        if found is not None:
            transaction.delete(Table.MESSAGES, key, condition=IS_PRESENT, on_conflict=Conflict)
    if user_id and ((profile or {}).get("email_problem") or {}).get("address_hash") == address_hash:
        transaction.update(
            Table.USERS, profile_key(user_id), "REMOVE #email_problem",
            condition=_IS_MARKED, on_conflict=Conflict, address_hash=address_hash,
        )  # fmt: skip
    was_listed = len(transaction) > 0
    if was_listed:
        if add_audit_row is not None:
            add_audit_row(transaction)
        transaction.commit()
    sent = release_held(address_hash)
    if not was_listed and not sent:
        raise NotFound
    return sent


class _AlreadySuppressed(DomainError):
    """The address is on the list already."""
