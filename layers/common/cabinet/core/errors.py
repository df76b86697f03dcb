"""Errors that a subscriber can read: each class owns its status, stable code and Russian text.

The errors of one area live beside it (``identity/errors.py`` …); here are those that every area shares.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from cabinet.core.correlation import correlation_id


class DomainError(Exception):
    """Something the caller can read: becomes ``application/problem+json`` (RFC 9457)."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Запрос не выполнен"
    detail: str = "Проверьте данные и попробуйте ещё раз."
    extension: ClassVar[dict[str, Any]] = {}
    """Types of the further members of the body, by name, for the OpenAPI description."""

    def __init__(self, detail: str | None = None, **members: Any) -> None:  # noqa: ANN401 - problem members are JSON
        super().__init__(self.code)
        self.detail = detail or type(self).detail
        self.members = members

    def problem(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {
            "type": f"urn:cabinet:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [],
            "instance": f"urn:cabinet:request:{correlation_id()}",
        } | self.members

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that the status asks for."""
        return {}


def raises[**P, R](
    *errors: type[DomainError] | Callable[..., Any],
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare what a route, or what it depends on, can answer instead of its result.

    A function among `errors` stands for what it declares itself. The OpenAPI description is made of this
    (infra/build/openapi_errors.py), and each test's answers are compared with the description.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        function.__dict__["raises"] = errors
        return function

    return declare


def raised_by(function: Callable[..., Any]) -> set[type[DomainError]]:
    """Return the errors that a function declares by `raises`."""
    found: set[type[DomainError]] = set()
    for error in getattr(function, "raises", ()):
        found |= {error} if isinstance(error, type) else raised_by(error)
    return found


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that cannot be accepted: its path (``readings[0].value``), code and Russian message."""

    field: str
    code: str
    message: str


class InvalidFields(DomainError):
    """422: one or several fields; the code of the first field's error names the whole."""

    status = 422
    code = "invalid"
    title = "Проверьте поля формы"
    detail = "Некоторые поля заполнены неверно."

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors[0].message if len(errors) == 1 else None)
        self.errors = errors

    def problem(self) -> dict[str, Any]:
        """Return the body with one entry a field."""
        named = [{"field": e.field, "code": e.code, "message": e.message} for e in self.errors]
        codes = {e.code for e in self.errors}
        return super().problem() | {"errors": named} | ({"code": codes.pop()} if len(codes) == 1 else {})


class MethodNotAllowed(DomainError):
    """405: the path exists, and `Allow` names what may be done with it (RFC 9110, 15.5.6)."""

    status = 405
    code = "method_not_allowed"
    detail = "Это действие здесь не предусмотрено."

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__()
        self._allowed = ", ".join(sorted(allowed))

    @property
    def headers(self) -> dict[str, str]:
        """Return the methods that the path has."""
        return {"Allow": self._allowed}


class Unauthenticated(DomainError):
    """401: no session, or one that has ended."""

    status = 401
    code = "unauthenticated"
    title = "Требуется вход"
    detail = "Войдите в личный кабинет."


class ScopeMissing(DomainError):
    """403: a program's token, where it may not be used or was made for something else."""

    status = 403
    code = "scope_missing"
    title = "Токену это не разрешено"
    detail = "Токен этой программы не даёт права на этот запрос. Создайте токен с нужным разрешением."


class CsrfRejected(DomainError):
    """403: an unsafe request that our own site did not send."""

    status = 403
    code = "csrf"
    title = "Запрос отклонён"
    detail = "Запрос отправлен не со страницы личного кабинета. Обновите страницу и попробуйте ещё раз."


class NotFound(DomainError):
    """404: unknown, or another user's — the answer must not distinguish the two."""

    status = 404
    code = "not_found"
    title = "Не найдено"
    detail = "Такой страницы или документа нет."


class FeatureUnavailable(DomainError):
    """409: the supplier does not offer this service («предусмотрен не для всех организаций»)."""

    status = 409
    code = "feature_unavailable"
    title = "Сервис не предусмотрен"
    detail = "Ваша управляющая (ресурсоснабжающая) организация не подключена к этому сервису."


class IdempotencyConflict(DomainError):
    """409: an Idempotency-Key that was already used with another body."""

    status = 409
    code = "idempotency_conflict"
    title = "Запрос уже выполнен с другими данными"
    detail = "Обновите страницу и повторите действие."


class Conflict(DomainError):
    """409: the state moved between reading and writing; nothing was changed."""

    status = 409
    code = "conflict"
    title = "Данные изменились"
    detail = "Данные изменились, пока Вы заполняли форму. Обновите страницу и попробуйте ещё раз."


class UriTooLong(DomainError):
    """414: the address with its query is longer than any of ours, and than what CloudFront lets through."""

    status = 414
    code = "uri_too_long"
    detail = "Адрес запроса слишком длинный. Сократите условия поиска и попробуйте ещё раз."


class PayloadTooLarge(DomainError):
    """413: a body beyond the limit; it is not read."""

    status = 413
    code = "too_large"
    title = "Слишком большой запрос"
    detail = "Отправлено слишком много данных."


class _RetryableError(DomainError):
    def __init__(self, retry_after_seconds: int, detail: str | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}


class TooManyRequests(_RetryableError):
    """429: a limit was reached."""

    status = 429
    code = "too_many_requests"
    title = "Слишком много попыток"
    detail = "Слишком много попыток. Подождите немного и попробуйте ещё раз."


class ServiceUnavailable(_RetryableError):
    """503: contention or an outage outlasted the retries; nothing was half-written."""

    status = 503
    code = "unavailable"
    title = "Сервис временно недоступен"
    detail = "Сервис временно недоступен. Попробуйте через несколько секунд — введённые данные не потеряны."

    def __init__(self, retry_after_seconds: int = 2, detail: str | None = None) -> None:
        super().__init__(retry_after_seconds, detail)
