"""What the requests' routes take and give."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints

from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.text import strip_control_chars_if_str
from cabinet.service_requests.dialogue_rules import can_rate, has_room, reopen_until
from cabinet.service_requests.model import Author, Kind, SubscriberRequest
from cabinet.service_requests.rules import MAX_FILES, is_open
from cabinet.web.responses import response_from


class Service(DeferredModel):
    """A line of the price list; `price` in kopecks."""

    code: str
    title: str
    price: Kopecks


class KindResponse(DeferredModel):
    """One of the icons of «Заявки»; `phone` is the dispatcher's, for an emergency.

    `answer_by` is the last day for the answer to a request that is sent today.
    """

    kind: Kind
    title: str
    services: list[Service]
    phone: str | None
    answer_by: date


class Kinds(DeferredModel):
    """What this supplier takes."""

    items: list[KindResponse]


# The staff read it in a mail, a table or a terminal.
_STRIP_CONTROL_CHARS = BeforeValidator(strip_control_chars_if_str)
type RequestText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), _STRIP_CONTROL_CHARS
]
type OptionalText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000), _STRIP_CONTROL_CHARS
]
type RatingText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), _STRIP_CONTROL_CHARS
]
type Attachments = Annotated[list[Annotated[str, Field(max_length=2048)]], Field(max_length=MAX_FILES)]


class NewRequest(DeferredModel):
    """A request to send; `attachments` are the tickets of uploaded files."""

    kind: Kind
    text: RequestText
    service_code: Annotated[str, Field(max_length=64)] | None = None
    contact_phone: Annotated[str, Field(max_length=32, pattern=r"^[0-9+() -]*$")] | None = None
    attachments: Attachments = []


class NewMessage(DeferredModel):
    """What the author adds; `attachments` are the tickets of uploaded files, and may come without a text."""

    text: OptionalText = ""
    attachments: Attachments = []


class Reopening(DeferredModel):
    """Why the request is opened again."""

    text: OptionalText = ""


class RatingForm(DeferredModel):
    """What the author thinks of the answer."""

    stars: Annotated[StrictInt, Field(ge=1, le=5)]
    text: RatingText = ""


class FileResponse(DeferredModel):
    """A file of a request or of an answer."""

    file_id: str
    name: str
    content_type: str
    size: int


class ReplyResponse(DeferredModel):
    """What the staff answered."""

    at: str
    text: str
    attachments: list[FileResponse] = []


class MessageResponse(DeferredModel):
    """A message of the dialogue, by either side."""

    at: str
    author: Author
    text: str
    files: list[FileResponse]


class RatingResponse(DeferredModel):
    """What the author thought of the answer."""

    stars: int
    text: str


class RequestResponse(DeferredModel):
    """A request as its account's subscribers see it; `replies` are the staff's messages alone."""

    request_id: str
    number: str
    kind: Kind
    text: str
    status: str
    created_at: str
    service_title: str | None
    service_price: Kopecks | None
    contact_phone: str | None
    dispatcher_phone: str | None
    attachments: list[FileResponse]
    replies: list[ReplyResponse]
    answer_by: date | None
    messages: list[MessageResponse]
    can_write: bool
    reopen_until: datetime | None
    """Until when a closed request can be opened again."""
    can_rate: bool
    rating: RatingResponse | None

    @classmethod
    def of(cls, request: SubscriberRequest, dispatcher_phone: str) -> Self:
        """Return a request as the API shows it."""
        return response_from(
            cls,
            request,
            dispatcher_phone=(dispatcher_phone or None) if request.kind is Kind.EMERGENCY else None,
            attachments=request.files,
            replies=[
                response_from(ReplyResponse, reply, attachments=reply.files)
                for reply in request.replies
                if reply.text and reply.author == "staff"
            ],
            messages=[
                response_from(MessageResponse, reply)
                for reply in request.replies
                if reply.text or reply.files
            ],
            can_write=is_open(request.status) and has_room(request),
            reopen_until=reopen_until(request),
            can_rate=can_rate(request),
        )


class Requests(DeferredModel):
    """A page of requests, newest first."""

    items: list[RequestResponse]
    next: str | None


class NewFile(DeferredModel):
    """A file that the subscriber is about to upload; `size` in bytes."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    content_type: Annotated[str, Field(max_length=100)]
    size: StrictInt


class Upload(DeferredModel):
    """A form to post the file with: `fields`, then ``file``; `attachment` then goes into the request."""

    attachment: str
    url: str
    fields: dict[str, str]


class FileLink(DeferredModel):
    """Where the file is for five minutes."""

    url: str
