"""A row is written over the version that was seen, decided anew after a rival, given up when none ceases."""

import pytest

from cabinet.core.errors import Conflict, DomainError
from cabinet.payments.model import Cart
from cabinet.payments.row_versions import change


class Stale(DomainError):
    """A rival was first."""


class Row:
    """One row, before whose writing rivals may come."""

    def __init__(self, rivals: int) -> None:
        self.kept, self.rivals = Cart(version=3), rivals

    def load(self) -> Cart:
        return self.kept

    def replace(self, seen: Cart, wanted: Cart) -> None:
        if self.rivals:
            self.rivals -= 1
            self.kept = self.kept.model_copy(update={"version": self.kept.version + 1})
        if seen.version != self.kept.version:
            raise Stale
        self.kept = wanted.model_copy(update={"version": seen.version + 1})


def rewritten(row: Row, *, changes: bool = True) -> Cart:
    def changed(seen: Cart) -> Cart:
        return seen.model_copy(update={"version": seen.version + 100}) if changes else seen

    return change(row.kept, changed, replace=row.replace, load=row.load, stale=Stale)


@pytest.mark.parametrize("rivals", [0, 1, 7])
def test_a_change_is_decided_anew_until_no_rival_is_first(rivals: int) -> None:
    row = Row(rivals)
    assert rewritten(row) == row.kept
    assert row.kept.version == 4 + rivals


def test_rivals_that_never_cease_are_a_conflict() -> None:
    with pytest.raises(Conflict):
        rewritten(Row(100))


def test_what_has_not_changed_is_not_written() -> None:
    row = Row(1)
    assert rewritten(row, changes=False).version == 3
    assert row.rivals == 1
