"""A small world for tests of the functions: suppliers, accounts, users with sessions, written as items."""

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI

from cabinet.accounts.binding_store import binding_item
from cabinet.accounts.keys import SUPPLIERS_SHARD, account_key, house_index_key, supplier_key
from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import Payee, ReadingWindow, Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.billing.explanation import total_charged
from cabinet.billing.keys import document_key, payment_key, receipt_key
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.billing.receipt_copies import copy_of, merge_charges
from cabinet.core import clock
from cabinet.core.text import number_key
from cabinet.identity.keys import phone_key, profile_key
from cabinet.identity.session_tokens import open_session
from cabinet.metering.keys import meter_key, reading_key
from cabinet.metering.meter_summaries import meter_summary
from cabinet.metering.model import Meter, Reading
from cabinet.web.auth import COOKIE
from tests.support.app_client import AppClient

PAYEE = Payee(
    name="ООО «УК Тест»",
    inn="7421000200",
    kpp="742101001",
    account="40702810800000012345",
    bank_name="ПАО «ЧЕЛЯБИНВЕСТБАНК»",
    bic="047501779",
    correspondent_account="30101810400000000779",
)
HEADERS = {"X-Requested-With": "cabinet", "X-Forwarded-For": "198.51.100.7"}


def write(table: Table, item: dict[str, Any]) -> None:
    """Put an item that is not there yet."""
    dynamo.put(table, item, condition=IS_ABSENT, on_conflict=AssertionError)  # type: ignore[arg-type]


def supplier(supplier_id: str = "uk-test", **changes: Any) -> Supplier:
    """Write a supplier that offers everything and takes readings on any day."""
    fields: dict[str, Any] = {
        "supplier_id": supplier_id,
        "name": "ООО «УК Тест»",
        "inn": PAYEE.inn,
        "payees": [PAYEE],
        "features": ["payments", "requests", "notices", "paperless"],
        "reading_window": ReadingWindow(always_open=True),
    }
    made = Supplier(**(fields | changes))
    pk, sk = supplier_key(supplier_id)
    listed = {"shard": SUPPLIERS_SHARD, "shard_sk": supplier_id}
    write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | listed | made.model_dump(mode="json"))
    return made


def account(number: str = "1234567899", supplier_id: str = "uk-test", **changes: Any) -> Account:
    """Write an account: the manual's own by default."""
    fields: dict[str, Any] = {
        "account_id": f"{supplier_id}:{number}",
        "supplier_id": supplier_id,
        "holder": "Иванов Иван Иванович",
        "address": Address(city="Челябинск", street="УЛ. КЫШТЫМСКАЯ", house="10", flat="1010"),
        "area": "50.7",
        "meter_summaries": {},
    }
    made = Account(**(fields | changes))
    pk, sk = account_key(made.account_id)
    # Where the import puts an account, so that the staff find it by supplier and by house.
    indexed = {
        "shard": f"ACCOUNTS#{supplier_id}#0",
        "shard_sk": pk,
        "house_key": house_index_key(supplier_id, made.address.street, made.address.house),
        "number": number_key(number),
    }
    row = {"pk": pk, "sk": sk, "unaccounted": {}} | indexed | made.model_dump(mode="json")
    write(Table.ACCOUNTS, row)
    return made


def user(user_id: str = "u1", *owned: Account, email: str = "subscriber@example.com") -> str:
    """Write a user who owns accounts and return the token of a fresh session."""
    pk, sk = profile_key(user_id)
    profile = {"pk": pk, "sk": sk, "user_id": user_id, "email": email, "phone": "+79000000000"}
    primary = owned[0].account_id if owned else None
    write(Table.USERS, profile | {"primary_account_id": primary, "created_at": clock.timestamp(clock.now())})
    by_phone, of_user = phone_key(profile["phone"], user_id)
    write(Table.USERS, {"pk": by_phone, "sk": of_user, "user_id": user_id})
    for each in owned:
        write(Table.USERS, binding_item(user_id, each, datetime(2026, 1, 1, tzinfo=UTC)))
    return sign_in(user_id)


def sign_in(user_id: str) -> str:
    """Write a session and return its token: sessions end within hours, and tests move the clock by weeks."""
    session, token = open_session(user_id, "test", clock.now())
    write(Table.USERS, session)
    return token


def browser(app: FastAPI, token: str | None = None) -> AppClient:
    """Return a client with our header and the session's cookie; a 500 is an answer, not an exception."""
    headers = HEADERS | ({"Cookie": f"{COOKIE}={token}"} if token else {})
    return AppClient(app, base_url="http://127.0.0.1:8000", headers=headers, raise_server_exceptions=False)


def receipt(account_id: str, made: Receipt) -> None:
    """Write a receipt with its document row, and move the account's memory of its latest period."""
    pk, sk = receipt_key(account_id, made.period, made.kind)
    write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | made.model_dump(mode="json"))
    pk, sk = document_key(account_id, made.period, made.kind)
    issued_on = made.issued_on.isoformat() if made.issued_on else None
    document = {"document_id": made.receipt_id, "title": made.title, "issued_on": issued_on}
    write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | document)
    row = dynamo.get(Table.ACCOUNTS, account_key(account_id)) or {}
    latest = row["latest"] | {made.kind: max(made.period, row["latest"].get(made.kind, ""))}
    moved = {
        "latest": latest,
        "first_period": min(made.period, row["first_period"] or made.period),
        "last_period": max(made.period, row["last_period"] or made.period),
    }
    moved["charged"] = merge_charges(row["charged"], {(made.kind, made.period): total_charged([made])})
    if latest[made.kind] == made.period:
        moved["newest"] = row["newest"] | {
            made.kind: copy_of(made.model_dump(mode="json") | {"stamp": made.stamp}, "made")
        }
    dynamo.put(Table.ACCOUNTS, row | moved, condition=dynamo.IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]


def payment(account_id: str, made: AccountPayment) -> None:
    """Write a payment."""
    pk, sk = payment_key(account_id, made.received_on.isoformat(), made.payment_id)
    write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | made.model_dump(mode="json"))


def meter(account_id: str, made: Meter) -> Meter:
    """Write a meter."""
    pk, sk = meter_key(account_id, made.meter_id)
    write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | made.model_dump(mode="json"))
    row = dynamo.get(Table.ACCOUNTS, account_key(account_id))
    if row is not None:
        row["meter_terms"] = (row["meter_terms"] or {}) | {made.meter_id: meter_summary(made)}
        dynamo.put(Table.ACCOUNTS, row, condition=dynamo.IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
    return made


def reading(account_id: str, made: Reading) -> None:
    """Write a reading."""
    pk, sk = reading_key(account_id, made.meter_id, made.taken_on.isoformat(), made.reading_id)
    write(Table.ACCOUNTS, {"pk": pk, "sk": sk} | made.model_dump(mode="json"))
