"""Notices at the desk: a place chosen from lists becomes boards; each change leaves its audit row."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cabinet.accounts.addresses import House
from cabinet.accounts.houses import account_ids_of_house, accounts_of_house, count_houses, list_houses
from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account, make_account_id
from cabinet.accounts.rules import normalise_account_number
from cabinet.accounts.store import suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record, record_access
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import FieldError, IdempotencyConflict, InvalidFields, NotFound
from cabinet.notices import audience, publications, read_statistics
from cabinet.notices.audience import Reach
from cabinet.notices.model import NoticeKind, Publication, account_board, supplier_board
from cabinet.notices.read_statistics import Unreached
from cabinet.staff.errors import NoRecipients
from cabinet.staff.notice_rules import (
    MAX_ACCOUNTS,
    Target,
    describe_target,
    is_flat_between,
    target_errors,
    validity_errors,
)

_AT_ONCE = 8
"""Houses whose accounts are asked for side by side."""


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """Where a notice is posted, in words and by the names of boards, and whom it reaches there."""

    words: str
    boards: list[str]
    reach: Reach


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to publish; times are ISO in UTC."""

    kind: NoticeKind
    title: str
    text: str
    target: Target
    valid_from: str | None
    valid_until: str | None
    is_mailed: bool


def supplier_with_notices(supplier_id: str) -> Supplier:
    """Return a supplier that offers notices; raises NotFound."""
    found = suppliers([supplier_id]).get(supplier_id)
    if found is None or not found.offers("notices"):
        raise NotFound
    return found


def resolve_target(supplier: Supplier, target: Target, kind: NoticeKind) -> ResolvedTarget:
    """Look a place up and count whom a notice reaches there; raises InvalidFields for what is not there."""
    errors = target_errors(target)
    if errors:
        raise InvalidFields(*errors)
    supplier_id = supplier.supplier_id
    if target.kind == "supplier":
        board = supplier_board(supplier_id)
        reach = audience.count_supplier_reach_in_time(supplier_id, count_houses(supplier_id), kind)
        return ResolvedTarget(describe_target(target, []), [board.name], reach)
    if target.kind == "accounts":
        accounts = _accounts(supplier_id, target.accounts)
        return _account_target(target, supplier_id, [each.number for each in accounts], accounts, kind)
    listed = {each.house_id: each.house for each in list_houses(supplier_id)}
    if not listed.keys() >= {*target.houses}:
        message = "Дома нет в списке: выберите заново."
        raise InvalidFields(FieldError("where.houses", "house_unknown", message))
    chosen = _with_accounts([listed[house_id] for house_id in dict.fromkeys(target.houses)])
    if target.kind == "entrance":
        house, first, last = chosen[0], target.first_flat or 0, target.last_flat or 0
        accounts = [
            account
            for row in accounts_of_house(house)
            if is_flat_between((account := Account.model_validate(row)).address.flat, first, last)
        ]
        if len(accounts) > MAX_ACCOUNTS:
            message = "Лицевых счетов слишком много: выберите весь дом."
            raise InvalidFields(FieldError("where.last_flat", "too_many", message))
        return _account_target(target, supplier_id, [house.line], accounts, kind)
    boards = [board.name for board in audience.boards_for_houses(chosen, listed.values())]
    reach = audience.count_houses_reach(supplier_id, chosen, kind)
    return ResolvedTarget(describe_target(target, [house.line for house in chosen]), boards, reach)


def publish(author: Author, supplier: Supplier, draft: Draft, key: str, now: datetime) -> Publication:
    """Publish at once and return what was published; the same key again publishes nothing more.

    Raises
    ------
    InvalidFields, NoRecipients
        Nothing was published.
    IdempotencyConflict
        Another notice was published by this key.
    """
    publication_id = publications.derive_publication_id("desk", author.who, key)
    existing = publications.find(publication_id)
    errors = validity_errors(draft.valid_from, draft.valid_until, clock.timestamp(now))
    if errors and existing is None:
        raise InvalidFields(*errors)
    resolved = resolve_target(supplier, draft.target, draft.kind)
    # Only a full count can say that there is nobody.
    if not resolved.reach.subscribers and resolved.reach.is_fully_counted and existing is None:
        raise NoRecipients
    publication = Publication(
        publication_id=publication_id, supplier_id=supplier.supplier_id, where=resolved.words,
        boards=resolved.boards, kind=draft.kind, title=draft.title, text=draft.text,
        published_at=clock.timestamp(now), valid_from=draft.valid_from, valid_until=draft.valid_until,
        recipients=resolved.reach.subscribers, is_fully_counted=resolved.reach.is_fully_counted,
        is_mailed=draft.is_mailed or draft.kind == "emergency",
    )  # fmt: skip
    if existing is not None and _content(existing) != _content(publication):
        raise IdempotencyConflict

    def add_audit_row(transaction: Transaction) -> None:
        after = {
            "kind": publication.kind, "title": publication.title, "where": publication.where,
            "recipients": publication.recipients,
        }  # fmt: skip
        record(transaction, author, Action.NOTICE_PUBLISHED, audit_subject(publication), now, after=after)

    publications.publish(publication, supplier, add_audit_row)
    return publications.find(publication_id) or publication


