"""Residents at the desk: found by account or address of mail, looked at, their binding ended with a reason.

Every look writes its audit row, and into the security journal of whoever has the account bound, before it is
shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cabinet.accounts import store
from cabinet.accounts.errors import StaleBindings
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.model import Account, Supplier
from cabinet.accounts.rules import normalise_account_number
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, note_look, record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.aws.dynamo.serialization import Item
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.text import strip_control_chars
from cabinet.identity import users
from cabinet.identity.audit import record_event
from cabinet.identity.keys import profile_key
from cabinet.identity.model import SecurityEvent
from cabinet.outbox.queue import Email, enqueue, wake_worker
from cabinet.staff.model import Member
from cabinet.staff.resident_rules import masked_email

_MAX_FOUND = 20
_MAX_TOLD = 20
"""Whose journals one look writes into: a transaction holds no more; an account has a few at most."""
_MAX_RETRIES = 5


@dataclass(frozen=True, slots=True)
class BoundUser:
    """Who has an account in their cabinet."""

    user_id: str
    email_masked: str
    bound_at: str
    is_former_holder: bool
    """Bound under another holder: sees nothing of the account until the holder's surname is given."""


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account with its supplier and whoever has it bound."""

    account: Account
    supplier: Supplier
    users: list[BoundUser]


def search(author: Author, member: Member, typed: str, moment: datetime) -> list[Account]:
    """Return accounts of the person's suppliers by number, or by the address of who has them bound.

    One or two queries at any number of accounts, and a batch. Raises NotFound for nothing.
    """
    text = strip_control_chars(typed).strip()
    found = _by_email(text) if "@" in text else store.find_by_number(normalise_account_number(text))
    own = [each for each in found if member.covers([each.supplier_id])][:_MAX_FOUND]
    suppliers = tuple(dict.fromkeys(each.supplier_id for each in own)) or tuple(member.suppliers)
    subject = Subject(f"account:{own[0].account_id}" if len(own) == 1 else "", suppliers)
    seen = {"query": text[:100], "accounts": [each.account_id for each in own]}
    note_look(author, Action.RESIDENTS_SEARCHED, subject, moment, after=seen)
    return own


def _by_email(email: str) -> list[Account]:
    owner = users.mailbox(canonical_email(email)).owner
    if owner is None:
        return []
    try:
        bound = [each["account_id"] for each in store.subscriber_accounts(owner).bindings]
    except NotFound:
        return []
    accounts, _ = store.accounts_and_suppliers(bound) if bound else ({}, {})
    return list(accounts.values())


def show_account(author: Author, account_id: str, moment: datetime) -> AccountCard:
    """Return an account and whoever has it bound; each of them finds the look in their journal.

    Raises NotFound.
    """
    account, supplier = store.get_account_and_supplier(account_id)
    bindings = store.bindings_of_account(account.account_id)
    transaction = Transaction()
    record(transaction, author, Action.ACCOUNT_SHOWN, _subject(account), moment)
    for binding in bindings[:_MAX_TOLD]:
        record_event(transaction, _user_id(binding), SecurityEvent.STAFF_LOOKED, moment, "")
    transaction.commit()
    return AccountCard(account, supplier, _bound_users(bindings, account))


def end_binding(author: Author, account_id: str, user_id: str, reason: str, moment: datetime) -> None:
    """Take an account out of somebody's cabinet and tell them why; raises NotFound, Conflict."""
    account, supplier = store.get_account_and_supplier(account_id)
    for _ in range(_MAX_RETRIES):
        owner = store.subscriber_accounts(user_id)
        letters = _letters(owner.profile, account, supplier, reason)

        def tell(transaction: Transaction, letters: Sequence[Email] = letters) -> None:
            for letter in letters:
                enqueue(transaction, letter)
            record_event(transaction, user_id, SecurityEvent.STAFF_UNBOUND, moment, "")
            record(
                transaction, author, Action.BINDING_ENDED, _subject(account), moment,
                before={"user_id": user_id}, reason=reason,
            )  # fmt: skip

        try:
            store.unbind(owner, account.account_id, tell)
        except StaleBindings:
            continue
        wake_worker(*letters)
        return
    raise Conflict


def _letters(profile: Item, account: Account, supplier: Supplier, reason: str) -> list[Email]:
    if not profile.get("email"):
        return []
    params = {
        "number": account.number, "address": account.address.line, "reason": reason,
        "office": supplier.office,
    }  # fmt: skip
    return [Email("account_unbound", profile["email"], params, user_id=profile["user_id"])]


def _bound_users(bindings: Sequence[Item], account: Account) -> list[BoundUser]:
    profiles = dynamo.batch_get([(Table.USERS, profile_key(_user_id(each))) for each in bindings])
    return [
        BoundUser(
            user_id=_user_id(binding),
            email_masked=masked_email((profile or {}).get("email") or ""),
            bound_at=binding["bound_at"],
            is_former_holder=needs_surname(binding, account),
        )
        for binding, profile in zip(bindings, profiles, strict=True)
    ]


def _user_id(binding: Item) -> str:
    return str(binding["pk"]).removeprefix("USER#")


def _subject(account: Account) -> Subject:
    return Subject(f"account:{account.account_id}", (account.supplier_id,))
