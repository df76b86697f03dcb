"""What an account's readings or a payment give: a row of the template, or why there is none."""

from dataclasses import dataclass
from typing import Literal

type Reason = Literal[
    "meter_number", "zone_missing", "column_missing", "resource_unknown", "formula", "refund",
    "account_number", "account_unknown",
]  # fmt: skip

REASONS: dict[Reason, str] = {
    "meter_number": "У прибора нет номера ГИС ЖКХ: передайте его в столбце gis_no реестра приборов.",
    "zone_missing": "За этот месяц есть показания не всех тарифных зон.",
    "column_missing": "В шаблоне нет столбца для этой тарифной зоны.",
    "resource_unknown": "По названию услуги не понятно, какой это коммунальный ресурс: внесите строку сами.",
    "formula": "Текст похож на формулу электронной таблицы: исправьте его в реестре.",
    "refund": "Возврат: в ГИС ЖКХ аннулируют извещение об этой оплате.",
    "account_number": "Нет номера ГИС ЖКХ, для которого в шаблоне есть столбец: передайте els, izhku или pd.",
    "account_unknown": "Лицевого счёта в кабинете нет.",
}
"""Why a row is not in the template, in the words of the list of such rows; codes are stable."""


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row of the template: meaning of a column → text, or a decimal with a dot."""

    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """What could not be written into the template."""

    account: str
    """Number of the account."""
    about: str
    """Number of the meter, or of the payment."""
    day: str
    """ISO."""
    value: str
    """The reading, or the sum in rubles."""
    reason: Reason


type Outcome = FilledRow | SkippedRow
