"""Readings without a cabinet: number, house and flat open an account's meters, and nothing else of it."""

import uuid
from datetime import timedelta
from typing import Annotated

from fastapi import Header, Request

from cabinet import limits
from cabinet.accounts import store as accounts
from cabinet.accounts.errors import AccountClosed, AccountNotFound
from cabinet.accounts.keys import account_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.rules import address_matches, is_closed, normalise_account_number
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.store import last_charges
from cabinet.core import clock
from cabinet.core.errors import Conflict, IdempotencyConflict, NotFound, raises
from cabinet.core.identifiers import supplier_part
from cabinet.idempotency import IdempotentRequest, identify_request
from cabinet.identity.guest_search import count_search, undo_search_count
from cabinet.metering import queries
from cabinet.metering.errors import ConfirmationRequired, StaleMeter
from cabinet.metering.model import Meter
from cabinet.metering.submission import ReadingsAccepted
from cabinet.metering.submission_service import Submitter, load_state, state_keys, submit, with_retries
from cabinet.metering.submission_window import window_for
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.readings_form import build_form
from readings.schemas import GuestForm, GuestLookup, GuestReadings

TOKEN_LIFETIME = timedelta(minutes=30)

type OptionalKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=64, pattern=r"^[!-~]+$")
]

router = create_router(prefix="/api/guest/readings", tags=["readings"])


@router.post("/lookup")
@raises(count_search, AccountNotFound)
def lookup(wanted: GuestLookup, request: Request) -> GuestForm:
    """Open the form of an account by its number, house and flat."""
    client_ip = get_client_ip(request)
    number = normalise_account_number(wanted.account_number)
    count_search(client_ip, number, wanted.captcha)
    found = _lookup_result(number, wanted.house, wanted.flat or "")
    if found is None:
        raise AccountNotFound
    undo_search_count(client_ip, number)
    account, supplier, meters = found
    today = clock.local_date(clock.now(), supplier.time_zone)
    window = window_for(today, supplier.reading_window)
    token = sign(Purpose.GUEST, {"account": account.account_id}, TOKEN_LIFETIME)
    return GuestForm(token=token, **build_form(window, meters, last_charges(account), today, is_own=False))


@router.post("", status_code=201)
@raises(
    limits.hit,
    AccountClosed,
    ConfirmationRequired,
    Conflict,
    IdempotencyConflict,
    StaleMeter,
    NotFound,
    TokenInvalid,
)
def submit_as_guest(new: GuestReadings, request: Request, key: OptionalKey = None) -> ReadingsAccepted:
    """Hand in readings of the account that the token opens."""
    limits.hit(limits.GUEST_SUBMIT_BY_IP, get_client_ip(request))
    account_id = str(verify(Purpose.GUEST, new.token)["account"])
    limits.hit(limits.GUEST_SUBMIT_BY_ACCOUNT, account_id)
    body = new.model_dump(mode="json", exclude={"token"})
    idempotent_request = identify_request(f"guest/{account_id}", "readings", key or uuid.uuid4().hex, body)
    return with_retries(lambda: _submit(new, account_id, idempotent_request))


def _submit(new: GuestReadings, account_id: str, idempotent_request: IdempotentRequest) -> ReadingsAccepted:
    supplier_id = supplier_part(account_id)
    row, account, supplier, *rest = dynamo.batch_get(
        [
            (Table.USERS, idempotent_request.row_key),
            (Table.ACCOUNTS, account_key(account_id)),
            (Table.ACCOUNTS, supplier_key(supplier_id)),
            *state_keys(account_id, [reading.meter_id for reading in new.readings]),
        ],
        consistent=True,
    )
    earlier = idempotent_request.response_from_row(row)
    if earlier is not None:
        return ReadingsAccepted.model_validate(earlier)
    if account is None or supplier is None:
        raise NotFound
    opened = Account.model_validate(account)
    if is_closed(opened, clock.now().date()):
        raise AccountClosed
    seen = load_state(opened, Supplier.model_validate(supplier), rest)
    return submit(new.to_inputs(), new.taken_on, seen, Submitter("guest"), idempotent_request, last_charges)


def _lookup_result(number: str, house: str, flat: str) -> tuple[Account, Supplier, list[Meter]] | None:
    """Return the account that fits; of several suppliers' with one number, the first that has meters."""
    today = clock.now().date()
    fitting = [
        each
        for each in accounts.find_by_number(number)
        if address_matches(each, house, flat) and not is_closed(each, today)
    ]
    if not fitting:
        return None
    with_meters = ((account, queries.list_meters(account.account_id)) for account in fitting)
    account, meters = next((pair for pair in with_meters if pair[1]), (fitting[0], []))
    supplier = accounts.suppliers([account.supplier_id]).get(account.supplier_id)
    return None if supplier is None else (account, supplier, meters)
