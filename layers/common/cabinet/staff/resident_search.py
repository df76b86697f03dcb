"""The desk's search: accounts and cabinets by what was typed; each search leaves its audit row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cabinet.accounts import search_index, store
from cabinet.accounts.holders import parse_holder
from cabinet.accounts.keys import address_index_partition, holder_index_partition
from cabinet.accounts.model import Account
from cabinet.accounts.rules import normalise_account_number
from cabinet.accounts.search_index_rules import initials, street_word
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record_access
from cabinet.core.contacts import canonical_email, validate_phone
from cabinet.core.errors import InvalidFields, NotFound
from cabinet.core.identifiers import supplier_part
from cabinet.core.text import normalise_house, strip_control_chars
from cabinet.identity import registration, users
from cabinet.staff.model import Member
from cabinet.staff.resident_rules import masked_email
from cabinet.staff.search_rules import (
    SearchField,
    SearchQuery,
    fits_address,
    fits_holder,
    in_order_of_flats,
    parse_search,
)

_MAX_FOUND = 50
_MAX_USERS = 5
"""Cabinets with one telephone: a family's."""


@dataclass(frozen=True, slots=True)
class FoundUser:
    """A cabinet that was found by its own mail or telephone."""

    user_id: str
    email_masked: str
    created_at: str
    is_activated: bool = True
    """False for a registration whose link was not followed yet."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search has found, and whether there is more than is shown."""

    accounts: list[Account] = field(default_factory=list)
    users: list[FoundUser] = field(default_factory=list)
    has_more: bool = False


def search(author: Author, member: Member, typed: str, now: datetime) -> SearchResult:
    """Return accounts of the person's suppliers by what was typed, and cabinets by their mail or telephone.

    Two queries at most at any number of accounts, and a batch; one query more for each further cabinet that
    has the same telephone.
    """
    text = strip_control_chars(typed).strip()
    found = SearchResult()
    for query in parse_search(text):
        found = _FINDERS[query.field](member, query)
        if found.accounts or found.users:
            break
    own = in_order_of_flats(found.accounts)
    shown = SearchResult(own[:_MAX_FOUND], found.users, has_more=found.has_more or len(own) > _MAX_FOUND)
    suppliers = tuple(dict.fromkeys(each.supplier_id for each in shown.accounts)) or tuple(member.suppliers)
    only = shown.accounts[0].account_id if len(shown.accounts) == 1 else ""
    seen = {"query": text[:100], "accounts": [each.account_id for each in shown.accounts]}
    if shown.users:
        seen["users"] = [each.user_id for each in shown.users]
    subject = Subject(f"account:{only}" if only else "", suppliers)
    record_access(author, Action.RESIDENTS_SEARCHED, subject, now, after=seen)
    return shown


def _by_number(member: Member, query: SearchQuery) -> SearchResult:
    accounts = store.find_by_number(normalise_account_number(query.text))
    return SearchResult([each for each in accounts if member.covers([each.supplier_id])])


def _by_holder(member: Member, query: SearchQuery) -> SearchResult:
    name = parse_holder(query.text).name
    if not name:
        return SearchResult()
    partition = holder_index_partition(name)
    accounts, has_more = search_index.find(partition, initials(query.text), member.covers)
    return SearchResult([each for each in accounts if fits_holder(each, query.text)], has_more=has_more)


def _by_address(member: Member, query: SearchQuery) -> SearchResult:
    asked = query.address
    partition = address_index_partition(street_word(asked.street), asked.house)
    begins = f"{normalise_house(asked.flat)}#" if asked.flat else ""
    accounts, has_more = search_index.find(partition, begins, member.covers)
    return SearchResult([each for each in accounts if fits_address(each, query)], has_more=has_more)


def _by_email(member: Member, query: SearchQuery) -> SearchResult:
    ownership = users.email_ownership(canonical_email(query.text))
    if ownership.owner is not None:
        return _of_users(member, [ownership.owner])
    asked = registration.pending_registration(ownership)
    if asked is None or ownership.pending is None:
        return SearchResult()
    email, asked_at = masked_email(asked["email"]), ownership.pending["asked_at"]
    return SearchResult(users=[FoundUser(asked["user_id"], email, asked_at, is_activated=False)])


def _by_phone(member: Member, query: SearchQuery) -> SearchResult:
    try:
        phone = validate_phone(query.text)
    except InvalidFields:
        return SearchResult()
    return _of_users(member, users.find_by_phone(phone, limit=_MAX_USERS))


def _of_users(member: Member, user_ids: Sequence[str]) -> SearchResult:
    """Return cabinets with accounts of the person's suppliers, or with none at all, and those accounts."""
    bound: list[str] = []
    found: list[FoundUser] = []
    for user_id in user_ids:
        try:
            owner = store.user_bindings(user_id)
        except NotFound:
            continue
        all_bound = [str(each["account_id"]) for each in owner.bindings]
        own = [each for each in all_bound if member.covers([supplier_part(each)])]
        bound += own
        if own or not all_bound:
            email = masked_email(owner.profile.get("email") or "")
            found.append(FoundUser(user_id, email, owner.profile.get("created_at", "")))
    accounts, _ = store.accounts_and_suppliers(list(dict.fromkeys(bound))) if bound else ({}, {})
    return SearchResult(list(accounts.values()), found)


_FINDERS: dict[SearchField, Callable[[Member, SearchQuery], SearchResult]] = {
    SearchField.EMAIL: _by_email,
    SearchField.PHONE: _by_phone,
    SearchField.NUMBER: _by_number,
    SearchField.HOLDER: _by_holder,
    SearchField.ADDRESS: _by_address,
}
