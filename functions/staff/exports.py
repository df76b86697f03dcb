"""Routes of registries out: listed, a new one, one again, a file to take; the exports function works."""

from typing import Annotated, Literal

from fastapi import Query

from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.exchange.errors import ExportFileAbsent, NothingToExport
from cabinet.exchange.exports import export_requests
from cabinet.exchange.exports.export_requests import ExportKind, FileForm
from cabinet.exchange.exports.kinds import KINDS
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff, Staff
from staff.import_schemas import SupplierId

router = create_router(prefix="/api/staff/exports", tags=["desk"])


class ExportResponse(DeferredModel):
    """A registry out; `state` is delivered when its file is where the billing system fetches it."""

    export_id: str
    kind: ExportKind
    supplier_id: str
    number: int
    dated: str
    state: Literal["open", "sealed", "delivered"]
    delivered_at: str | None

    @classmethod
    def of(cls, kind: ExportKind, supplier_id: str, row: Item) -> "ExportResponse":
        """Return a registry as the desk shows it."""
        number = int(row["sk"])
        # «closed» is what payments' registries were before there was a delivery to note.
        state = row["state"] if row["state"] in ("open", "sealed") else "delivered"
        return cls(
            export_id=f"{supplier_id}:{kind}:{number}", kind=kind, supplier_id=supplier_id, number=number,
            dated=row["dated"], state=state, delivered_at=row.get("delivered_at"),
        )  # fmt: skip


class ExportPage(DeferredModel):
    """A page of a supplier's registries of one kind, the newest first."""

    items: list[ExportResponse]
    next: str | None


class NewExport(DeferredModel):
    """Which registry is to be made now."""

    supplier_id: SupplierId
    kind: ExportKind


class ExportFile(DeferredModel):
    """A link of five minutes to a registry's file."""

    url: str


@router.get("")
@raises(NotFound, TokenInvalid)
def list_exports(
    staff: CurrentStaff,
    supplier_id: Annotated[SupplierId, Query()],
    kind: ExportKind = "payments",
    cursor: LongCursor = None,
) -> ExportPage:
    """List a supplier's registries of one kind, the newest first."""
    staff.require_supplier(supplier_id)
    name = f"desk-exports/{supplier_id}/{kind}"
    page = export_requests.list_registries(kind, supplier_id, decode_cursor(name, cursor))
    items = [ExportResponse.of(kind, supplier_id, row) for row in page.items]
    return ExportPage(items=items, next=encode_cursor(name, page.next_key))


@router.post("", status_code=204)
@raises(NotFound, NothingToExport)
def post_export(new: NewExport, staff: CurrentStaff) -> None:
    """Have what waits written into a registry now, and not first by tonight's schedule."""
    staff.require_supplier(new.supplier_id)
    export_requests.request_new(staff.author, new.kind, new.supplier_id, clock.now())


@router.post("/{export_id}/again", status_code=204)
@raises(NotFound)
def post_again(export_id: Identifier, staff: CurrentStaff) -> None:
    """Have a registry's files written again: the same bytes under the same name, and the workbook."""
    kind, supplier_id, number = _parse_export_id(staff, export_id)
    export_requests.request_rewrite(staff.author, kind, supplier_id, number, clock.now())


@router.get("/{export_id}/file")
@raises(NotFound, ExportFileAbsent)
def get_file(export_id: Identifier, staff: CurrentStaff, form: FileForm = "csv") -> ExportFile:
    """Return a link to the file: CSV (payments: a ZIP of one for each payee) or a workbook."""
    kind, supplier_id, number = _parse_export_id(staff, export_id)
    return ExportFile(
        url=export_requests.create_download_link(staff.author, kind, supplier_id, number, form, clock.now())
    )


def _parse_export_id(staff: Staff, export_id: str) -> tuple[ExportKind, str, int]:
    """Return kind, supplier and number of the desk's id; raises NotFound for another's or no id at all."""
    supplier_id, _, rest = export_id.partition(":")
    kind, _, number = rest.partition(":")
    staff.require_supplier(supplier_id)
    if kind not in KINDS or not (number.isascii() and number.isdigit() and len(number) <= 10):
        raise NotFound
    return kind, supplier_id, int(number)  # type: ignore[return-value]
