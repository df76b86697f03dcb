"""Routes of money as a whole: totals, contracts, a bank's statement against the journal, failed autopay."""

import base64
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from cabinet.accounts.store import all_suppliers
from cabinet.audit.model import Action
from cabinet.audit.store import Subject
from cabinet.autopay import store as autopay_store
from cabinet.autopay.model import Outcome
from cabinet.core import clock
from cabinet.core.errors import FieldError, InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.payments import totals
from cabinet.payments.bank_statement import ChosenColumns
from cabinet.payments.errors import StatementColumnsUnknown, StatementRejected
from cabinet.payments.totals_rules import Sums
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import bank_statements
from cabinet.staff.bank_statements import OwnContract
from cabinet.web.app import create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff, Staff
from staff.schemas import Day

router = create_router(prefix="/api/staff", tags=["desk"])

_FAILURES_PERIOD = timedelta(days=60)


class PayeeTotal(DeferredModel):
    """What one payee was paid, and what of it was refunded; an empty INN: the line names none."""

    payee_inn: str
    payee: str
    paid: Kopecks
    refunded: Kopecks


class DayTotal(DeferredModel):
    """One day, by payee."""

    day: date
    payees: list[PayeeTotal]


class MethodTotal(DeferredModel):
    """One way of paying; empty: payments from before it was kept."""

    method: str
    paid: Kopecks
    refunded: Kopecks


class TotalsResponse(DeferredModel):
    """Totals of days, as the registries of payments have them.

    `beyond` is what payments carried beyond their lines: commission, less what was refunded of no line.
    """

    first: date
    last: date
    paid: Kopecks
    refunded: Kopecks
    beyond: Kopecks
    payments: int
    refunds: int
    days: list[DayTotal]
    payees: list[PayeeTotal]
    methods: list[MethodTotal]


class ContractResponse(DeferredModel):
    """A contract with a bank; `silent_since`: its bank does not answer."""

    contract: str
    supplier_ids: list[str]
    silent_since: datetime | None


class ContractList(DeferredModel):
    """The contracts of the person's own suppliers."""

    items: list[ContractResponse]


class StatementColumns(DeferredModel):
    """Which columns hold what, by their names in the file."""

    number: Annotated[str, Field(min_length=1, max_length=100)]
    amount: Annotated[str, Field(min_length=1, max_length=100)]
    status: Annotated[str, Field(max_length=100)] = ""
    day: Annotated[str, Field(max_length=100)] = ""


class StatementForm(DeferredModel):
    """A bank's statement of a day; `content` is the file, gzipped, in base64."""

    contract: Annotated[str, Field(min_length=1, max_length=100)]
    day: Day
    content: Annotated[str, Field(min_length=1, max_length=250_000)]
    columns: StatementColumns | None = None


class StatementDifference(DeferredModel):
    """An order whose sum at the bank is not ours, and why."""

    order_id: str
    bank: Kopecks
    ledger: Kopecks
    reason: str


class StatementResponse(DeferredModel):
    """The comparison: sums of the day, and orders that only one side has or that differ."""

    orders: int
    bank_total: Kopecks
    ledger_total: Kopecks
    only_ours: list[StatementDifference]
    only_theirs: list[StatementDifference]
    differing: list[StatementDifference]
    skipped: list[int]
    """Lines of the file that move no money: totals, repeated headers, refused payments."""
    doubts: list[str]
    """What a person should look at."""


class AutopayFailure(DeferredModel):
    """A charge that did not come, and why, as its owner was informed."""

    at: datetime
    account_id: str
    order_id: str | None
    amount: Kopecks | None
    outcome: Outcome
    text: str


class AutopayFailures(DeferredModel):
    """A page of failures, newest first."""

    items: list[AutopayFailure]
    next: str | None


