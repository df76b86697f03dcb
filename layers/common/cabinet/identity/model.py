"""Models of identity: a user, credentials, what is pending, what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from cabinet.core.model import FrozenModel


class PendingEmail(FrozenModel):
    """An address that awaits the link sent to it."""

    email: str
    token_hash: str
    expires_at: int


class User(FrozenModel):
    """A subscriber's own record.

    `credentials_version` counts changes of password and address: a token of an older count is void.
    `sign_in_count`: ending all sessions requires that none was opened meanwhile.
    """

    user_id: str
    email: str | None = None
    phone: str | None = None
    password_hash: str | None = None
    esia_oid: str | None = None
    credentials_version: Annotated[int, Field(alias="credentials")] = 0
    sign_in_count: Annotated[int, Field(alias="entries")] = 0
    pending_email: PendingEmail | None = None
    email_problem: dict[str, str] = {}
    """What the mailer has noted against the address, read by `identity.email_problem`."""
    reset_tokens: list[str] = []
    """Hashes of the password resets that were asked for and may still be used."""
    primary_account_id: str | None = None
    created_at: str = ""
    push_version: Annotated[int, Field(alias="push_turn")] = 0
    """How often a browser was subscribed to pushes; 0: none ever was."""


class Session(FrozenModel):
    """One device that is signed in."""

    session_id: str
    created_at: str
    seen_at: int
    user_agent: str = ""
    method: str = "password"

    def is_active(self, now: datetime, idle: timedelta) -> bool:
        """Tell whether the session still opens the cabinet; one that has idled can never do so again."""
        return now.timestamp() < self.seen_at + idle.total_seconds()


class SecurityEvent(StrEnum):
    """Texts of the security log, for its owner."""

    SIGNED_IN = "Вход в личный кабинет"
    SIGNED_IN_FROM_NEW_DEVICE = "Вход с нового устройства"
    SIGNED_IN_BY_ESIA = "Вход через Госуслуги"
    REGISTERED = "Создан личный кабинет"
    PASSWORD_CHANGED = "Изменён пароль"  # noqa: S105 - a sentence
    PASSWORD_RESET = "Пароль восстановлен по ссылке из письма"  # noqa: S105 - a sentence
    EMAIL_CHANGE_ASKED = "Запрошена смена адреса электронной почты"
    EMAIL_CHANGED = "Изменён адрес электронной почты"
    PHONE_CHANGED = "Изменён номер телефона"
    ESIA_LINKED = "Привязана учётная запись Госуслуг"
    ESIA_UNLINKED = "Отвязана учётная запись Госуслуг"
    SESSION_ENDED = "Завершён сеанс на другом устройстве"
    ACCESS_TOKEN_CREATED = "Создан токен доступа для программы"  # noqa: S105 - a sentence
    ACCESS_TOKEN_REVOKED = "Отозван токен доступа программы"  # noqa: S105 - a sentence
    CALENDAR_CREATED = "Создана ссылка на календарь"
    CALENDAR_ENDED = "Отключена ссылка на календарь"
    ARCHIVE_REQUESTED = "Запрошены все данные личного кабинета"
    STAFF_LOOKED = "Сотрудник организации просмотрел лицевой счёт"
    STAFF_CORRECTED = "Сотрудник организации исправил данные лицевого счёта"
    STAFF_TOOK_READINGS = "Сотрудник организации принял показания по телефону"
    STAFF_UNBOUND = "Сотрудник организации отвязал лицевой счёт"
    DELETED = "Личный кабинет удалён"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """The signed-in user of this request."""

    user_id: str
    session_id: str
    """Public identifier of the session: a hash, useless to sign in with."""
    signed_in_at: datetime
