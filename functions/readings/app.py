"""Routes of meter readings: the form, handing in, withdrawing; guests have theirs in `guest`."""

from functools import cache

from cabinet import clock
from cabinet.accounts.keys import profile_key
from cabinet.alone import where_it_stands
from cabinet.dynamo import Table, Transaction
from cabinet.errors import Conflict, IdempotencyConflict, NotFound, raises
from cabinet.http import IdempotencyKey, Identifier, create_app, create_router, lambda_handler
from cabinet.idempotency import Once, once
from cabinet.metering import listing, store
from cabinet.metering.errors import ConfirmationNeeded, MetersMoved, NotWithdrawable
from cabinet.metering.model import Meter
from cabinet.metering.rules import can_withdraw
from cabinet.metering.waiting import waiting_key
from cabinet.metering.window import window_on
from cabinet.session import Owned, owned_account_with, signed
from fastapi import Depends, Request

from readings import guest
from readings.handing_in import Sender, hand_in, keys_of, read_of, repeated
from readings.models import NewReadings, ReadingsAccepted, ReadingsForm, form

router = create_router(prefix="/api/accounts/{account_id}/readings", tags=["readings"])


@router.get("/form")
def readings_form(owned: Owned) -> ReadingsForm:
    """«Передать показания»: the window and the meters with their last readings."""
    today = clock.local_date(clock.now(), owned.supplier.time_zone)
    meters = listing.meters(owned.account.account_id, consistent=True)
    return ReadingsForm(**form(window_on(today, owned.supplier.reading_window), meters, today, own=True))


@router.post("", status_code=201, dependencies=[Depends(where_it_stands(signed))])
@raises(owned_account_with, ConfirmationNeeded, Conflict, IdempotencyConflict, MetersMoved)
def hand_in_readings(
    account_id: Identifier, new: NewReadings, key: IdempotencyKey, request: Request
) -> ReadingsAccepted:
    """Hand in readings: all rows stand, or none."""
    body = new.model_dump(mode="json")

    @cache
    def keyed(user_id: str) -> Once:
        return once(user_id, f"readings/{account_id}", key, body)

    def attempt() -> ReadingsAccepted:
        # One batch authorises and reads all that the decision needs: a submission is three round trips.
        owned, (row, profile, *rest) = owned_account_with(
            request,
            account_id,
            lambda user_id: [
                (Table.USERS, keyed(user_id).row_key),
                (Table.USERS, profile_key(user_id)),
                *keys_of(account_id, [reading.meter_id for reading in new.readings]),
            ],
            consistent=True,
        )
        user_id = owned.subscriber.user_id
        earlier = keyed(user_id).reply_in(row)
        if earlier is not None:
            return ReadingsAccepted.model_validate(earlier)
        sender = Sender("subscriber", user_id, (profile or {}).get("email"))
        return hand_in(new, read_of(owned.account, owned.supplier, rest), sender, keyed(user_id))

    return repeated(attempt)


@router.delete("/{reading_id}", status_code=204, dependencies=[Depends(where_it_stands(signed))])
@raises(owned_account_with, MetersMoved, NotWithdrawable)
def withdraw_reading(account_id: Identifier, reading_id: Identifier, request: Request) -> None:
    """Take back one's own last reading until the cut-off; the one before it stands again."""

    tried: list[tuple[Meter, str]] = []

    def attempt() -> None:
        owned, (waiting_row,) = owned_account_with(
            request,
            account_id,
            lambda _: [(Table.ACCOUNTS, waiting_key(account_id))],
            consistent=True,
        )
        now = clock.now()
        today = clock.local_date(now, owned.supplier.time_zone)
        found = _meter_of(listing.meters(account_id, consistent=True), reading_id)
        if found is None:
            # A withdrawal whose answer was lost on the way is repeated, and finds its own work done.
            if tried and store.is_withdrawn(account_id, *tried[-1]):
                return
            raise NotFound
        meter, zone = found
        if not can_withdraw(meter.last[zone], window_on(today, owned.supplier.reading_window)):
            raise NotWithdrawable
        tried.append(found)
        transaction = Transaction()
        store.take_back(transaction, owned.account, meter, zone, waiting_row, store.Moment(now, today))
        transaction.commit()

    repeated(attempt)


def _meter_of(meters: list[Meter], reading_id: str) -> tuple[Meter, str] | None:
    """Return the meter and zone in which this reading stands."""
    for meter in meters:
        for zone, reading in meter.last.items():
            if reading.reading_id == reading_id:
                return meter, zone
    return None


app = create_app("readings", router, guest.router)
handler = lambda_handler(app)
