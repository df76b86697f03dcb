"""What a subscriber or a guest can read about readings."""

from dataclasses import asdict, dataclass

from cabinet.core.errors import Conflict, DomainError
from cabinet.core.money import Kopecks
from cabinet.metering.model import Zone


@dataclass(frozen=True, slots=True)
class Preview:
    """What an unusual change would mean; `amount` in kopecks by the last tariff, None when it is unknown."""

    meter_id: str
    zone: Zone
    delta: str
    average: str | None
    amount: Kopecks | None
    reason: str
    """``unusual`` or ``roll_over``."""
    last_amount: Kopecks | None = None
    """What the last receipt asked for the service; a guest does not get it."""


class ConfirmationRequired(DomainError):
    """409: nothing is wrong for certain, but the subscriber should look once more."""

    status = 409
    code = "confirmation_needed"
    title = "Проверьте показания"
    detail = "Показания заметно отличаются от обычных. Если ошибки нет, подтвердите их."
    extension = {"previews": list[Preview]}

    def __init__(self, previews: list[Preview]) -> None:
        super().__init__(previews=[asdict(preview) for preview in previews])


class StaleMeter(Conflict):
    """409: another reading of the same meter was first; read again and repeat."""


class NotWithdrawable(DomainError):
    """409: the reading is not the user's own, or its time is over, or billing already has accepted it."""

    status = 409
    code = "not_withdrawable"
    title = "Показание нельзя отозвать"
    detail = "Отозвать можно только своё последнее показание до окончания приёма, пока оно не учтено."


class ReadingRejected(Exception):
    """One row, or the whole form, cannot be accepted; becomes one of the `InvalidFields`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
