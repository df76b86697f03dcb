"""Models of the audit log: an author, an action, an entry."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cabinet.core.model import FrozenModel

EVERY_SUPPLIER = "*"
"""In a list of suppliers: all of them, including those added later."""


class Action(StrEnum):
    """What was done, in the owner's words."""

    SIGNED_IN = "Вход"
    SIGNED_IN_BY_RECOVERY_CODE = "Вход по резервному коду"
    SIGNED_OUT = "Выход"
    SIGNED_IN_BY_PASSKEY = "Вход по ключу доступа"
    CODE_CONFIRMED = "Действие подтверждено кодом"
    PASSKEY_CONFIRMED = "Действие подтверждено ключом доступа"
    PASSKEY_BEGUN = "Начато добавление ключа доступа"
    PASSKEY_ADDED = "Ключ доступа добавлен"
    PASSKEY_RENAMED = "Ключ доступа переименован"
    PASSKEY_REMOVED = "Ключ доступа удалён"
    STAFF_INVITED = "Сотрудник приглашён"
    INVITATION_ACCEPTED = "Приглашение принято"
    INVITATION_CONFIRMED = "Вход по коду настроен"
    STAFF_ROLES_CHANGED = "Роли сотрудника изменены"
    STAFF_REMOVED = "Сотрудник удалён"
    REQUEST_SHOWN = "Просмотр заявки"
    REQUEST_FILE_SHOWN = "Просмотр файла заявки"
    REQUEST_ANSWERED = "Ответ на заявку"
    ORDERS_SEARCHED = "Поиск платежа"
    ORDER_SHOWN = "Просмотр платежа"
    ORDER_SETTLED = "Решение о платеже"
    REFUND_REQUESTED = "Возврат платежа"
    REFUND_APPROVAL_ASKED = "Возврат отправлен на одобрение"
    REFUND_APPROVED = "Возврат одобрен"
    REFUND_REJECTED = "Возврат отклонён"
    REGISTER_COMPARED = "Реестр банка сверен"
    AUTOPAY_FAILURES_SHOWN = "Просмотр неудавшихся автоплатежей"
    BANK_ASKED = "Банк спрошен о платеже"
    RESIDENTS_SEARCHED = "Поиск жителя"
    ACCOUNT_SHOWN = "Просмотр лицевого счёта"
    READINGS_TAKEN = "Показания приняты по телефону"
    ACTIVATION_SENT = "Письмо о регистрации отправлено снова"
    HOLDER_CHANGES_SHOWN = "Просмотр смен собственников"
    BINDING_ENDED = "Лицевой счёт отвязан от кабинета"
    IMPORT_CHECKED = "Реестр загружен на проверку"
    IMPORT_SHOWN = "Просмотр проверки реестра"
    IMPORT_REPORT_SHOWN = "Отчёт о загрузке сохранён"
    IMPORT_APPLIED = "Реестр применён"
    EXPORT_REQUESTED = "Запрошен реестр для организации"
    EXPORT_REPEATED = "Реестр для организации сделан снова"
    OPTOUTS_LISTED = "Список отказов от бумаги сохранён"
    EXPORT_TAKEN = "Реестр для организации сохранён"
    GIS_TEMPLATE_FILLED = "Заполнен шаблон ГИС ЖКХ"
    GIS_FILL_REQUESTED = "Запрошено заполнение шаблона ГИС ЖКХ"
    GIS_FILE_TAKEN = "Файлы для ГИС ЖКХ сохранены"
    ACCOUNT_ROWS_SHOWN = "Просмотр строк лицевого счёта"
    RECEIPT_REMOVED = "Квитанция убрана"
    PAYMENT_REMOVED = "Оплата убрана"
    METER_REMOVED = "Прибор учёта убран"
    SUPPLIER_CHANGED = "Изменены настройки организации"
    BANK_CHECKED = "Запрошена проверка договора с банком"
    WEBHOOK_SHOWN = "Просмотр событий для биллинга"
    WEBHOOK_PAUSED = "Отправка событий биллингу приостановлена"
    WEBHOOK_RESUMED = "Отправка событий биллингу открыта"
    WEBHOOK_REPLAYED = "Событие отправлено биллингу снова"
    IMPORT_UNDONE = "Отмена реестра запрошена"
    REQUEST_ASSIGNED = "Заявка взята в работу"
    NOTICE_PUBLISHED = "Уведомление опубликовано"
    NOTICE_CORRECTED = "Уведомление исправлено"
    MAIL_SHOWN = "Просмотр недоставленных писем"
    LETTER_RESENT = "Письмо отправлено снова"
    SUPPRESSION_LIFTED = "Адрес снова получает письма"
    REQUESTS_LISTED = "Просмотр списка заявок"
    KEY_ROTATED = "Ключ или секрет сменён"
    BANK_LOGIN_STORED = "Секрет договора с банком записан"
    DEAD_LETTERS_REPLAYED = "Отложенные задания отданы снова"
    RESIDENTS_INDEXED = "Поиск жителей дополнен прежними данными"
    BACKUP_BEGUN = "Резервная копия делается"
    BACKUP_RESTORED = "Данные возвращаются из резервной копии"
    TABLES_RESTORED = "Таблицы возвращены к прежнему моменту"
    TABLES_RESTORE_UNDONE = "Возврат таблиц отменён"
    AUTOPAY_RELEASED = "Автоплатежи снова включены"
    DEPLOYED = "Новая версия установлена"
    UNREACHED_SHOWN = "Просмотр тех, до кого не дошло уведомление"
    NOTICE_ENDED = "Уведомление завершено"
    AUDIT_SHOWN = "Просмотр журнала"


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts: a person of the staff, or a command run with somebody's keys of AWS."""

    who: str
    """Staff id, or ``command:`` and the principal."""
    name: str
    role: str
    """The role that allows the action; ``command`` for a command."""


class AuditEntry(FrozenModel):
    """One row of the log."""

    at: str
    """ISO time in UTC."""
    entry_id: str
    who: str
    name: str
    role: str
    action: str
    """Name of an `Action`."""
    about: str = ""
    """``account:<account id>``, ``staff:<staff id>``, ``request:…``: what was read or changed."""
    suppliers: list[str] = []
    """Whose data it concerns: an owner who is limited to suppliers reads no others' entries."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    reason: str = ""

    @property
    def title(self) -> str:
        """Return the action in words; its name where this version knows it no more."""
        known = Action.__members__.get(self.action)
        return known.value if known else self.action

    def concerns(self, suppliers: list[str]) -> bool:
        """Tell whether somebody with these suppliers may read the entry."""
        return EVERY_SUPPLIER in suppliers or bool({*suppliers} & {*self.suppliers})
