"""Routes of «глазами абонента»: the resident's own views, each access audited; readings by telephone."""

from typing import Annotated

from fastapi import Query

from cabinet.accounts.errors import AccountClosed
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing import rules, store
from cabinet.billing.store import last_charges
from cabinet.core import clock
from cabinet.core.errors import Conflict, IdempotencyConflict, NotFound, raises
from cabinet.core.identifiers import supplier_part
from cabinet.core.periods import Period
from cabinet.core.text import Reason
from cabinet.idempotency import identify_request
from cabinet.metering import queries
from cabinet.metering.errors import ConfirmationRequired, StaleMeter
from cabinet.metering.history import effective_reading_ids
from cabinet.metering.submission import ReadingsAccepted
from cabinet.metering.submission_window import window_for
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import phone_readings, residents
from cabinet.web import charge_views, meter_views, payment_views, summary_views
from cabinet.web.app import IdempotencyKey, Identifier, create_router
from cabinet.web.pagination import decode_cursor, encode_cursor
from cabinet.web.readings_form import NewReadings, ReadingsForm, build_form
from cabinet.web.staff_auth import CurrentStaff, Staff

type Cursor = Annotated[str | None, Query(max_length=2048)]
type Month = Annotated[Period | None, Query()]

router = create_router(prefix="/api/staff/accounts/{account_id}", tags=["desk"])


class PhoneReadings(NewReadings):
    """The resident's form, and why somebody else fills it in."""

    reason: Reason


@router.get("/summary")
@raises(NotFound)
def get_summary(account_id: Identifier, staff: CurrentStaff) -> summary_views.AccountSummary:
    """«Общая информация» as the resident sees it."""
    account, supplier = _view_account(staff, account_id, "summary")
    receipts = store.get_receipts(account.account_id, rules.latest_receipts(account, store.MAX_KINDS))
    today = clock.local_date(clock.now(), supplier.time_zone)
    return summary_views.AccountSummary.of(account, supplier, receipts, today)


@router.get("/services")
@raises(NotFound)
def get_services(
    account_id: Identifier, staff: CurrentStaff, period: Month = None
) -> charge_views.ServicesResponse:
    """«Детализация по услугам» of a month, the latest by default."""
    account, _ = _view_account(staff, account_id, "services")
    wanted = period or account.last_period
    receipts = store.list_receipts(account.account_id, wanted) if wanted else []
    return charge_views.ServicesResponse.of(account, wanted, receipts)


@router.get("/charges")
@raises(NotFound)
def get_charges(
    account_id: Identifier, staff: CurrentStaff, period: Month = None
) -> charge_views.ChargesResponse:
    """«Детализация начислений» of a month, the latest by default."""
    account, _ = _view_account(staff, account_id, "charges")
    wanted = period or account.last_period
    receipts = store.list_receipts(account.account_id, wanted) if wanted else []
    return charge_views.ChargesResponse.of(account, wanted, receipts)


@router.get("/payments")
@raises(NotFound, TokenInvalid)
def list_payments(
    account_id: Identifier, staff: CurrentStaff, cursor: Cursor = None
) -> payment_views.PaymentsPage:
    """«История оплат»."""
    name = f"desk-payments/{account_id}"
    after = decode_cursor(name, cursor)
    account, _ = _view_account(staff, account_id, "payments")
    page = store.list_payments(account.account_id, after, before=None)
    return payment_views.PaymentsPage(
        items=[payment_views.PaymentResponse.of(payment) for payment in page.items],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/meters")
@raises(NotFound)
def list_meters(account_id: Identifier, staff: CurrentStaff) -> meter_views.Meters:
    """«Информация об ИПУ»."""
    account, _ = _view_account(staff, account_id, "meters")
    return meter_views.Meters.of(queries.list_meters(account.account_id))


@router.get("/meters/{meter_id}/readings")
@raises(NotFound, TokenInvalid)
def list_readings(
    account_id: Identifier, meter_id: Identifier, staff: CurrentStaff, cursor: Cursor = None
) -> meter_views.ReadingsPage:
    """«Просмотр показаний» of one meter."""
    name = f"desk-readings/{account_id}/{meter_id}"
    after = decode_cursor(name, cursor)
    account, supplier = _view_account(staff, account_id, "readings")
    if all(each.meter_id != meter_id for each in queries.list_meters(account.account_id)):
        raise NotFound
    page = queries.list_readings(account.account_id, meter_id, supplier.time_zone, after)
    counting_ids = effective_reading_ids(page.items)
    return meter_views.ReadingsPage(
        items=[
            meter_views.ReadingResponse.of(reading, counts=reading.reading_id in counting_ids)
            for reading in page.items
        ],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/readings/form")
@raises(NotFound)
def get_readings_form(account_id: Identifier, staff: CurrentStaff) -> ReadingsForm:
    """«Передать показания»: the window and the meters, to write down what is said by telephone."""
    account, supplier = _view_account(staff, account_id, "readings form")
    today = clock.local_date(clock.now(), supplier.time_zone)
    meters = queries.list_meters(account.account_id, consistent=True)
    window = window_for(today, supplier.reading_window)
    return ReadingsForm(**build_form(window, meters, last_charges(account), today, is_own=True))


@router.post("/readings", status_code=201)
@raises(NotFound, AccountClosed, ConfirmationRequired, Conflict, IdempotencyConflict, StaleMeter)
def post_readings(
    account_id: Identifier, new: PhoneReadings, key: IdempotencyKey, staff: CurrentStaff
) -> ReadingsAccepted:
    """Record readings that a resident gives by telephone: all rows are accepted, or none."""
    staff.require_supplier(supplier_part(account_id))
    idempotent_request = identify_request(
        f"staff:{staff.member.staff_id}", f"readings/{account_id}", key, new.model_dump(mode="json")
    )
    return phone_readings.submit_by_phone(
        staff.author, account_id, new.to_inputs(), new.taken_on, new.reason, idempotent_request
    )


def _view_account(staff: Staff, account_id: str, view: str) -> tuple[Account, Supplier]:
    staff.require_supplier(supplier_part(account_id))
    return residents.view_account(staff.author, account_id, view, clock.now())
