"""An account at the desk: shown, its binding ended with a reason; found by `resident_search`.

Before an account is shown, an audit row is written, and an entry in the security log of everyone who has
the account bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cabinet.accounts import binding_store, search_index, store
from cabinet.accounts.errors import StaleBindings
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import user_id_from_row
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.model import EVERY_SUPPLIER, Action, Author
from cabinet.audit.store import Subject, record, record_access
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table, Transaction
from cabinet.core.errors import Conflict
from cabinet.identity.keys import profile_key
from cabinet.identity.model import SecurityEvent
from cabinet.identity.security_log import record_event, record_staff_access
from cabinet.outbox.emails import Email, enqueue, wake_mailer
from cabinet.staff.model import Member
from cabinet.staff.resident_rules import masked_email

_MAX_NOTIFIED = 20
"""Users notified of one access at most: a transaction holds no more; an account has a few."""
_MAX_CHANGES = 50
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
    """An account with its supplier and everyone who has it bound."""

    account: Account
    supplier: Supplier
    users: list[BoundUser]


def show_account(author: Author, account_id: str, now: datetime) -> AccountCard:
    """Return an account and everyone who has it bound; each of them finds this access in their journal.

    Raises NotFound.
    """
    account, supplier = store.get_account_and_supplier(account_id)
    bindings = store.bindings_of_account(account.account_id)
    _record_access(author, account, bindings, now, "")
    return AccountCard(account, supplier, _bound_users(bindings, account))


def view_account(author: Author, account_id: str, view: str, now: datetime) -> tuple[Account, Supplier]:
    """Return an account and its supplier for one of the resident's own views; the access is audited.

    Raises NotFound.
    """
    account, supplier = store.get_account_and_supplier(account_id)
    _record_access(author, account, store.bindings_of_account(account.account_id), now, view)
    return account, supplier


def list_holder_changes(author: Author, member: Member, now: datetime) -> list[AccountCard]:
    """Return accounts whose holder has changed and whose former holder has them bound still, newest first.

    At most `_MAX_CHANGES` changes of the person's suppliers are read: a query for each account.
    """
    every = EVERY_SUPPLIER in member.suppliers
    own = [each.supplier_id for each in store.all_suppliers()] if every else member.suppliers
    changed = [account for each in own for account in search_index.holder_changes(each, _MAX_CHANGES)]
    changed.sort(key=lambda account: account.holder_since or date.min, reverse=True)
    known = store.suppliers(own)
    cards = []
    for account in changed[:_MAX_CHANGES]:
        users = _bound_users(store.bindings_of_account(account.account_id), account)
        former = [each for each in users if each.is_former_holder]
        if former and account.supplier_id in known:
            cards.append(AccountCard(account, known[account.supplier_id], former))
    subject = Subject("", tuple(own) or tuple(member.suppliers))
    seen = {"accounts": [each.account.account_id for each in cards]}
    record_access(author, Action.HOLDER_CHANGES_SHOWN, subject, now, after=seen)
    return cards


def _record_access(
    author: Author, account: Account, bindings: Sequence[Item], now: datetime, view: str
) -> None:
    transaction = Transaction()
    seen = {"sheet": view} if view else None
    record(transaction, author, Action.ACCOUNT_SHOWN, _subject(account), now, after=seen)
    for binding in bindings[:_MAX_NOTIFIED]:
        record_staff_access(transaction, user_id_from_row(binding), now, author.who)
    transaction.commit()


def end_binding(author: Author, account_id: str, user_id: str, reason: str, now: datetime) -> None:
    """Delete a binding and tell its owner why; raises NotFound, Conflict."""
    account, supplier = store.get_account_and_supplier(account_id)
    for _ in range(_MAX_RETRIES):
        owner = store.user_bindings(user_id)
        emails = _emails(owner.profile, account, supplier, reason)

        def add_records(transaction: Transaction, emails: Sequence[Email] = emails) -> None:
            for email in emails:
                enqueue(transaction, email)
            record_event(transaction, user_id, SecurityEvent.STAFF_UNBOUND, now, "")
            record(
                transaction, author, Action.BINDING_ENDED, _subject(account), now,
                before={"user_id": user_id}, reason=reason,
            )  # fmt: skip

        try:
            binding_store.unbind(owner, account.account_id, add_records)
        except StaleBindings:
            continue
        wake_mailer(*emails)
        return
    raise Conflict


def _emails(profile: Item, account: Account, supplier: Supplier, reason: str) -> list[Email]:
    if not profile.get("email"):
        return []
    params = {
        "number": account.number, "address": account.address.line, "reason": reason,
        "office": supplier.office,
    }  # fmt: skip
    return [Email("account_unbound", profile["email"], params, user_id=profile["user_id"])]


def _bound_users(bindings: Sequence[Item], account: Account) -> list[BoundUser]:
    profiles = dynamo.batch_get([(Table.USERS, profile_key(user_id_from_row(each))) for each in bindings])
    return [
        BoundUser(
            user_id=user_id_from_row(binding),
            email_masked=masked_email((profile or {}).get("email") or ""),
            bound_at=binding["bound_at"],
            is_former_holder=needs_surname(binding, account),
        )
        for binding, profile in zip(bindings, profiles, strict=True)
    ]


def _subject(account: Account) -> Subject:
    return Subject(f"account:{account.account_id}", (account.supplier_id,))
