"""One answer of the staff to a request, typed or of a registry; or why it is refused."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError
from infra.cli.spreadsheet_rows import RowRejected

if TYPE_CHECKING:
    from cabinet.service_requests.model import Status, SubscriberRequest
    from infra.cli.spreadsheet_rows import SpreadsheetRow


def answer_one(suppliers: list[str], row: SpreadsheetRow, attached: list[tuple[str, bytes]]) -> str | None:
    """Answer one request; return why it was refused, None when it was not."""
    try:
        _give_answer(suppliers, row.cells, attached)
    except RowRejected as refusal:
        return refusal.at(row.line) if row.line else str(refusal)
    return None


def _give_answer(suppliers: list[str], row: dict[str, str], attached: list[tuple[str, bytes]]) -> None:
    from cabinet.audit.model import Action
    from cabinet.audit.store import Subject
    from cabinet.core.errors import DomainError
    from cabinet.service_requests.errors import RequestClosed
    from cabinet.service_requests.files import store_staff_file
    from cabinet.service_requests.rules import check_answer
    from cabinet.service_requests.store import StaffAuthor, answer
    from infra.cli.command_audit import audit_writer

    if not row["number"]:
        raise RowRejected("пустая ячейка: впишите номер заявки", "number")
    status = _status_of(row["status"])
    try:
        request = find_request(suppliers, row["number"])
        check_answer(status, row["text"].strip(), len(attached))
        files = [store_staff_file(request.request_id, name, content) for name, content in attached]
        subject = Subject(f"account:{request.account_id}", (request.supplier_id,))
        before, after = {"status": request.status}, {"status": status}
        write = audit_writer(Action.REQUEST_ANSWERED, subject, before=before, after=after)
        answer(request, status, row["text"], files, StaffAuthor("", write))
    except CommandError as refusal:
        raise RowRejected(str(refusal), "number") from None
    except RequestClosed:
        message = f"{row['number']}: заявка уже выполнена или отклонена, ответить на неё нельзя"
        raise RowRejected(message, "status") from None
    except DomainError as error:
        raise RowRejected(f"{row['number']}: {error.detail}", "text") from None


def _status_of(typed: str) -> Status:
    """Return the state that an answer may set; a request does not become new again."""
    from cabinet.service_requests.model import STATUS_TITLES, Status

    offered = {status: title for status, title in STATUS_TITLES.items() if status is not Status.NEW}
    if typed in offered:
        return Status(typed)
    there = ", ".join(f"{status} ({title})" for status, title in offered.items())
    said = f"состояние «{typed}» поставить нельзя" if typed else "пустая ячейка"
    raise RowRejected(f"{said}: нужно одно из {there}", "status")


def find_request(suppliers: list[str], number: str) -> SubscriberRequest:
    """Return the request; a number is one supplier's own, so that of several must be distinguished."""
    from cabinet.core.errors import NotFound
    from cabinet.service_requests.store import find_by_number

    found = []
    for supplier_id in suppliers:
        with suppress(NotFound):
            found.append(find_by_number(supplier_id, number))
    if not found:
        raise CommandError(
            f"заявки «{number}» нет у {', '.join(suppliers) or 'поставщиков'}: проверьте номер"
        )
    if len(found) > 1:
        raise CommandError(f"заявка «{number}» есть у нескольких поставщиков: укажите --supplier")
    return found[0]
