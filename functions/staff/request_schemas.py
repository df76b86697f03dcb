"""What the desk's routes of requests take and give."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.text import strip_control_chars_if_str
from cabinet.service_requests.deadline_rules import is_overdue
from cabinet.service_requests.model import (
    STATUS_TITLES,
    Author,
    DialogueMessage,
    Kind,
    RequestFile,
    Status,
    SubscriberRequest,
)
from cabinet.service_requests.rules import MAX_FILES, TRANSITIONS
from cabinet.staff.model import Member

type StatusName = Literal["new", "in_progress", "waiting", "answered", "done", "rejected"]
"""`Status` by its values: other functions describe statuses of their own under that name."""


class NewAnswer(DeferredModel):
    """An answer; `files` are the tickets of uploads, `version` is that of the request as it was read."""

    text: Annotated[str, StringConstraints(max_length=8000), BeforeValidator(strip_control_chars_if_str)] = ""
    status: StatusName = "answered"
    files: Annotated[list[Annotated[str, Field(max_length=2048)]], Field(max_length=MAX_FILES)] = []
    version: int | None = None


class Assignment(DeferredModel):
    """To whom the request is given."""

    staff_id: Annotated[str, Field(min_length=1, max_length=64)]


class DeskNewFile(DeferredModel):
    """A file that is about to be uploaded; `size` in bytes."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    content_type: Annotated[str, Field(max_length=100)]
    size: StrictInt


class DeskUpload(DeferredModel):
    """A form to post the file with: `fields`, then ``file``; `attachment` then goes into the answer."""

    attachment: str
    url: str
    fields: dict[str, str]


class DeskFileLink(DeferredModel):
    """Where the file is for five minutes."""

    url: str


class Assignee(DeferredModel):
    """A colleague who answers requests."""

    staff_id: str
    name: str


class Assignees(DeferredModel):
    """Colleagues who answer requests, by name."""

    items: list[Assignee]

    @classmethod
    def of(cls, members: list[Member]) -> Self:
        """Return the colleagues as the desk shows them."""
        by_name = sorted(members, key=lambda each: each.name)
        return cls.model_validate({"items": by_name}, from_attributes=True)


class DeskRequestLine(DeferredModel):
    """A line of the list: nothing of the resident."""

    request_id: str
    """``supplier:number``"""
    number: str
    supplier_id: str
    kind: Kind
    kind_title: str
    service_title: str | None
    status: StatusName
    status_title: str
    created_at: str
    answer_by: date | None
    is_overdue: bool
    awaits_staff: bool
    assigned_to: str
    assigned_name: str

    @classmethod
    def of(cls, request: SubscriberRequest, today: date) -> Self:
        """Return a request as the list shows it."""
        return cls(**_line_fields(request, today))


def _line_fields(request: SubscriberRequest, today: date) -> dict[str, object]:
    own = {
        name: getattr(request, name)
        for name in DeskRequestLine.model_fields
        if name not in ("request_id", "status_title", "is_overdue")
    }
    return own | {
        "request_id": f"{request.supplier_id}:{request.number}",
        "status_title": STATUS_TITLES[request.status],
        "is_overdue": bool(TRANSITIONS[request.status]) and is_overdue(request.answer_by, today),
    }


class DeskRequestPage(DeferredModel):
    """A page of the list; one may be short and yet have a next."""

    items: list[DeskRequestLine]
    next: str | None


class DeskFile(DeferredModel):
    """A file of a request or of its dialogue."""

    file_id: str
    name: str
    content_type: str
    size: int


class DeskMessage(DeferredModel):
    """A message of the dialogue, by either side; `name` is whose of the staff."""

    at: str
    author: Author
    name: str
    text: str
    status: StatusName
    files: list[DeskFile]

    @classmethod
    def of(cls, reply: DialogueMessage) -> Self:
        """Return a message as the desk shows it."""
        return cls(
            at=reply.at, author=reply.author, name=reply.author_name, text=reply.text,
            status=reply.status.value, files=_files(reply.files),
        )  # fmt: skip


def _files(files: list[RequestFile]) -> list[DeskFile]:
    return [DeskFile.model_validate(each, from_attributes=True) for each in files]


class DeskRating(DeferredModel):
    """What the resident thought of the answer."""

    stars: int
    text: str


class DeskRequest(DeskRequestLine):
    """One request with its dialogue, and whose it is."""

    version: int
    text: str
    service_price: Kopecks | None
    contact_phone: str | None
    account_id: str
    account_number: str
    holder: str
    address: str
    supplier_name: str
    files: list[DeskFile]
    messages: list[DeskMessage]
    rating: DeskRating | None
    statuses: list[StatusName]
    """What an answer may set."""

    @classmethod
    def from_request(
        cls, request: SubscriberRequest, account: Account, supplier: Supplier, today: date
    ) -> Self:
        """Return a request as its page shows it."""
        rating = request.rating
        return cls(
            **_line_fields(request, today),
            version=request.version,
            text=request.text,
            service_price=request.service_price,
            contact_phone=request.contact_phone,
            account_id=account.account_id,
            account_number=account.number,
            holder=account.holder,
            address=account.address.line,
            supplier_name=supplier.name,
            files=_files(request.files),
            messages=[DeskMessage.of(reply) for reply in request.replies],
            rating=rating and DeskRating.model_validate(rating, from_attributes=True),
            statuses=[status.value for status in Status if status in TRANSITIONS[request.status]],
        )
