"""What can happen to an import besides a bad file."""

from cabinet.core.errors import Conflict


class ConcurrentModification(Conflict):
    """An item moved between our reading and our writing: the account is read and compared again."""


class ImportInProgress(Conflict):
    """The supplier's registries are applied one at a time; this one waits its turn."""


class StaleImport(Conflict):
    """Another run of the same import has written its progress; this one stops."""


class UndoRefused(Conflict):
    """An import cannot be undone; the detail says why."""

    code = "undo_refused"
    title = "Загрузка не отменена"
