"""How often a publication was read, and whom it does not reach, with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Literal

from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import GSI_BY_HOUSE, GSI_BY_SHARD, account_key, user_id_from_row
from cabinet.accounts.model import Account
from cabinet.accounts.store import SHARDS
from cabinet.aws import dynamo
from cabinet.aws.dynamo import BATCH_LIMIT, Item, Key, Page, Table
from cabinet.identity.email_problem import email_problem
from cabinet.identity.keys import profile_key
from cabinet.notices.audience import bindings_of_accounts
from cabinet.notices.boards import counter_name
from cabinet.notices.fanout import is_mailed
from cabinet.notices.keys import placement_key, reads_key
from cabinet.notices.model import Publication, named_board

_ACCOUNTS_AT_ONCE = 50
_PAGE_TARGET = 25
_MAX_QUERIES = 4

type Reason = Literal["no_cabinet", "former_holder", "no_email", "mail_returns", "mail_off"]
"""Nobody has the account in a cabinet; its holder has changed since; no confirmed address; emails come back;
this kind of email was not chosen. In the last three cases it can be read on the site."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom a notice, or its email, does not reach."""

    account: Account
    reason: Reason


def count_reads(publication: Publication) -> int:
    """Return how often the notice was read: once a reader and board; first the places, then the counters."""
    boards = [named_board(name) for name in publication.boards]
    places = _read_all([placement_key(publication.publication_id, board) for board in boards])
    wanted = [
        (reads_key(board, shard, int(row["number"])), counter_name(int(row["number"])))
        for board, row in zip(boards, places, strict=True)
        if row is not None
        for shard in range(board.shards)
    ]
    rows = _read_all([key for key, _ in wanted])
    return sum(int((row or {}).get(name, 0)) for row, (_, name) in zip(rows, wanted, strict=True))


def _read_all(keys: Sequence[Key]) -> list[Item | None]:
    return [
        row
        for part in batched(keys, BATCH_LIMIT, strict=False)
        for row in dynamo.batch_get([(Table.MESSAGES, key) for key in part])
    ]


def list_unreached(
    publication: Publication, after: dict[str, Any] | None
) -> tuple[list[Unreached], dict[str, Any] | None]:
    """Return some of those whom a publication does not reach, and where to continue; None at the end."""
    found: list[Unreached] = []
    position: dict[str, Any] | None = after or {"board": 0, "shard": 0, "key": None}
    for _ in range(_MAX_QUERIES):
        if position is None or len(found) >= _PAGE_TARGET:
            break
        page = _accounts(publication, position)
        found += _unreached_accounts(publication, [row for row in page.items if not row.get("closed_on")])
        position = _next(publication, position, page.next_key)
    return found, position


def _accounts(publication: Publication, position: dict[str, Any]) -> Page:
    """Return a page of the accounts that read one of the publication's boards."""
    kind, _, name = publication.boards[position["board"]].partition("#")
    if kind == "ACCOUNT":
        row = dynamo.get(Table.ACCOUNTS, account_key(name))
        return Page([] if row is None else [row], None)
    partition, index = (
        (name, GSI_BY_HOUSE) if kind == "HOUSE" else (f"ACCOUNTS#{name}#{position['shard']}", GSI_BY_SHARD)
    )
    return dynamo.query(
        Table.ACCOUNTS, partition, index=index, after=position["key"], limit=_ACCOUNTS_AT_ONCE
    )


def _next(publication: Publication, position: dict[str, Any], key: Item | None) -> dict[str, Any] | None:
    if key is not None:
        return position | {"key": key}
    board = publication.boards[position["board"]]
    if board.startswith("SUPPLIER#") and position["shard"] + 1 < SHARDS:
        return position | {"shard": position["shard"] + 1, "key": None}
    if position["board"] + 1 < len(publication.boards):
        return {"board": position["board"] + 1, "shard": 0, "key": None}
    return None


def _unreached_accounts(publication: Publication, rows: Sequence[Item]) -> list[Unreached]:
    accounts = {row["account_id"]: Account.model_validate(row) for row in rows}
    bindings = bindings_of_accounts(list(accounts))
    profiles = _profiles(user_id_from_row(binding) for binding in bindings)
    found: list[Unreached] = []
    for account_id, account in accounts.items():
        own = [binding for binding in bindings if binding["account_id"] == account_id]
        if not own:
            found.append(Unreached(account, "no_cabinet"))
        for binding in own:
            profile = profiles.get(user_id_from_row(binding))
            reason = _reason(publication, account, binding, profile)
            if reason is not None:
                found.append(Unreached(account, reason))
    return found


def _reason(publication: Publication, account: Account, binding: Item, profile: Item | None) -> Reason | None:
    if needs_surname(binding, account):
        return "former_holder"
    if not publication.is_mailed:
        return None
    if profile is None or not profile.get("email"):
        return "no_email"
    if email_problem(profile):
        return "mail_returns"
    return None if is_mailed(publication.kind, binding) else "mail_off"


def _profiles(user_ids: Iterable[str]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for part in batched(dict.fromkeys(user_ids), BATCH_LIMIT, strict=False):
        rows = dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id in part])
        found |= {row["user_id"]: row for row in rows if row is not None}
    return found