@router.get("/totals")
@raises(NotFound)
def get_totals(
    staff: CurrentStaff,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    supplier_id: Annotated[str | None, Query(max_length=32)] = None,
) -> TotalsResponse:
    """Add up what was paid and refunded by day, payee and method: the sums of the registries.

    31 days at most; the totals of more are the sums of their parts.
    """
    if first > last:
        raise InvalidFields(FieldError("to", "days_reversed", "Последний день раньше первого."))
    if (last - first).days >= totals.MAX_DAYS:
        message = f"Выберите не больше {totals.MAX_DAYS} дней."
        raise InvalidFields(FieldError("from", "days_too_many", message))
    own = [each for each in all_suppliers() if staff.member.covers([each.supplier_id])]
    chosen = [each for each in own if supplier_id in (None, each.supplier_id)]
    if supplier_id is not None and not chosen:
        raise NotFound
    names = {payee.inn: payee.name for each in chosen for payee in each.payees}
    found = totals.load_totals((each.supplier_id for each in chosen), first, last)
    return TotalsResponse(
        first=first, last=last, paid=found.whole.paid, refunded=found.whole.refunded,
        beyond=found.outside_lines, payments=found.payments, refunds=found.refunds,
        days=[
            DayTotal(day=day, payees=_payee_totals(sums, names))
            for day, sums in sorted(found.by_day.items())
        ],
        payees=_payee_totals(found.by_payee, names),
        methods=[
            MethodTotal(method=method, paid=sums.paid, refunded=sums.refunded)
            for method, sums in sorted(found.by_method.items())
        ],
    )  # fmt: skip


@router.get("/contracts")
def list_contracts(staff: CurrentStaff) -> ContractList:
    """List the contracts with banks, and whose bank does not answer."""
    return ContractList.model_validate({"items": _own_contracts(staff)}, from_attributes=True)


@router.post("/bank-registers")
@raises(NotFound, StatementRejected, StatementColumnsUnknown)
def post_statement(form: StatementForm, staff: CurrentStaff) -> StatementResponse:
    """Compare a bank's statement of a day with the journal, to the kopeck, and say why sums differ."""
    known = next((each for each in _own_contracts(staff) if each.contract == form.contract), None)
    if known is None:
        raise NotFound(f"Договора «{form.contract}» у ваших организаций нет.")
    try:
        packed = base64.b64decode(form.content, validate=True)
    except ValueError:  # also for letters of no alphabet of base64
        raise StatementRejected("Файл дошёл повреждённым: отправьте его ещё раз.") from None
    chosen = ChosenColumns(**form.columns.model_dump()) if form.columns is not None else None
    compared = bank_statements.compare(known, form.day, packed, chosen)
    found = compared.comparison
    subject = Subject(f"contract:{known.contract}", known.supplier_ids or tuple(staff.member.suppliers))
    seen = {"day": form.day.isoformat(), "orders": found.orders, "differences": len(found.differences)}
    staff.record_access(Action.REGISTER_COMPARED, subject, after=seen)
    differences = [
        StatementDifference.model_validate(each, from_attributes=True) for each in found.differences
    ]
    return StatementResponse(
        orders=found.orders, bank_total=found.bank_total, ledger_total=found.ledger_total,
        only_ours=[each for each in differences if not each.bank],
        only_theirs=[each for each in differences if each.bank and not each.ledger],
        differing=[each for each in differences if each.bank and each.ledger],
        skipped=compared.skipped, doubts=compared.doubts,
    )  # fmt: skip


@router.get("/autopay-failures")
@raises(NotFound, TokenInvalid)
def list_autopay_failures(
    staff: CurrentStaff,
    supplier_id: Annotated[str, Query(min_length=1, max_length=32)],
    cursor: LongCursor = None,
) -> AutopayFailures:
    """List what autopay could not charge in 60 days, newest first; each owner was informed of theirs."""
    staff.require_supplier(supplier_id)
    name = f"autopay-failures/{staff.member.staff_id}/{supplier_id}"
    since = clock.now() - _FAILURES_PERIOD
    found, following = autopay_store.failures(supplier_id, since, decode_cursor(name, cursor))
    staff.record_access(
        Action.AUTOPAY_FAILURES_SHOWN, Subject("", (supplier_id,)), after={"found": len(found)}
    )
    items = [AutopayFailure.model_validate(each, from_attributes=True) for each in found]
    return AutopayFailures(items=items, next=encode_cursor(name, following))


def _own_contracts(staff: Staff) -> list[OwnContract]:
    return bank_statements.own_contracts(staff.member, sees_all=staff.sees_every_supplier)


def _payee_totals(found: dict[str, Sums], names: dict[str, str]) -> list[PayeeTotal]:
    return [
        PayeeTotal(payee_inn=inn, payee=names.get(inn, ""), paid=sums.paid, refunded=sums.refunded)
        for inn, sums in sorted(found.items())
    ]
