"""Accounts, suppliers and bindings in storage: found by number, bound, unbound, chosen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cabinet.accounts.keys import (
    GSI_BY_ACCOUNT,
    GSI_BY_NUMBER,
    GSI_BY_SHARD,
    SUPPLIERS_SHARD,
    account_key,
    supplier_key,
    texts_key,
)
from cabinet.accounts.model import Account, split_account_id
from cabinet.accounts.supplier_model import Supplier, SupplierTexts
from cabinet.accounts.texts_and_logo import texts_from
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core.errors import NotFound
from cabinet.core.identifiers import supplier_part
from cabinet.identity.keys import profile_key

SHARDS = 16
MAILINGS = ("receipts", "reminders", "notices")

type MailingsRecord = dict[str, bool | str]
"""What a subscriber agrees to receive, with the moment and the address from which it was said (152-ФЗ)."""

_MAX_CANDIDATES = 50
"""Maximum items read in one search: a number is shared by few accounts (and perhaps by a meter)."""


@dataclass(frozen=True, slots=True)
class UserBindings:
    """What a user has, as one read has shown it: the profile item and all binding items."""

    user_id: str
    profile: Item
    bindings: list[Item]


def find_by_number(number: str) -> list[Account]:
    """Return the accounts with this number, of any supplier; one query, none for a number of mere spaces."""
    if not number:
        return []
    page = dynamo.query(Table.ACCOUNTS, number, index=GSI_BY_NUMBER, limit=_MAX_CANDIDATES)
    return [Account.model_validate(item) for item in page.items if item["sk"] == "ACCOUNT"]


def get_account_and_supplier(account_id: str) -> tuple[Account, Supplier]:
    """Return an account and its supplier in one round trip; raises NotFound."""
    parts = split_account_id(account_id)
    if parts is None:
        raise NotFound
    account, supplier = dynamo.batch_get(
        [(Table.ACCOUNTS, account_key(account_id)), (Table.ACCOUNTS, supplier_key(parts[0]))]
    )
    if account is None or supplier is None:
        raise NotFound
    return Account.model_validate(account), Supplier.model_validate(supplier)


def get_account_supplier_and_texts(account_id: str) -> tuple[Account, Supplier, SupplierTexts]:
    """Return an account, its supplier and what that says at length, in one round trip; raises NotFound."""
    parts = split_account_id(account_id)
    if parts is None:
        raise NotFound
    keys = (account_key(account_id), supplier_key(parts[0]), texts_key(parts[0]))
    account, supplier, texts = dynamo.batch_get([(Table.ACCOUNTS, key) for key in keys])
    if account is None or supplier is None:
        raise NotFound
    return Account.model_validate(account), Supplier.model_validate(supplier), texts_from(texts)


def suppliers_and_texts(supplier_ids: Iterable[str]) -> dict[str, tuple[Supplier, SupplierTexts]]:
    """Return suppliers with what they say at length, by identifier, in one round trip."""
    wanted = list(dict.fromkeys(supplier_ids))
    keys = [key(supplier_id) for key in (supplier_key, texts_key) for supplier_id in wanted]
    rows = dynamo.batch_get([(Table.ACCOUNTS, key) for key in keys])
    return {
        profile["supplier_id"]: (Supplier.model_validate(profile), texts_from(texts))
        for profile, texts in zip(rows[: len(wanted)], rows[len(wanted) :], strict=True)
        if profile is not None
    }


def suppliers(supplier_ids: Iterable[str]) -> dict[str, Supplier]:
    """Return suppliers by identifier, in one round trip; unknown ones are left out."""
    wanted = list(dict.fromkeys(supplier_ids))
    rows = dynamo.batch_get([(Table.ACCOUNTS, supplier_key(supplier_id)) for supplier_id in wanted])
    return {row["supplier_id"]: Supplier.model_validate(row) for row in rows if row is not None}


def all_suppliers() -> list[Supplier]:
    """Return every supplier, for schedules and staff."""
    rows = dynamo.query_all(Table.ACCOUNTS, SUPPLIERS_SHARD, index=GSI_BY_SHARD)
    return [Supplier.model_validate(row) for row in rows]


def accounts_of_supplier(supplier_id: str) -> Iterator[Item]:
    """Yield the rows of all accounts of a supplier; for the staff, never for a subscriber's request."""
    for shard in range(SHARDS):
        yield from dynamo.query_all(Table.ACCOUNTS, f"ACCOUNTS#{supplier_id}#{shard}", index=GSI_BY_SHARD)


def bindings_of_supplier(supplier_id: str) -> Iterator[Item]:
    """Yield all bindings of a supplier's accounts; for the staff, never for a subscriber's request."""
    for shard in range(SHARDS):
        yield from dynamo.query_all(Table.USERS, f"BINDINGS#{supplier_id}#{shard}", index=GSI_BY_SHARD)


def accounts_and_suppliers(account_ids: Sequence[str]) -> tuple[dict[str, Account], dict[str, Supplier]]:
    """Return accounts and their suppliers by identifier, all in one round trip."""
    supplier_ids = dict.fromkeys(supplier_part(account_id) for account_id in account_ids)
    rows = dynamo.batch_get(
        [(Table.ACCOUNTS, account_key(account_id)) for account_id in account_ids]
        + [(Table.ACCOUNTS, supplier_key(supplier_id)) for supplier_id in supplier_ids]
    )
    found, of_suppliers = rows[: len(account_ids)], rows[len(account_ids) :]
    return (
        {row["account_id"]: Account.model_validate(row) for row in found if row is not None},
        {row["supplier_id"]: Supplier.model_validate(row) for row in of_suppliers if row is not None},
    )


def bindings_of_account(account_id: str) -> list[Item]:
    """Return the bindings of one account, at most a page of them; one query, for the staff."""
    return dynamo.query(Table.USERS, account_id, index=GSI_BY_ACCOUNT, limit=_MAX_CANDIDATES).items


def user_bindings(user_id: str) -> UserBindings:
    """Return a user's profile and bindings, strongly consistent; raises NotFound if the user was deleted."""
    partition, _ = profile_key(user_id)
    page = dynamo.query(
        Table.USERS, partition, between=("BINDING#", "PROFILE"), limit=_MAX_CANDIDATES, consistent=True
    )
    rows = {row["sk"]: row for row in page.items}
    if "PROFILE" not in rows:
        raise NotFound
    bindings = [row for name, row in rows.items() if name.startswith("BINDING#")]
    return UserBindings(user_id, rows["PROFILE"], bindings)
