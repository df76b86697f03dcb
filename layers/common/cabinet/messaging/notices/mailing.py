"""Mails of a notice to those who want them: a fan-out over the board's audience, each person once."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from cabinet import clock, dynamo
from cabinet.accounts.keys import profile_key
from cabinet.accounts.model import Supplier
from cabinet.dynamo import IS_ABSENT, Table
from cabinet.messaging.fanout import Job
from cabinet.messaging.outbox import Letter
from cabinet.messaging.rules import wants
from cabinet.messaging.telling import Telling, tell, told_partition
from cabinet.wire import Item

KIND = "notice"
_REMEMBERED = timedelta(days=60)
_BATCH = 99


def notice_job(
    publication_id: str,
    supplier: Supplier,
    title: str,
    text: str,
    *,
    house: str | None,
    account_id: str | None,
) -> Job:
    """Return the job that mails a publication to a supplier's, a house's or an account's subscribers."""
    params = {
        "publication_id": publication_id, "title": title, "text": text, "supplier_name": supplier.name,
    }  # fmt: skip
    return Job(f"{KIND}-{publication_id}", KIND, supplier.supplier_id, params, house, account_id)


def mail_notice(job: Job, bindings: Sequence[Item]) -> None:
    """Write the letters of a page; one person gets one, however many accounts are bound."""
    wanting: dict[str, Item] = {}
    for binding in bindings:
        if wants(binding, "notices"):
            wanting.setdefault(str(binding["pk"]).removeprefix("USER#"), binding)
    # A page of a house holds all subscribers of its accounts, however many they are.
    for group in batched(wanting.items(), _BATCH, strict=False):
        profiles = dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id, _ in group])
        tell(
            [
                _telling(job, profile, binding)
                for profile, (_, binding) in zip(profiles, group, strict=True)
                if profile is not None and profile.get("email")
            ]
        )


def _telling(job: Job, profile: Item, binding: Item) -> Telling:
    publication_id, user_id = job.params["publication_id"], profile["user_id"]
    row = {
        "pk": told_partition(user_id),
        "sk": f"NOTICE#{publication_id}",
        "expires_at": clock.epoch(clock.now() + _REMEMBERED),
    }
    params = {name: job.params[name] for name in ("title", "text", "supplier_name")}
    name = hashlib.sha256(f"{publication_id}/{user_id}".encode()).hexdigest()[:32]
    letter = Letter("notice", profile["email"], params, name, user_id, "notices", binding["account_id"])
    return Telling(row, IS_ABSENT, [letter])
