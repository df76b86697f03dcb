"""What the desk's routes of registries take and answer."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from cabinet.aws.dynamo import Item
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.text import Reason
from cabinet.exchange.imports.import_requests import file_name

type ImportStatus = Literal["checking", "preview", "applying", "applied", "refused", "undoing", "undone"]
type SupplierId = Annotated[str, StringConstraints(min_length=1, max_length=32)]


type UndoReason = Reason


class NewImport(DeferredModel):
    """A registry that is to be uploaded; `size` in bytes."""

    supplier_id: SupplierId
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    size: Annotated[int, Field(ge=0)]


class ImportUpload(DeferredModel):
    """A form to upload by: the browser posts `fields` and the file to `url`, then asks for the check."""

    import_id: str
    ticket: str
    url: str
    fields: dict[str, str]


class CheckForm(DeferredModel):
    """The ticket of the upload."""

    ticket: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class UndoForm(DeferredModel):
    """Why; it stays with the import and in the audit log."""

    reason: UndoReason


class ImportResponse(DeferredModel):
    """One import and how far it has come; sums in kopecks, times in UTC."""

    import_id: str
    supplier_id: str
    file_name: str
    status: ImportStatus
    uploaded_at: str
    uploaded_by: str | None
    """None: the billing system has put it into the exchange folder."""
    format: str | None
    registry_number: int | None
    registry_date: str | None
    rows: int | None
    amount: Kopecks | None
    errors: int | None
    warnings: int | None
    accounts: int | None
    accounts_done: int | None
    applied_by: str | None
    finished_at: str | None
    mails_after: str | None
    """Until when no mail names the sums of the receipts that it changed."""
    undo_state: Literal["requested", "writing", "done", "refused"] | None
    undone_by: str | None
    undone_at: str | None
    undo_reason: str | None
    undo_left: int | None
    reports: list[Literal["check", "apply", "undo"]]
    can_apply: bool
    can_undo: bool

    @classmethod
    def of(cls, supplier_id: str, item: Item, *, mails_after: str | None = None) -> "ImportResponse":
        """Return an import as the desk shows it."""
        known = {name: item.get(name) for name in cls.model_fields}
        status, undo_state = item["status"], item.get("undo_state")
        return cls(
            **known
            | {
                "import_id": f"{supplier_id}:{item['import_id']}",
                "supplier_id": supplier_id,
                "file_name": file_name(item),
                "mails_after": mails_after,
                "reports": [kind for kind, name in REPORTS.items() if item.get(name)],
                "can_apply": status == "preview",
                "can_undo": status == "applied" and "run" in item and undo_state != "requested",
            }
        )


REPORTS = {"check": "check_report_key", "apply": "report_key", "undo": "undo_report_key"}
"""Kind of report → the attribute of the import's item that has its key."""


class ImportPage(DeferredModel):
    """A page of a supplier's imports, the newest first."""

    items: list[ImportResponse]
    next: str | None


class ReportLink(DeferredModel):
    """A link of five minutes to a report, a CSV file."""

    url: str


class AccountCounts(DeferredModel):
    """How many accounts would be what."""

    new: int
    changed: int
    holder: int
    closed: int
    unchanged: int


class ReceiptCounts(DeferredModel):
    """How many receipts would be what."""

    new: int
    changed: int
    unchanged: int


class SumChange(DeferredModel):
    """«К оплате» of a period, a kind of receipt and a payee; no INN: what no service's line says."""

    period: str
    kind: str
    payee_inn: str
    payee_name: str
    before: Kopecks
    after: Kopecks


class BigDifference(DeferredModel):
    """A receipt that would show another sum; `compared_with` is the period of the sum before."""

    number: str
    period: str
    kind: str
    before: Kopecks
    after: Kopecks
    compared_with: str


class MissingAccounts(DeferredModel):
    """Accounts that the registry before named and this one does not: how many, and the first of them."""

    count: int
    first: list[str]


class IssueResponse(DeferredModel):
    """An error or a warning at a line of the file."""

    place: str
    field: str
    code: str
    severity: Literal["fatal", "error", "warning"]
    message: str


class ImportPreview(DeferredModel):
    """What the import would change."""

    accounts: AccountCounts
    receipts: ReceiptCounts
    others: list[str]
    total_before: Kopecks
    total_after: Kopecks
    sums: list[SumChange]
    sums_left_out: int
    biggest: list[BigDifference]
    missing: dict[Literal["accounts", "balances"], MissingAccounts]
    findings: list[IssueResponse]
    findings_left_out: int
    is_busy: bool

    @classmethod
    def of(cls, found: dict[str, Any], payees: dict[str, str]) -> "ImportPreview":
        """Return what a check has found; `payees` gives names by INN."""
        sums = [each | {"payee_name": payees.get(each["payee_inn"], "")} for each in found["sums"]]
        return cls.model_validate(found | {"sums": sums})
