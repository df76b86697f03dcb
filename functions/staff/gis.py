"""Routes of templates of ГИС ЖКХ: uploaded, filled with a month, listed, the files taken; exports works."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from cabinet.accounts.store import suppliers as read_suppliers
from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.exchange.errors import ExportFileAbsent, UploadExpired
from cabinet.exchange.gis import requests
from cabinet.exchange.gis.model import REASONS
from cabinet.exchange.gis.request_rules import is_dead
from cabinet.exchange.gis.template_rules import GisKind
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff
from staff.import_schemas import CheckForm, SupplierId

router = create_router(prefix="/api/staff/gis", tags=["desk"])


class GisLeftOut(DeferredModel):
    """How many rows could not be written for one reason."""

    code: str
    message: str
    rows: int


class GisFill(DeferredModel):
    """A template and its result: ready when its files can be downloaded, refused with a message."""

    fill_id: str
    supplier_id: str
    kind: GisKind
    period: Period
    state: Literal["waiting", "ready", "refused"]
    requested_at: str
    requested_by: str
    rows: int | None
    workbooks: int | None
    total: Kopecks | None
    """The sum of the payments written."""
    left_out: list[GisLeftOut]
    code: str | None
    message: str | None

    @classmethod
    def of(cls, supplier_id: str, row: Item) -> "GisFill":
        """Return a row as the desk shows it."""
        is_lost = is_dead(row, clock.now())
        left_out = sorted((row.get("left_out") or {}).items())
        return cls(
            fill_id=f"{supplier_id}:{row['sk']}", supplier_id=supplier_id, kind=row["kind"],
            period=row["period"], state="refused" if is_lost else row["state"],
            requested_at=row["requested_at"], requested_by=row["requested_by"],
            rows=row.get("rows"), workbooks=row.get("workbooks"),
            total=row.get("total") if row["kind"] == "payments" else None,
            left_out=[
                GisLeftOut(code=code, message=REASONS.get(code, code), rows=rows) for code, rows in left_out
            ],
            code="gis_lost" if is_lost else row.get("code"),
            message="Файлы не получились. Загрузите шаблон ещё раз." if is_lost else row.get("message"),
        )  # fmt: skip


class GisFillPage(DeferredModel):
    """A page of a supplier's templates, the newest first."""

    items: list[GisFill]
    next: str | None


class NewGisFill(DeferredModel):
    """A template that is to be uploaded, and the month; `size` in bytes."""

    supplier_id: SupplierId
    kind: GisKind
    period: Period
    size: Annotated[int, Field(ge=0)]


class GisUpload(DeferredModel):
    """A form to upload by: the browser posts `fields` and the file to `url`, then asks to fill it."""

    fill_id: str
    ticket: str
    url: str
    fields: dict[str, str]


class GisFile(DeferredModel):
    """A link of five minutes to the files: a ZIP."""

    url: str


@router.get("")
@raises(NotFound, TokenInvalid)
def list_gis(
    staff: CurrentStaff,
    supplier_id: Annotated[SupplierId, Query()],
    cursor: LongCursor = None,
) -> GisFillPage:
    """List a supplier's templates of the last thirty days, the newest first."""
    staff.require_supplier(supplier_id)
    name = f"desk-gis/{supplier_id}"
    page = requests.list_fills(supplier_id, decode_cursor(name, cursor))
    requests.resend_lost_message(supplier_id, page.items, clock.now())
    items = [GisFill.of(supplier_id, row) for row in page.items]
    return GisFillPage(items=items, next=encode_cursor(name, page.next_key))


@router.post("", status_code=201)
@raises(NotFound, InvalidFields)
def post_gis(new: NewGisFill, staff: CurrentStaff) -> GisUpload:
    """Return a form to upload a template with; the file goes to storage, not through us."""
    staff.require_supplier(new.supplier_id)
    if new.supplier_id not in read_suppliers([new.supplier_id]):
        raise NotFound
    own_id, form = requests.create_upload(
        staff.member.staff_id, new.supplier_id, new.kind, new.period, new.size, clock.now()
    )
    fill_id = f"{new.supplier_id}:{own_id}"
    return GisUpload(fill_id=fill_id, ticket=form.token, url=form.url, fields=form.fields)


@router.post("/{fill_id}/start")
@raises(NotFound, UploadExpired)
def post_start(fill_id: Identifier, form: CheckForm, staff: CurrentStaff) -> GisFill:
    """Start filling the uploaded template; the list then shows the result."""
    supplier_id, own_id = staff.require_own(fill_id)
    row = requests.request_fill(staff.author, supplier_id, own_id, form.ticket, clock.now())
    return GisFill.of(supplier_id, row)


@router.get("/{fill_id}/file")
@raises(NotFound, ExportFileAbsent)
def get_gis_file(fill_id: Identifier, staff: CurrentStaff) -> GisFile:
    """Return a link to the files: workbooks to upload to ГИС ЖКХ, and the list of what is not in them."""
    supplier_id, own_id = staff.require_own(fill_id)
    return GisFile(url=requests.create_download_link(staff.author, supplier_id, own_id, clock.now()))
