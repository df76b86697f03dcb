"""Submitting and withdrawing readings, step by step: check, ask to confirm, write once, confirm by mail.

Alike for subscribers and guests. What was charged last is billing's: the caller passes how to read it.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from cabinet.accounts import monthly_counters
from cabinet.accounts.model import Account
from cabinet.accounts.monthly_counters import MonthlyCounter
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import MAX_ACTIONS, Item, Key, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import FieldError, InvalidFields, NotFound
from cabinet.core.periods import period_from_date, period_title, shift_period
from cabinet.idempotency import DuplicateRequest, IdempotentRequest
from cabinet.metering import queries, store
from cabinet.metering.errors import ConfirmationRequired, NotWithdrawable, StaleMeter
from cabinet.metering.export_queue import queue_key
from cabinet.metering.keys import meter_key
from cabinet.metering.meter_state import AVERAGE_MONTHS
from cabinet.metering.model import ChargedService, Meter, Source
from cabinet.metering.plausibility import is_suspect, reject_implausible
from cabinet.metering.rules import can_withdraw
from cabinet.metering.submission import (
    AcceptedReading,
    ReadingInput,
    ReadingsAccepted,
    accepted,
    build_readings,
    previews,
    rows_to_confirm,
    validate_submission,
)
from cabinet.metering.submission_window import window_for
from cabinet.outbox.emails import Email, enqueue, wake_mailer
from cabinet.webhooks.events import WebhookEvent, enqueue_event, wake_deliverer_for
from cabinet.webhooks.model import EventKind

type LastCharges = Callable[[Account], Sequence[ChargedService]]
"""Reads what an account's last receipts charged."""

MAX_RETRIES = 6
"""How often readings are checked again when another reading of the same meter was first."""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who hands in: a subscriber with a mail address to confirm to, a guest, or the staff for a resident."""

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
    """Return the result of the first attempt without a conflict; raises StaleMeter after the last one."""
    for _ in range(MAX_RETRIES - 1):
        try:
            return attempt()
        except StaleMeter:
            continue
    return attempt()


def submit(
    rows: Sequence[ReadingInput],
    taken_on: date,
    state: LoadedState,
    submitter: Submitter,
    idempotent_request: IdempotentRequest,
    last_charges: LastCharges,
    extra_writes: Callable[[Transaction, ReadingsAccepted], None] | None = None,
) -> ReadingsAccepted:
    """Judge and write a form; the reply is stored with it, so that the same request never counts twice.

    `extra_writes` adds further records of it to the same transaction.
    """
    now = clock.now()
    today = clock.local_date(now, state.supplier.time_zone)
    validated, window = validate_submission(rows, state.meters, state.supplier, taken_on, today)
    if any(map(is_suspect, validated)):
        charges, is_bound = last_charges(state.account), submitter.source != "guest"
        # Until the new holder has half a year of their own, an average is of another's months as well.
        sees_history = state.account.shows(shift_period(period_from_date(today), -AVERAGE_MONTHS))
        reject_implausible(
            rows, validated, charges, state.supplier, is_bound=is_bound, sees_history=sees_history
        )
        doubtful = rows_to_confirm(rows, validated)
        if doubtful:
            raise ConfirmationRequired(
                previews(doubtful, charges, is_bound=is_bound, sees_history=sees_history)
            )

    transaction_id = idempotent_request.transaction_id
    readings = build_readings(validated, transaction_id, taken_on, window, submitter.source)
    number = submission_number(transaction_id, today)
    reply = accepted(number, readings)
    transaction = Transaction(transaction_id)
    idempotent_request.store_response(transaction, reply.model_dump(mode="json"))
    moment = store.SubmissionTime(now, today)
    store.submit(transaction, state.account, readings, state.waiting_row, moment, submitter.user_id)
    period = period_from_date(today)
    monthly_counters.increment(
        transaction, state.account.account_id, period, MonthlyCounter.SUBMISSIONS, transaction_id
    )
    email = _confirmation(state.account, readings, number, submitter, idempotent_request)
    if email is not None:
        enqueue(transaction, email)
    has_webhook = state.supplier.webhook is not None
    if has_webhook:
        enqueue_event(transaction, _event(state.account, readings, number, transaction_id))
    if extra_writes is not None:
        extra_writes(transaction, reply)
    if len(transaction) > MAX_ACTIONS:
        raise InvalidFields(
            FieldError("readings", "too_many", "Слишком много показаний сразу: передайте их по частям.")
        )
    try:
        transaction.commit()
    except DuplicateRequest:
        earlier = idempotent_request.stored_response()
        if earlier is None:
            raise
        return ReadingsAccepted.model_validate(earlier)
    if email is not None:
        wake_mailer(email)
    if has_webhook:
        wake_deliverer_for([state.account.account_id])
    return reply


def submission_number(mark: str, today: date) -> str:
    """Return the number of a submission, «261122-7KQ2XD»: what the subscriber quotes when asking."""
    code = base64.b32encode(bytes.fromhex(mark[:8])).decode()[:6]
    return f"{today:%y%m%d}-{code}"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A request to withdraw one reading of an account; remembers what its attempts have found."""

    account_id: str
    reading_id: str
    _tried: list[tuple[Meter, str]] = field(default_factory=list)

    def attempt(self, account: Account, supplier: Supplier, waiting_row: Item | None) -> None:
        """Take the reading back until the cut-off; the one before it is valid again. Raises StaleMeter."""
        now = clock.now()
        today = clock.local_date(now, supplier.time_zone)
        found = _find(queries.list_meters(self.account_id, consistent=True), self.reading_id)
        if found is None:
            # A withdrawal whose answer was lost on the way is repeated, and finds its own work done.
            if self._tried and store.is_withdrawn(self.account_id, *self._tried[-1]):
                return
            raise NotFound
        meter, zone = found
        if not can_withdraw(meter.last[zone], window_for(today, supplier.reading_window)):
            raise NotWithdrawable
        self._tried.append(found)
        transaction = Transaction()
        moment = store.SubmissionTime(now, today)
        store.write_withdrawal(transaction, account, meter, zone, waiting_row, moment)
        transaction.commit()


def _find(meters: Sequence[Meter], reading_id: str) -> tuple[Meter, str] | None:
    """Return the meter and zone of this reading."""
    for meter in meters:
        for zone, reading in meter.last.items():
            if reading.reading_id == reading_id:
                return meter, zone
    return None


def _event(
    account: Account, readings: list[AcceptedReading], number: str, transaction_id: str
) -> WebhookEvent:
    rows = [
        {
            "reading_id": each.reading.reading_id,
            "meter_id": each.validated.meter.meter_id,
            "zone": each.validated.zone,
            "value": each.reading.value,
            "taken_on": each.reading.taken_on.isoformat(),
            "period": each.reading.period,
        }
        for each in readings
    ]
    data = {"submission": number, "source": readings[0].reading.source, "readings": rows}
    return WebhookEvent(EventKind.READING_ACCEPTED, account.account_id, transaction_id, data)


def _confirmation(
    account: Account,
    readings: list[AcceptedReading],
    number: str,
    submitter: Submitter,
    idempotent_request: IdempotentRequest,
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
            "submission_number": number,
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
        email_id=f"readings-{idempotent_request.transaction_id}",
        user_id=submitter.user_id,
        account_id=account.account_id,
    )
