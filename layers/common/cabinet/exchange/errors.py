"""What can happen to an import besides a bad file."""

from cabinet.errors import Conflict


class Raced(Conflict):
    """An item moved between our reading and our writing: the account is read and compared again."""


class AnotherImportRuns(Conflict):
    """The supplier's registries are applied one at a time; this one waits its turn."""


class ImportMovedOn(Conflict):
    """Another run of the same import has written its progress; this one stops."""
