"""Routes of meter readings: the form, handing in, withdrawing; guests have theirs in `guest`."""

from functools import cache

from fastapi import Depends, Request

from cabinet.aws.dynamo import Table
from cabinet.billing.store import last_charges
from cabinet.core import clock
from cabinet.core.errors import Conflict, IdempotencyConflict, raises
from cabinet.idempotency import IdempotentRequest, identify_request
from cabinet.identity.keys import profile_key
from cabinet.metering import queries
from cabinet.metering.errors import ConfirmationRequired, NotWithdrawable, StaleMeter
from cabinet.metering.export_queue import queue_key
from cabinet.metering.shown_meter_rules import shown_meters
from cabinet.metering.submission import ReadingsAccepted
from cabinet.metering.submission_service import (
    Submitter,
    Withdrawal,
    load_state,
    state_keys,
    submit,
    with_retries,
)
from cabinet.metering.submission_window import window_for
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import IdempotencyKey, Identifier, create_app, create_router
from cabinet.web.auth import CurrentAccount, load_owned_account, require_credentials
from cabinet.web.inline_routes import run_inline_or_in_thread
from cabinet.web.readings_form import NewReadings, ReadingsForm, build_form
from readings import guest

router = create_router(prefix="/api/accounts/{account_id}/readings", tags=["readings"])


@router.get("/form")
@allow_access_tokens("read:meters")
def readings_form(owned: CurrentAccount) -> ReadingsForm:
    """«Передать показания»: the window and the meters with their last readings."""
    today = clock.local_date(clock.now(), owned.supplier.time_zone)
    meters = shown_meters(owned.account, queries.list_meters(owned.account.account_id, consistent=True))
    window = window_for(today, owned.supplier.reading_window)
    return ReadingsForm(**build_form(window, meters, last_charges(owned.account), today, is_own=True))


@router.post("", status_code=201, dependencies=[Depends(run_inline_or_in_thread(require_credentials))])
@allow_access_tokens("write:readings")
@raises(load_owned_account, ConfirmationRequired, Conflict, IdempotencyConflict, StaleMeter)
def submit_readings(
    account_id: Identifier, new: NewReadings, key: IdempotencyKey, request: Request
) -> ReadingsAccepted:
    """Submit readings: all rows are accepted, or none."""
    body = new.model_dump(mode="json")

    @cache
    def identify(user_id: str) -> IdempotentRequest:
        return identify_request(user_id, f"readings/{account_id}", key, body)

    def attempt() -> ReadingsAccepted:
        # One batch authorises and reads all that the decision needs: a submission is three round trips.
        owned, (row, profile, *rest) = load_owned_account(
            request,
            account_id,
            lambda user_id: [
                (Table.USERS, identify(user_id).row_key),
                (Table.USERS, profile_key(user_id)),
                *state_keys(account_id, [reading.meter_id for reading in new.readings]),
            ],
            consistent=True,
        )
        user_id = owned.subscriber.user_id
        earlier = identify(user_id).response_from_row(row)
        if earlier is not None:
            return ReadingsAccepted.model_validate(earlier)
        sender = Submitter("subscriber", user_id, (profile or {}).get("email"))
        state = load_state(owned.account, owned.supplier, rest)
        return submit(new.to_inputs(), new.taken_on, state, sender, identify(user_id), last_charges)

    return with_retries(attempt)


@router.delete(
    "/{reading_id}", status_code=204, dependencies=[Depends(run_inline_or_in_thread(require_credentials))]
)
@raises(load_owned_account, StaleMeter, NotWithdrawable)
def withdraw_reading(account_id: Identifier, reading_id: Identifier, request: Request) -> None:
    """Take back one's own last reading until the cut-off; the one before it is valid again."""
    withdrawal = Withdrawal(account_id, reading_id)

    def attempt() -> None:
        owned, (waiting_row,) = load_owned_account(
            request,
            account_id,
            lambda _: [(Table.ACCOUNTS, queue_key(account_id))],
            consistent=True,
        )
        withdrawal.attempt(owned.account, owned.supplier, waiting_row)

    with_retries(attempt)


app = create_app("readings", router, guest.router)
