"""What a subscriber or the staff can read about requests."""

from cabinet.core.errors import Conflict, DomainError, FieldError, InvalidFields


class RequestClosed(Conflict):
    """409: the request has been done or rejected; nothing is added to it."""

    code = "request_closed"
    title = "Заявка закрыта"
    detail = "Заявка уже выполнена или отклонена. Отправьте новую."


class DialogueFull(Conflict):
    """409: as many messages as one request holds."""

    code = "dialogue_full"
    title = "Слишком много сообщений"
    detail = "В этой заявке больше нет места для сообщений. Отправьте новую заявку."


class TooLateToReopen(Conflict):
    """409: the request is not closed, or was closed too long ago."""

    code = "reopen_too_late"
    title = "Заявку нельзя открыть снова"
    detail = "Открыть снова можно закрытую заявку, в течение 14 дней после ответа. Отправьте новую заявку."


class NothingToRate(Conflict):
    """409: there is no answer yet, or it has been rated."""

    code = "nothing_to_rate"
    title = "Оценить нельзя"
    detail = "Оценить можно ответ организации, один раз."


class DuplicateNumber(Conflict):
    """Another request drew the same number; draw again."""


class AnswerEmpty(DomainError):
    """422: the answer says nothing: the author would be mailed of an answer that is not there."""

    status = 422
    code = "answer_empty"
    title = "Ответ пуст"
    detail = "Напишите ответ: без текста нельзя ни ответить на заявку, ни отклонить её."


class AnswerTooLong(DomainError):
    """422: more than a page and a mail can show."""

    status = 422
    code = "answer_too_long"
    title = "Ответ слишком длинный"
    detail = "Ответ не может быть длиннее 4000 знаков: остальное приложите файлом."


class FileNotStored(DomainError):
    """422: the file was never uploaded, or its link has ended."""

    status = 422
    code = "attachment_missing"
    title = "Файл не загружен"
    detail = "Файл не загружен или срок загрузки истёк. Приложите его ещё раз."


def wrong_service() -> InvalidFields:
    """Return the refusal of a service that is not in the price list."""
    return InvalidFields(FieldError("service_code", "service_unknown", "Выберите услугу из прейскуранта."))


def wrong_file(code: str, message: str) -> InvalidFields:
    """Return the refusal of a file; `code` is ``attachment_`` and ``type``, ``size`` or ``name``."""
    return InvalidFields(FieldError("attachments", code, message))
