"""What can happen to imports, exports and templates being filled, besides a bad file."""

from cabinet.core.errors import Conflict, DomainError


class ConcurrentModification(Conflict):
    """An item moved between our reading and our writing: the account is read and compared again."""


class ImportInProgress(Conflict):
    """The supplier's registries are applied one at a time; this one waits its turn."""


class StaleImport(Conflict):
    """Another run of the same import has written its progress; this one stops."""


class OutOfTime(Exception):
    """The worker's time runs out before its work is done."""


class UploadExpired(DomainError):
    """422: the token of an upload is forged, another's, or of some hours ago."""

    status = 422
    code = "upload_expired"
    title = "Файл не принят"
    detail = "Файл загружен слишком давно. Выберите его ещё раз."


class ImportNotApplicable(Conflict):
    """409: an import that was refused, applied or undone meanwhile, or is not checked yet."""

    code = "import_not_applicable"
    title = "Реестр применить нельзя"
    detail = "Применить можно только проверенный реестр, который ещё не применён и не отклонён."


class NothingToExport(Conflict):
    """409: nothing waits for the supplier's next registry."""

    code = "nothing_to_export"
    title = "Реестр не нужен"
    detail = "Нового для этого реестра нет: всё уже передано."


class ExportFileAbsent(Conflict):
    """409: the registry's file is not there in this form, or not any more; it can be made again."""

    code = "file_absent"
    title = "Файла нет"
    detail = "Файла в этом виде ещё нет. Запросите его снова: он появится через несколько секунд."


class RowNotRemovable(Conflict):
    """409: a payment through the cabinet is no row of a registry."""

    code = "row_not_removable"
    title = "Строку убрать нельзя"
    detail = "Это оплата через личный кабинет: её возвращают в разделе оплат, а не убирают."


class UndoRejected(Conflict):
    """An import cannot be undone; the detail says why."""

    code = "undo_refused"
    title = "Загрузка не отменена"
