"""Models of requests: kinds, statuses, the request with its replies and files."""

from datetime import date
from enum import StrEnum
from typing import Literal

from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks


class Kind(StrEnum):
    """What a request is, as the four icons of «Заявки» offer it."""

    EMERGENCY = "emergency"
    COMPLAINT = "complaint"
    APPEAL = "appeal"
    PAID_SERVICE = "paid_service"


KIND_TITLES = {
    Kind.EMERGENCY: "Аварийная заявка",
    Kind.COMPLAINT: "Жалоба",
    Kind.APPEAL: "Обращение",
    Kind.PAID_SERVICE: "Платные услуги",
}


class Status(StrEnum):
    """How far a request has come."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    """The staff have asked the author something."""
    ANSWERED = "answered"
    DONE = "done"
    REJECTED = "rejected"


STATUS_TITLES = {
    Status.NEW: "принята",
    Status.IN_PROGRESS: "в работе",
    Status.WAITING: "ждём вашего ответа",
    Status.ANSWERED: "есть ответ",
    Status.DONE: "выполнена",
    Status.REJECTED: "отклонена",
}


class RequestFile(FrozenModel):
    """A photo or PDF of a request or an answer; `key` is its key in the documents' bucket."""

    file_id: str
    name: str
    content_type: str
    size: int
    key: str


type Author = Literal["subscriber", "staff"]


class DialogueMessage(FrozenModel):
    """A message of the dialogue, by either side; `reply_id` makes one that comes twice one."""

    reply_id: str
    at: str
    """ISO time in UTC."""
    text: str
    status: Status
    """The request's status since this message."""
    files: list[RequestFile] = []
    author: Author = "staff"
    author_name: str = ""
    """Whose of the staff; the desk alone shows it."""


class Rating(FrozenModel):
    """What the author thinks of how the request was answered."""

    stars: int
    text: str = ""
    at: str


class SubscriberRequest(FrozenModel):
    """A request of a subscriber about one account."""

    request_id: str
    """Sorts by time within the account."""
    number: str
    """Unique within the supplier, short enough to say on the phone."""
    supplier_id: str
    account_id: str
    user_id: str
    kind: Kind
    text: str
    service_code: str | None = None
    service_title: str | None = None
    service_price: Kopecks | None = None
    """The price list's entry when the request was sent."""
    contact_phone: str | None = None
    files: list[RequestFile] = []
    status: Status = Status.NEW
    replies: list[DialogueMessage] = []
    """The dialogue after the request itself, the oldest first."""
    answer_by: date | None = None
    """The last day of the supplier's term; None on requests from before terms were kept."""
    assigned_to: str = ""
    """Staff id of the member who has taken it."""
    assigned_name: str = ""
    closed_at: str | None = None
    """When it was done or rejected the last time."""
    rating: Rating | None = None
    created_at: str
    version: int = 1

    @property
    def kind_title(self) -> str:
        """Return the kind as the manual names it."""
        return KIND_TITLES[self.kind]

    @property
    def awaits_staff(self) -> bool:
        """Tell whether the last word is the author's."""
        return not self.replies or self.replies[-1].author == "subscriber"

    @property
    def all_files(self) -> list[RequestFile]:
        """Return the author's files and those of the answers."""
        return [*self.files, *(file for reply in self.replies for file in reply.files)]
