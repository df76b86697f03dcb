"""Addresses that must not be written to again: they bounced for good, or their owner called us spam.

The provider tells by SNS; the address goes on the list and its user's profile is marked, so that the
settings can say «письма не доходят».
"""

import json
from contextlib import suppress as suppress_error
from dataclasses import dataclass
from typing import Any, Literal

from cabinet import clock, dynamo
from cabinet.accounts.keys import profile_key
from cabinet.dynamo import IS_ABSENT, IS_PRESENT, Key, Table
from cabinet.errors import DomainError, NotFound
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.keys import email_key
from cabinet.messaging.outbox import address_hash
from cabinet.wire import Item

_UNKNOWN_OR_BOUNCED = "attribute_not_exists(pk) OR #reason = :bounce"

_MARKED_FOR = "#email_problem.#address_hash = :address_hash"

type Reason = Literal["bounce", "complaint"]


@dataclass(frozen=True, slots=True)
class Report:
    """What the provider says of some addresses; `user_id` is the tag that our mail carried."""

    reason: Reason
    addresses: tuple[str, ...]
    detail: str
    user_id: str | None


def suppression_key(address: str) -> Key:
    """Return the key of the address's row in the list."""
    return f"SUPPRESSED#{address_hash(address)}", "ADDRESS"


def read_report(message: str) -> Report | None:
    """Return what an SNS message of SES says, None when it asks nothing of us (a passing bounce).

    Raises
    ------
    ValueError
        When it is not a notification of SES at all.
    """
    told: dict[str, Any] = json.loads(message)
    kind = told.get("eventType") or told.get("notificationType")
    if kind is None:
        raise ValueError("not a notification of SES")
    tags = (told.get("mail") or {}).get("tags") or {}
    user_id = next(iter(tags.get("user_id", [])), None)
    if kind == "Bounce" and told["bounce"].get("bounceType") == "Permanent":
        bounce = told["bounce"]
        recipients = bounce.get("bouncedRecipients", [])
        return Report("bounce", _addresses(recipients), str(bounce.get("bounceSubType", "")), user_id)
    if kind == "Complaint":
        complaint = told["complaint"]
        recipients = complaint.get("complainedRecipients", [])
        detail = str(complaint.get("complaintFeedbackType") or "")
        return Report("complaint", _addresses(recipients), detail, user_id)
    return None


def _addresses(recipients: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(found["emailAddress"].strip(" <>") for found in recipients if found.get("emailAddress"))


def suppress(report: Report) -> None:
    """Put the report's addresses on the list and mark their user; the same report twice changes nothing."""
    for address in report.addresses:
        pk, sk = suppression_key(address)
        row = {
            "pk": pk,
            "sk": sk,
            "reason": report.reason,
            "detail": report.detail[:64],
            "suppressed_at": clock.timestamp(clock.now()),
        }
        with suppress_error(_Known):
            # A complaint outranks a bounce: the person said it, not a machine.
            when = _UNKNOWN_OR_BOUNCED if report.reason == "complaint" else IS_ABSENT
            bound = {"bounce": "bounce"} if report.reason == "complaint" else {}
            dynamo.put(Table.MESSAGES, row, when=when, otherwise=_Known, **bound)
        user_id = report.user_id or _owner_of(address)
        if user_id:
            _mark_profile(user_id, address, report.reason)


def _owner_of(address: str) -> str | None:
    """Return whose login the address is: a provider may not bring our tags back."""
    row = dynamo.get(Table.USERS, email_key(mailbox_of(address)))
    return str(row["user_id"]) if row else None


def _mark_profile(user_id: str, address: str, reason: Reason) -> None:
    profile = dynamo.get(Table.USERS, profile_key(user_id))
    email = (profile or {}).get("email") or ""
    if address_hash(email) != address_hash(address):
        return  # deleted, or the address has been changed: then the mark would be about nobody
    try:
        dynamo.update(
            Table.USERS,
            profile_key(user_id),
            "SET #email_problem = :problem",
            when="attribute_exists(pk) AND #email = :email",
            otherwise=NotFound,
            email=email,
            problem={"reason": reason, "address_hash": address_hash(address)},
        )
    except NotFound:
        return  # changed since we looked


def release(address: str) -> None:
    """Take an address off the list (by the staff, when its owner has mended it); raises NotFound.

    The mark goes first: if the rest does not happen, the list still holds the address and can be tried again.
    """
    user_id = _owner_of(address)
    if user_id:
        with suppress_error(NotFound):
            dynamo.update(
                Table.USERS,
                profile_key(user_id),
                "REMOVE #email_problem",
                when=_MARKED_FOR,
                otherwise=NotFound,
                address_hash=address_hash(address),
            )
    dynamo.delete(Table.MESSAGES, suppression_key(address), when=IS_PRESENT, otherwise=NotFound)


def email_problem(profile: Item) -> Reason | None:
    """Return why mails to the profile's present address do not arrive; None when they do."""
    problem = profile.get("email_problem") or {}
    if problem.get("address_hash") != address_hash(profile.get("email") or ""):
        return None
    reason: Reason = problem["reason"]
    return reason


class _Known(DomainError):
    """The address is on the list already."""
