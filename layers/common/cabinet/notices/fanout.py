"""Mails of a notice: a fan-out over the board's audience, each person once.

An emergency goes to everybody with a confirmed address, whatever mailings they chose: that consumers hear of
outages is the organisation's duty (п. 31 ПП РФ № 354), not a mailing that one subscribes to. The rest goes to
those who want it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any

from cabinet.accounts.model import Supplier
from cabinet.accounts.rules import is_subscribed
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.aws.dynamo.serialization import Item
from cabinet.core import clock
from cabinet.fanout import Job
from cabinet.identity.keys import profile_key
from cabinet.notices.keys import publication_key
from cabinet.notices.model import Board, Publication
from cabinet.notices.rules import term_text
from cabinet.outbox.deduplicated_send import NotificationUnit, dedupe_partition, send_once
from cabinet.outbox.queue import Email

KIND = "notice"
_REMEMBERED = timedelta(days=60)
_BATCH = 99
_OF_THE_LETTER = ("title", "text", "supplier_name", "term")


def board_job(publication: Publication, board: Board, supplier: Supplier) -> Job:
    """Return the job that mails a publication to those who read one of its boards."""
    kind, _, name = board.name.partition("#")
    params = {
        "publication_id": publication.publication_id,
        "kind": publication.kind,
        "title": publication.title,
        "text": publication.text,
        "supplier_name": supplier.name,
        "time_zone": supplier.time_zone,
    }
    return Job(
        f"{KIND}-{publication.publication_id}-{board.code}",
        KIND,
        supplier.supplier_id,
        params,
        house=name if kind == "HOUSE" else None,
        account_id=name if kind == "ACCOUNT" else None,
    )


def is_mailed(kind: str, binding: Mapping[str, Any]) -> bool:
    """Tell whether a notice of this kind is mailed to the subscriber of a binding."""
    return kind == "emergency" or is_subscribed(binding, "notices")


def mail_notice(job: Job, bindings: Sequence[Item]) -> None:
    """Write the letters of a page; one person gets one, however many accounts are bound."""
    params = _as_it_stands(job.params)
    if params is None:
        return
    wanting: dict[str, Item] = {}
    for binding in bindings:
        if is_mailed(params["kind"], binding):
            wanting.setdefault(str(binding["pk"]).removeprefix("USER#"), binding)
    # A page of a house holds all subscribers of its accounts, however many they are.
    for group in batched(wanting.items(), _BATCH, strict=False):
        profiles = dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id, _ in group])
        send_once(
            [
                _notification_unit(params, profile, binding)
                for profile, (_, binding) in zip(profiles, group, strict=True)
                if profile is not None and profile.get("email")
            ]
        )


def _as_it_stands(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the letter says after corrections; None when the notice is over: that is no news."""
    row = dynamo.get(Table.MESSAGES, publication_key(params["publication_id"]))
    if row is None:
        return {"term": "", "kind": "common", **params}
    publication = Publication.model_validate(row)
    if publication.is_over(clock.timestamp(clock.now())):
        return None
    term = term_text(publication, params["time_zone"])
    return {**params, "title": publication.title, "text": publication.text, "term": term}


def _notification_unit(params: Mapping[str, Any], profile: Item, binding: Item) -> NotificationUnit:
    publication_id, user_id = params["publication_id"], profile["user_id"]
    row = {
        "pk": dedupe_partition(user_id),
        "sk": f"NOTICE#{publication_id}",
        "expires_at": clock.epoch(clock.now() + _REMEMBERED),
    }
    said = {name: params[name] for name in _OF_THE_LETTER}
    name = hashlib.sha256(f"{publication_id}/{user_id}".encode()).hexdigest()[:32]
    is_emergency = params["kind"] == "emergency"
    template, mailing = ("emergency", None) if is_emergency else ("notice", "notices")
    letter = Email(template, profile["email"], said, name, user_id, mailing, binding["account_id"])
    return NotificationUnit(row, IS_ABSENT, [letter])
