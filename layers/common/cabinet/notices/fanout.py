"""Mails and pushes of a notice: a fan-out over the board's audience, each person once by each channel.

An emergency goes to everybody with a confirmed address, whatever mailings they chose: that consumers learn of
outages is the organisation's duty (п. 31 ПП РФ № 354), not a mailing that one subscribes to. The rest goes to
those who want it.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any

from cabinet.accounts.keys import user_id_from_row
from cabinet.accounts.notification_kind_rules import NotificationKind, pushed_kinds
from cabinet.accounts.rules import is_subscribed
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Table, key_attributes
from cabinet.core import clock
from cabinet.fanout import FanoutJob
from cabinet.identity.keys import profile_key
from cabinet.notices.keys import publication_key
from cabinet.notices.model import Board, Publication
from cabinet.notices.rules import validity_text
from cabinet.outbox.deduplicated_send import NotificationUnit, dedupe_partition, send_once
from cabinet.outbox.emails import Email
from cabinet.outbox.pushes import Push

KIND = "notice"
END_KIND = "notice_end"
_SENT_RETENTION = timedelta(days=60)
_BATCH = 99
_NOTICE_PARAMS = ("title", "text", "supplier_name", "term")
_END_PARAMS = ("title", "supplier_name")


def mail_notice_job(publication: Publication, board: Board, supplier: Supplier) -> FanoutJob:
    """Return the job that mails a publication to those who read one of its boards."""
    return _job(KIND, publication, board, supplier)


def mail_end_job(publication: Publication, board: Board, supplier: Supplier) -> FanoutJob:
    """Return the job that mails the end of an emergency to those who read one of its boards."""
    return _job(END_KIND, publication, board, supplier)


def _job(job_kind: str, publication: Publication, board: Board, supplier: Supplier) -> FanoutJob:
    kind, _, name = board.name.partition("#")
    params = {
        "publication_id": publication.publication_id,
        "kind": publication.kind,
        "title": publication.title,
        "text": publication.text,
        "supplier_name": supplier.name,
        "time_zone": supplier.time_zone,
    }
    return FanoutJob(
        f"{job_kind}-{publication.publication_id}-{board.code}",
        job_kind,
        supplier.supplier_id,
        params,
        house=name if kind == "HOUSE" else None,
        account_id=name if kind == "ACCOUNT" else None,
    )


def is_mailed(kind: str, binding: Mapping[str, Any]) -> bool:
    """Tell whether a notice of this kind is mailed to the subscriber of a binding."""
    return kind == "emergency" or is_subscribed(binding, "notices")


def mail_notice(job: FanoutJob, bindings: Sequence[Item]) -> None:
    """Write the emails and pushes of a page; one person gets one, however many accounts are bound."""
    params = _reload_params(job.params)
    if params is None:
        return
    wanting = _by_person(sorted(bindings, key=lambda each: not is_mailed(params["kind"], each)))
    # A page of a house holds all subscribers of its accounts, however many they are.
    for group in batched(wanting.items(), _BATCH, strict=False):
        _write(group, lambda profile, binding: _notification_unit(params, profile, binding))
    # Of an end that came meanwhile we write, unless the fan-out of the end has seen our emails.
    if params["kind"] == "emergency" and _is_ended(params["publication_id"]):
        mail_end(job, bindings)


def mail_end(job: FanoutJob, bindings: Sequence[Item]) -> None:
    """Write the mails about the end of an emergency, to everyone who was mailed about it, once each."""
    for group in batched(_by_person(bindings).items(), _BATCH, strict=False):
        keys = [_sent_key(job.params["publication_id"], user_id) for user_id, _ in group]
        mailed = dynamo.batch_get([(Table.MESSAGES, key) for key in keys], consistent=True)
        informed = [each for each, row in zip(group, mailed, strict=True) if row is not None]
        if informed:
            _write(informed, lambda profile, binding: _end_unit(job.params, profile, binding))


def _by_person(bindings: Iterable[Item]) -> dict[str, Item]:
    """Return one binding of each person, by user id."""
    found: dict[str, Item] = {}
    for binding in bindings:
        found.setdefault(user_id_from_row(binding), binding)
    return found


def _write(people: Sequence[tuple[str, Item]], unit_for: Callable[[Item, Item], NotificationUnit]) -> None:
    """Write what goes by any channel; people who get nothing by any are not recorded as notified."""
    profiles = dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id, _ in people])
    units = [
        unit_for(profile, binding)
        for profile, (_, binding) in zip(profiles, people, strict=True)
        if profile is not None
    ]
    send_once([unit for unit in units if unit.emails or unit.pushes])


def _is_ended(publication_id: str) -> bool:
    row = dynamo.get(Table.MESSAGES, publication_key(publication_id), consistent=True)
    return row is not None and row["ended_at"] is not None


def _reload_params(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the email says after corrections; None when the notice is over: that is no news."""
    row = dynamo.get(Table.MESSAGES, publication_key(params["publication_id"]))
    if row is None:
        return {"term": "", "kind": "common", **params}
    publication = Publication.model_validate(row)
    if publication.is_over(clock.timestamp(clock.now())):
        return None
    term = validity_text(publication, params["time_zone"])
    return {**params, "title": publication.title, "text": publication.text, "term": term}


def _notification_unit(params: Mapping[str, Any], profile: Item, binding: Item) -> NotificationUnit:
    publication_id, user_id = params["publication_id"], profile["user_id"]
    said = {name: params[name] for name in _NOTICE_PARAMS}
    is_emergency = params["kind"] == "emergency"
    template, mailing = ("emergency", None) if is_emergency else ("notice", "notices")
    name = _email_id(publication_id, user_id)
    emails = []
    if profile.get("email") and is_mailed(params["kind"], binding):
        emails = [Email(template, profile["email"], said, name, user_id, mailing, binding["account_id"])]
    kind: NotificationKind = "emergencies" if is_emergency else "notices"
    pushes = _pushes(kind, template, profile, binding, name, params["time_zone"])
    row = _sent_row(_sent_key(publication_id, user_id))
    return NotificationUnit(row, IS_ABSENT, emails, pushes=pushes)


def _end_unit(params: Mapping[str, Any], profile: Item, binding: Item) -> NotificationUnit:
    publication_id, user_id = params["publication_id"], profile["user_id"]
    said = {name: params[name] for name in _END_PARAMS}
    name = _email_id(f"{publication_id}/end", user_id)
    emails = []
    if profile.get("email"):
        account_id = binding["account_id"]
        emails = [Email("emergency_over", profile["email"], said, name, user_id, None, account_id)]
    pushes = _pushes("emergencies", "emergency_over", profile, binding, name, params["time_zone"])
    pk, sk = _sent_key(publication_id, user_id)
    return NotificationUnit(_sent_row((pk, f"{sk}#END")), IS_ABSENT, emails, pushes=pushes)


def _pushes(
    kind: NotificationKind, template: str, profile: Item, binding: Item, name: str, time_zone: str
) -> list[Push]:
    if kind not in pushed_kinds(profile):
        return []
    return [Push(template, profile["user_id"], name, time_zone, binding["account_id"])]


def _sent_key(publication_id: str, user_id: str) -> Key:
    return dedupe_partition(user_id), f"NOTICE#{publication_id}"


def _sent_row(key: Key) -> Item:
    return {**key_attributes(key), "expires_at": clock.epoch(clock.now() + _SENT_RETENTION)}


def _email_id(named: str, user_id: str) -> str:
    return hashlib.sha256(f"{named}/{user_id}".encode()).hexdigest()[:32]