def correct(
    author: Author, publication: Publication, now: datetime,
    *, title: str | None, text: str | None, valid_until: str | None,
) -> Publication:  # fmt: skip
    """Change a notice's text on all its boards; e-mails that were sent stay as they were.

    Raises InvalidFields, NoticeEnded, Conflict.
    """
    errors = validity_errors(publication.valid_from, valid_until, clock.timestamp(now))
    if errors:
        raise InvalidFields(*errors)
    wanted = {"title": title, "text": text, "valid_until": valid_until}
    changed = {name: value for name, value in wanted.items() if value is not None}

    def add_audit_row(transaction: Transaction) -> None:
        before = {name: getattr(publication, name) for name in changed}
        subject = audit_subject(publication)
        record(transaction, author, Action.NOTICE_CORRECTED, subject, now, before=before, after=changed)

    return publications.correct(
        publication, title=title, text=text, valid_until=valid_until, add_audit_row=add_audit_row
    )


def show_unreached(
    author: Author, publication: Publication, after: dict[str, Any] | None, now: datetime
) -> tuple[list[Unreached], dict[str, Any] | None]:
    """Return some of those whom a notice does not reach, and a cursor; the access is audited first."""
    record_access(author, Action.UNREACHED_SHOWN, audit_subject(publication), now)
    return read_statistics.list_unreached(publication, after)


def end(author: Author, publication: Publication, now: datetime) -> Publication:
    """End a notice whose event is over; an ended one stays as it is. Raises Conflict."""

    def add_audit_row(transaction: Transaction) -> None:
        after = {"ended_at": clock.timestamp(now), "title": publication.title}
        record(transaction, author, Action.NOTICE_ENDED, audit_subject(publication), now, after=after)

    return publications.end(publication, add_audit_row)


def audit_subject(publication: Publication) -> Subject:
    """Return what an entry of the audit log about a notice names."""
    name = f"notice:{publication.supplier_id}:{publication.publication_id}"
    return Subject(name, (publication.supplier_id,))


def _content(publication: Publication) -> tuple[object, ...]:
    """Return what a repeated request must say again; a correction meanwhile makes it another."""
    return publication.supplier_id, publication.kind, publication.title, publication.text, publication.boards


def _with_accounts(houses: Sequence[House]) -> list[House]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(account_ids_of_house, houses)
        return [replace(house, account_ids=ids) for house, ids in zip(houses, found, strict=True)]


def _account_target(
    target: Target, supplier_id: str, lines: Sequence[str], accounts: Sequence[Account], kind: NoticeKind
) -> ResolvedTarget:
    account_ids = list(dict.fromkeys(each.account_id for each in accounts))
    houses = {(each.address.city, each.address.street, each.address.house) for each in accounts}
    reach = audience.count_accounts_reach(supplier_id, account_ids, {"|".join(each) for each in houses}, kind)
    return ResolvedTarget(
        describe_target(target, lines), [account_board(each).name for each in account_ids], reach
    )


def _accounts(supplier_id: str, typed: Sequence[str]) -> list[Account]:
    """Return the accounts of typed numbers; raises InvalidFields with those that are not there."""
    numbers = {text: normalise_account_number(text) for text in typed}
    keys = [(Table.ACCOUNTS, account_key(make_account_id(supplier_id, each))) for each in numbers.values()]
    rows = dynamo.batch_get(keys)
    unknown = [text for text, row in zip(numbers, rows, strict=True) if row is None]
    if unknown:
        message = f"Нет таких лицевых счетов: {', '.join(unknown[:10])}."
        raise InvalidFields(FieldError("where.accounts", "account_unknown", message))
    return [Account.model_validate(row) for row in rows]
