"""Routes of an account's rows that registries brought: list them, remove a wrong one."""

import re
from datetime import date
from typing import Self

from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.identifiers import supplier_part
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.exchange import row_removal
from cabinet.exchange.errors import RowNotRemovable
from cabinet.web.app import Identifier, create_router
from cabinet.web.staff_auth import CurrentStaff, Staff
from staff.import_schemas import UndoForm

router = create_router(prefix="/api/staff/accounts/{account_id}", tags=["desk"])
_RECEIPT_ID = re.compile(r"(\d{4}-\d{2})-(.+)")
_PAYMENT_ID = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")


class ReceiptRow(DeferredModel):
    """A receipt."""

    receipt_id: str
    title: str
    issued_on: date | None


class PaymentRowResponse(DeferredModel):
    """A payment; one through the cabinet cannot be removed."""

    payment_id: str
    kind: str
    received_on: date
    amount: Kopecks
    is_removable: bool

    @classmethod
    def of(cls, row: Item) -> Self:
        """Return it as the API shows it."""
        return cls(
            payment_id=f"{row['received_on']}-{row['payment_id']}", kind=row["kind"],
            received_on=row["received_on"], amount=row["amount"],
            is_removable=not row.get("order_id") and not row.get("returned"),
        )  # fmt: skip


class MeterRow(DeferredModel):
    """A meter."""

    meter_id: str
    number: str
    service: str
    place: str


class AccountRowsResponse(DeferredModel):
    """What registries have brought of an account, the newest first."""

    account_id: str
    receipts: list[ReceiptRow]
    payments: list[PaymentRowResponse]
    meters: list[MeterRow]


@router.get("/rows")
@raises(NotFound)
def list_rows(account_id: Identifier, staff: CurrentStaff) -> AccountRowsResponse:
    """List an account's receipts, payments and meters; everyone who has it bound sees this access."""
    _require_supplier(staff, account_id)
    found = row_removal.show_rows(staff.author, account_id, clock.now())
    return AccountRowsResponse(
        account_id=account_id,
        receipts=[
            ReceiptRow(receipt_id=row["document_id"], title=row["title"], issued_on=row["issued_on"])
            for row in found.receipts
        ],
        payments=[PaymentRowResponse.of(row) for row in found.payments],
        meters=[MeterRow.model_validate({"place": "", **row}) for row in found.meters],
    )  # fmt: skip


@router.post("/receipts/{receipt_id}/void", status_code=204)
@raises(NotFound, Conflict)
def void_receipt(account_id: Identifier, receipt_id: Identifier, form: UndoForm, staff: CurrentStaff) -> None:
    """Take a wrong receipt out; the latest one of its kind is then the one before."""
    _require_supplier(staff, account_id)
    period, kind = _parse_row_id(_RECEIPT_ID, receipt_id)
    row_removal.remove_receipt(staff.author, account_id, period, kind, form.reason, clock.now())


@router.post("/payments/{payment_id}/void", status_code=204)
@raises(NotFound, Conflict, RowNotRemovable)
def void_payment(account_id: Identifier, payment_id: Identifier, form: UndoForm, staff: CurrentStaff) -> None:
    """Take a wrong payment of a registry out; `payment_id` is its day and its own id."""
    _require_supplier(staff, account_id)
    day, own_id = _parse_row_id(_PAYMENT_ID, payment_id)
    row_removal.remove_payment(staff.author, account_id, day, own_id, form.reason, clock.now())


@router.post("/meters/{meter_id}/void", status_code=204)
@raises(NotFound, Conflict)
def void_meter(account_id: Identifier, meter_id: Identifier, form: UndoForm, staff: CurrentStaff) -> None:
    """Take a wrong meter out; its readings are shown again if a registry brings it back."""
    _require_supplier(staff, account_id)
    row_removal.remove_meter(staff.author, account_id, meter_id, form.reason, clock.now())


def _require_supplier(staff: Staff, account_id: str) -> None:
    staff.require_supplier(supplier_part(account_id))


def _parse_row_id(pattern: re.Pattern[str], given: str) -> tuple[str, str]:
    found = pattern.fullmatch(given)
    if found is None:
        raise NotFound
    return found[1], found[2]
