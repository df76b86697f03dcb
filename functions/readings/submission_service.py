"""Handing in, step by step, alike for subscribers and guests: judge, ask to confirm, write once, confirm."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.model import Account, Supplier
from cabinet.aws.dynamo import MAX_ACTIONS, Key, Table, Transaction
from cabinet.aws.dynamo.serialization import Item
from cabinet.billing import rules as billing_rules
from cabinet.billing import store as billing
from cabinet.billing.model import ChargeLine
from cabinet.core import clock
from cabinet.core.errors import FieldError, InvalidFields
from cabinet.core.periods import period_title
from cabinet.idempotency import DuplicateRequest, IdempotentRequest
from cabinet.metering import store
from cabinet.metering.errors import ConfirmationRequired, StaleMeter
from cabinet.metering.export_queue import queue_key
from cabinet.metering.keys import meter_key
from cabinet.metering.model import Meter, Source
from cabinet.metering.plausibility import is_suspect, reject_implausible
from cabinet.metering.submission import (
    AcceptedReading,
    build_readings,
    needs_confirmation,
    previews,
    validate_submission,
)
from cabinet.outbox.queue import Email, enqueue, wake_worker

from readings.schemas import NewReadings, ReadingsAccepted, accepted

MAX_RETRIES = 6
"""How often a submission is judged anew when somebody else's reading of the same meter comes first."""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who hands in: a subscriber with a mail address to confirm to, or a guest."""

    source: Source
    user_id: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedState:
    """What one round trip has shown: the account, its named meters, and what waits to be exported."""

    account: Account
    supplier: Supplier
    meters: dict[str, Meter]
    waiting_row: Item | None


def state_keys(account_id: str, meter_ids: Sequence[str]) -> list[tuple[Table, Key]]:
    """Return the keys of the waiting row and of the meters that a form names."""
    meters = [(Table.ACCOUNTS, meter_key(account_id, meter_id)) for meter_id in dict.fromkeys(meter_ids)]
    return [(Table.ACCOUNTS, queue_key(account_id)), *meters]


def load_state(account: Account, supplier: Supplier, rows: Sequence[Item | None]) -> LoadedState:
    """Return what was read by `state_keys`, in that order."""
    waiting_row, *meters = rows
    found = [Meter.model_validate(row) for row in meters if row is not None]
    return LoadedState(account, supplier, {meter.meter_id: meter for meter in found}, waiting_row)


def with_retries[T](attempt: Callable[[], T]) -> T:
    """Return the result of the first attempt that nobody came before; raises StaleMeter at last."""
    for _ in range(MAX_RETRIES - 1):
        try:
            return attempt()
        except StaleMeter:
            continue
    return attempt()


def submit(
    new: NewReadings, state: LoadedState, submitter: Submitter, once: IdempotentRequest
) -> ReadingsAccepted:
    """Judge and write a form; the reply is stored with it, so that the same request never counts twice."""
    now = clock.now()
    today = clock.local_date(now, state.supplier.time_zone)
    rows = new.rows()
    validated, window = validate_submission(rows, state.meters, state.supplier, new.taken_on, today)
    if any(map(is_suspect, validated)):
        charges, is_own = _last_charges(state.account), submitter.source == "subscriber"
        reject_implausible(rows, validated, charges, state.supplier, is_own=is_own)
        doubtful = needs_confirmation(rows, validated)
        if doubtful:
            raise ConfirmationRequired(previews(doubtful, charges, is_own=is_own))

    readings = build_readings(validated, once.mark, new.taken_on, window, submitter.source)
    number = submission_number(once.mark, today)
    reply = accepted(number, readings)
    transaction = Transaction(once.mark)
    once.remember(transaction, reply.model_dump(mode="json"))
    moment = store.SubmissionTime(now, today)
    store.submit(transaction, state.account, readings, state.waiting_row, moment, submitter.user_id)
    letter = _confirmation(state.account, readings, number, submitter, once)
    if letter is not None:
        enqueue(transaction, letter)
    if len(transaction) > MAX_ACTIONS:
        raise InvalidFields(
            FieldError("readings", "too_many", "Слишком много показаний сразу: передайте их по частям.")
        )
    try:
        transaction.commit()
    except DuplicateRequest:
        earlier = once.stored_response()
        if earlier is None:
            raise
        return ReadingsAccepted.model_validate(earlier)
    if letter is not None:
        wake_worker(letter)
    return reply


def submission_number(mark: str, today: date) -> str:
    """Return the number of a submission, «261122-7KQ2XD»: what the subscriber quotes when asking."""
    code = base64.b32encode(bytes.fromhex(mark[:8])).decode()[:6]
    return f"{today:%y%m%d}-{code}"


def _last_charges(account: Account) -> list[ChargeLine]:
    latest = billing_rules.latest_receipts(account, billing.KINDS)
    receipts = billing.get_receipts(account.account_id, latest)
    return [line for receipt in billing_rules.newest_first(receipts) for line in receipt.charges]


def _confirmation(
    account: Account,
    readings: list[AcceptedReading],
    number: str,
    submitter: Submitter,
    once: IdempotentRequest,
) -> Email | None:
    if submitter.email is None:
        return None
    period = readings[0].reading.period
    return Email(
        template="readings_accepted",
        to=submitter.email,
        params={
            "address": account.address.line,
            "number": account.number,
            "receipt": number,
            "period": period_title(period) if period else "",
            "rows": [
                {
                    "service": each.validated.meter.service,
                    "meter": each.validated.meter.number,
                    "zone": each.validated.meter.zone_title(each.validated.zone),
                    "value": each.reading.value.replace(".", ","),
                    "delta": (each.reading.delta or "").replace(".", ","),
                }
                for each in readings
            ],
        },
        letter_id=f"readings-{once.mark}",
        user_id=submitter.user_id,
        account_id=account.account_id,
    )
