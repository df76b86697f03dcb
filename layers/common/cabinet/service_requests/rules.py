"""Decisions about requests: kinds on offer, the graph of statuses, which files are taken. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.supplier_model import PaidService, Supplier
from cabinet.service_requests.deadline_rules import answer_by
from cabinet.service_requests.errors import AnswerEmpty, AnswerTooLong, wrong_file, wrong_service
from cabinet.service_requests.model import KIND_TITLES, Kind, Status

MAX_FILES = 5
MAX_ANSWER = 4000
MAX_FILE_BYTES = 10 * 1024 * 1024
SNIFFED_BYTES = 32
"""How much of a file's beginning tells its type."""

_STAFF_MAY_SET = frozenset(
    {Status.IN_PROGRESS, Status.WAITING, Status.ANSWERED, Status.DONE, Status.REJECTED}
)

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.NEW: _STAFF_MAY_SET,
    Status.IN_PROGRESS: _STAFF_MAY_SET,
    Status.WAITING: _STAFF_MAY_SET,
    Status.ANSWERED: _STAFF_MAY_SET,
    Status.DONE: frozenset(),
    Status.REJECTED: frozenset(),
}

EXTENSIONS = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/pdf": ("pdf",),
}
"""What is taken: photos as telephones make them, and PDF."""

_HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"hevc", b"heim", b"heis")
_NAME = re.compile(r"[^/\\:*?\"<>|]{1,120}")


@dataclass(frozen=True, slots=True)
class KindOption:
    """A kind that this supplier takes; an emergency shows the dispatcher's telephone."""

    kind: Kind
    title: str
    services: list[PaidService]
    phone: str | None
    answer_by: date
    """The last day for the answer to one that is sent today."""


def available_kinds(supplier: Supplier, today: date) -> list[KindOption]:
    """Return the kinds in the manual's order; paid services only where there is a price list."""
    return [
        KindOption(
            kind,
            title,
            supplier.paid_services if kind is Kind.PAID_SERVICE else [],
            (supplier.dispatcher_phone or None) if kind is Kind.EMERGENCY else None,
            answer_by(kind, today, supplier),
        )
        for kind, title in KIND_TITLES.items()
        if kind is not Kind.PAID_SERVICE or supplier.paid_services
    ]


def find_service(supplier: Supplier, kind: Kind, code: str | None) -> PaidService | None:
    """Return the ordered line of the price list; raises InvalidFields when it is missing or wrong."""
    if kind is not Kind.PAID_SERVICE:
        if code is not None:
            raise wrong_service()
        return None
    for service in supplier.paid_services:
        if service.code == code:
            return service
    raise wrong_service()


def is_open(status: Status) -> bool:
    """Tell whether the staff still have something to do."""
    return bool(TRANSITIONS[status])


def check_answer(status: Status, text: str, files: int) -> None:
    """Refuse an answer that says nothing; raises AnswerEmpty, AnswerTooLong, InvalidFields.

    A mere change of status («в работе», «выполнена») needs no words; an answer and a rejection do.
    """
    if not text and (status in (Status.WAITING, Status.ANSWERED, Status.REJECTED) or files):
        raise AnswerEmpty
    check_size(text, files)


def check_size(text: str, files: int) -> None:
    """Refuse more text or files than a message may have; raises AnswerTooLong, InvalidFields."""
    if len(text) > MAX_ANSWER:
        raise AnswerTooLong
    if files > MAX_FILES:
        raise wrong_file("attachment_count", f"Приложить можно не больше {MAX_FILES} файлов.")


def check_file(name: str, content_type: str, size: int) -> None:
    """Refuse a file that the subscriber wants to attach before a byte of it is sent; raises InvalidFields."""
    if content_type not in EXTENSIONS:
        raise wrong_file("attachment_type", "Приложите фотографию (JPEG, PNG, WebP, HEIC) или PDF.")
    if not 0 < size <= MAX_FILE_BYTES:
        raise wrong_file("attachment_size", "Файл должен быть не пустым и не больше 10 МБ.")
    is_plain = all(unicodedata.category(character)[0] != "C" for character in name)
    stem, _, extension = name.rpartition(".")
    if not (is_plain and _NAME.fullmatch(name) and stem.strip(". ")) or name.startswith("."):
        raise wrong_file("attachment_name", "Имя файла содержит недопустимые знаки.")
    if extension.lower() not in EXTENSIONS[content_type]:
        raise wrong_file("attachment_type", "Расширение файла не соответствует его типу.")


def sniff(beginning: bytes) -> str | None:
    """Return the media type that the file's first bytes show, None for anything that is not taken."""
    if beginning.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if beginning.startswith(b"%PDF-"):
        return "application/pdf"
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    if beginning[4:8] == b"ftyp" and beginning[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return None


def check_stored(declared: str, size: int, beginning: bytes) -> None:
    """Refuse an uploaded file that is not what it was said to be; raises InvalidFields."""
    if not 0 < size <= MAX_FILE_BYTES:
        raise wrong_file("attachment_size", "Файл должен быть не пустым и не больше 10 МБ.")
    if sniff(beginning) != declared:
        raise wrong_file("attachment_type", "Содержимое файла не соответствует его типу.")
