"""Readings given by telephone: checked as the resident's own, with the reason in the audit log."""

from collections.abc import Sequence
from datetime import date

from cabinet.accounts import store
from cabinet.accounts.errors import AccountClosed
from cabinet.accounts.keys import account_key, supplier_key, user_id_from_row
from cabinet.accounts.model import Account
from cabinet.accounts.rules import is_closed
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.billing.store import last_charges
from cabinet.core import clock
from cabinet.core.errors import NotFound
from cabinet.core.identifiers import supplier_part
from cabinet.idempotency import IdempotentRequest
from cabinet.identity.model import SecurityEvent
from cabinet.identity.security_log import record_event
from cabinet.metering.submission import ReadingInput, ReadingsAccepted
from cabinet.metering.submission_service import Submitter, load_state, state_keys, submit, with_retries

_MAX_NOTIFIED = 5
"""Whose journals are written to: the transaction has the readings, which are more."""


def submit_by_phone(
    author: Author,
    account_id: str,
    rows: Sequence[ReadingInput],
    taken_on: date,
    reason: str,
    request: IdempotentRequest,
) -> ReadingsAccepted:
    """Write readings in the resident's stead, by the rules of the resident's form.

    Everyone who has the account bound finds it in their journal. Raises NotFound, AccountClosed, and what
    `metering.submission_service.submit` raises.
    """

    def attempt() -> ReadingsAccepted:
        supplier_id = supplier_part(account_id)
        earlier_row, account_row, supplier_row, *rest = dynamo.batch_get(
            [
                (Table.USERS, request.row_key),
                (Table.ACCOUNTS, account_key(account_id)),
                (Table.ACCOUNTS, supplier_key(supplier_id)),
                *state_keys(account_id, [each.meter_id for each in rows]),
            ],
            consistent=True,
        )
        if account_row is None or supplier_row is None:
            raise NotFound
        earlier = request.response_from_row(earlier_row)
        if earlier is not None:
            return ReadingsAccepted.model_validate(earlier)
        account, supplier = Account.model_validate(account_row), Supplier.model_validate(supplier_row)
        moment = clock.now()
        if is_closed(account, clock.local_date(moment, supplier.time_zone)):
            raise AccountClosed
        bindings = store.bindings_of_account(account.account_id)[:_MAX_NOTIFIED]

        def add_records(transaction: Transaction, reply: ReadingsAccepted) -> None:
            subject = Subject(f"account:{account.account_id}", (account.supplier_id,))
            written = [
                {"meter_id": each.meter_id, "zone": each.zone, "value": each.value} for each in reply.accepted
            ]
            record(
                transaction, author, Action.READINGS_TAKEN, subject, moment,
                after={"taken_on": taken_on.isoformat(), "readings": written}, reason=reason,
            )  # fmt: skip
            for binding in bindings:
                user_id = user_id_from_row(binding)
                record_event(transaction, user_id, SecurityEvent.STAFF_TOOK_READINGS, moment, "")

        state = load_state(account, supplier, rest)
        return submit(rows, taken_on, state, Submitter("staff"), request, last_charges, add_records)

    return with_retries(attempt)
