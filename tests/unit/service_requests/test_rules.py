"""Which kinds are on offer and which files are taken."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import PaidService, Supplier
from cabinet.core.errors import InvalidFields
from cabinet.service_requests.errors import AnswerEmpty, AnswerTooLong
from cabinet.service_requests.model import Kind, Status
from cabinet.service_requests.rules import (
    MAX_ANSWER,
    MAX_FILE_BYTES,
    MAX_FILES,
    TRANSITIONS,
    available_kinds,
    check_answer,
    check_file,
    check_stored,
    find_service,
    is_open,
    sniff,
)
from tests.support.factories.bound_accounts import PAYEE

LOCK = PaidService(code="lock", title="Вскрытие замка", price=150_000)
SUPPLIER = Supplier(
    supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE], paid_services=[LOCK],
    dispatcher_phone="+7 351 200-00-00",
)  # fmt: skip

TODAY = date(2026, 11, 28)
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
HEIC = b"\0\0\0\x18ftypheic" + b"\0" * 20
WEBP = b"RIFF\0\0\0\0WEBPVP8 "
PDF = b"%PDF-1.7\n"


def test_four_kinds_with_the_dispatchers_phone_and_the_price_list() -> None:
    offered = available_kinds(SUPPLIER, TODAY)
    assert [kind.title for kind in offered] == ["Аварийная заявка", "Жалоба", "Обращение", "Платные услуги"]
    assert offered[0].phone == "+7 351 200-00-00"
    assert offered[3].services == [LOCK]
    assert [kind.phone for kind in offered[1:]] == [None] * 3


def test_each_kind_says_by_when_it_is_answered() -> None:
    until = {offered.kind: offered.answer_by for offered in available_kinds(SUPPLIER, TODAY)}
    assert until[Kind.EMERGENCY] == date(2026, 11, 30), "the next working day after a Saturday"
    assert until[Kind.APPEAL] == date(2026, 12, 11), "ten working days"


def test_without_a_price_list_there_are_no_paid_services() -> None:
    bare = SUPPLIER.model_copy(update={"paid_services": []})
    assert Kind.PAID_SERVICE not in {offered.kind for offered in available_kinds(bare, TODAY)}
    with pytest.raises(InvalidFields):
        find_service(bare, Kind.PAID_SERVICE, "lock")


def test_a_service_is_one_of_the_price_list() -> None:
    assert find_service(SUPPLIER, Kind.PAID_SERVICE, "lock") == LOCK
    assert find_service(SUPPLIER, Kind.COMPLAINT, None) is None
    for kind, code in ((Kind.PAID_SERVICE, None), (Kind.PAID_SERVICE, "x"), (Kind.COMPLAINT, "lock")):
        with pytest.raises(InvalidFields, match=r"service_unknown|invalid"):
            find_service(SUPPLIER, kind, code)


def test_what_is_done_or_rejected_is_closed_for_ever() -> None:
    assert {status for status in Status if not is_open(status)} == {Status.DONE, Status.REJECTED}
    assert all(Status.NEW not in reached for reached in TRANSITIONS.values())


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (HEIC, "image/heic"),
        (WEBP, "image/webp"),
        (PDF, "application/pdf"),
        (b"MZ\x90\0", None),
        (b"PK\x03\x04", None),
        (b"<html>", None),
        (b"<svg xmlns=", None),
        (b"GIF89a", None),
        (b"\0\0\0\x18ftypqt  ", None),
        (b" %PDF-1.7", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_type(beginning: bytes, expected: str | None) -> None:
    assert sniff(beginning) == expected


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("течь.jpg", "image/jpeg"), ("IMG_0001.HEIC", "image/heic"), ("акт поверки.pdf", "application/pdf"),
        ("a.b.png", "image/png"), ("1.jpeg", "image/jpeg"),
    ],
)  # fmt: skip
def test_a_photo_or_a_pdf_is_taken(name: str, content_type: str) -> None:
    check_file(name, content_type, MAX_FILE_BYTES)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.jpg", "..\\x.jpg", "/a.jpg", "a/b.jpg", "C:\\a.jpg", ".jpg", "..jpg", "a\0.jpg",
        "a\n.jpg", "\u202egpj.exe.jpg", "jpg", "", "a" * 120 + ".jpg", "con?.jpg", ".htaccess.jpg", "a.jpg/",
    ],
)  # fmt: skip
def test_path_tricks_in_a_name_are_refused(name: str) -> None:
    with pytest.raises(InvalidFields):
        check_file(name, "image/jpeg", 1000)


@pytest.mark.parametrize(
    ("name", "content_type", "size"),
    [
        ("a.jpg", "image/jpeg", MAX_FILE_BYTES + 1), ("a.jpg", "image/jpeg", 11 * 1024 * 1024),
        ("a.jpg", "image/jpeg", 0), ("a.jpg", "image/jpeg", -1),
        ("a.exe", "image/jpeg", 10), ("a.html", "text/html", 10), ("a.svg", "image/svg+xml", 10),
        ("a.pdf", "image/jpeg", 10), ("a.jpg", "", 10),
    ],
)  # fmt: skip
def test_a_wrong_type_or_size_is_refused_before_the_upload(name: str, content_type: str, size: int) -> None:
    with pytest.raises(InvalidFields):
        check_file(name, content_type, size)


@given(st.binary(max_size=40), st.sampled_from(["image/jpeg", "image/png", "application/pdf"]))
def test_only_what_shows_its_declared_type_is_kept(beginning: bytes, declared: str) -> None:
    if sniff(beginning) == declared:
        check_stored(declared, 100, beginning)
    else:
        with pytest.raises(InvalidFields):
            check_stored(declared, 100, beginning)


@given(st.text(max_size=140))
def test_any_name_is_taken_or_refused_but_never_breaks(name: str) -> None:
    try:
        check_file(name, "image/png", 10)
    except InvalidFields:
        return
    assert name.lower().endswith(".png")
    assert not set(name) & set("/\\\0\n")


@pytest.mark.parametrize(
    ("status", "text", "files", "refusal"),
    [
        (Status.IN_PROGRESS, "", 0, None),
        (Status.DONE, "", 0, None),
        (Status.ANSWERED, "", 0, AnswerEmpty),
        (Status.REJECTED, "", 0, AnswerEmpty),
        (Status.DONE, "", 1, AnswerEmpty),
        (Status.ANSWERED, "Да", MAX_FILES, None),
        (Status.ANSWERED, "Да", MAX_FILES + 1, InvalidFields),
        (Status.ANSWERED, "я" * MAX_ANSWER, 0, None),
        (Status.IN_PROGRESS, "я" * (MAX_ANSWER + 1), 0, AnswerTooLong),
    ],
)
def test_an_answer_says_something_and_not_too_much(
    status: Status, text: str, files: int, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_answer(status, text, files)
        return
    with pytest.raises(refusal):
        check_answer(status, text, files)


@pytest.mark.parametrize("size", [0, -1, MAX_FILE_BYTES + 1])
def test_an_uploaded_file_of_a_wrong_size_is_refused_whatever_was_said(size: int) -> None:
    check_stored("image/png", MAX_FILE_BYTES, PNG)
    with pytest.raises(InvalidFields):
        check_stored("image/png", size, PNG)
