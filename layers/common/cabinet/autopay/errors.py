"""What an owner can read about skipping a charge."""

from cabinet.core.errors import Conflict


class ChargeSent(Conflict):
    """409: the charge went to the bank before it could be skipped."""

    code = "charge_sent"
    title = "Списание уже отправлено в банк"
    detail = "Пропустить его нельзя: банк уже получил платёж. Чем он закончился, видно в истории автоплатежа."


class ChargeNotPlanned(Conflict):
    """409: the charge that a mail announced is not planned any more."""

    code = "charge_not_planned"
    title = "Этого списания больше нет"
    detail = "Оно уже прошло, отменено или перенесено: о новом дне и новой сумме приходит отдельное письмо."
