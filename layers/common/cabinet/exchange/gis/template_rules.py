"""Which columns of a template of ГИС ЖКХ are filled, by the text of their headers. Pure.

Templates change with each release of the service: columns move, headers get explanations and other letters
for «Т1». The words at the beginning of a header stay.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cabinet.core.text import to_cyrillic
from cabinet.exchange.gis.errors import HeaderAmbiguous, HeaderMissing, HeaderUnknown, TemplateNotEmpty

type GisKind = Literal["readings", "payments"]
type Titles = Mapping[int, Mapping[int, str]]
"""Row → column → text, both counted from 1: the first rows of a sheet."""

HEADER_ROWS = 12
"""How far down a header is looked for."""
_ABOVE = 3
"""Rows above the header's last whose cells may be merged with it."""
_HOUSE_METER_WORDS = ("одпу", "общедом")
"""Words in sheet names of house meters, whose sheets have the same headers."""


@dataclass(frozen=True, slots=True)
class Column:
    """One meaning of a column and the headers that have it; the first is how errors call it."""

    name: str
    titles: tuple[str, ...]
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """What a kind of template may have, and what it must: of each group at least one column."""

    columns: tuple[Column, ...]
    mandatory: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> Column:
        """Return a column by its meaning."""
        return next(each for each in self.columns if each.name == name)


_READINGS = TemplateSpec(
    (
        Column("meter", ("Номер ПУ в ГИС ЖКХ", "Номер прибора учета в ГИС ЖКХ",
                         "Уникальный номер прибора учета", "Уникальный номер ПУ")),
        Column("serial", ("Заводской (серийный) номер ПУ", "Заводской номер ПУ", "Серийный номер ПУ",
                          "Заводской (серийный) номер прибора учета", "Заводской номер прибора учета")),
        Column("account", ("Номер лицевого счета/Единый лицевой счет/Идентификатор ЖКУ",
                           "Единый лицевой счет", "Идентификатор ЖКУ")),
        Column("address", ("Адрес дома", "Адрес")),
        Column("resource", ("Коммунальный ресурс", "Вид коммунального ресурса")),
        Column("period", ("Период", "Период передачи показаний", "Расчетный период")),
        Column("T1", ("Значение показания (Т1)", "Показание (Т1)", "Значение показания", "Показание",
                      "Текущее показание (Т1)", "Текущее показание"), is_number=True),
        Column("T2", ("Значение показания (Т2)", "Показание (Т2)", "Текущее показание (Т2)"), is_number=True),
        Column("T3", ("Значение показания (Т3)", "Показание (Т3)", "Текущее показание (Т3)"), is_number=True),
        Column("date", ("Дата снятия показания", "Дата снятия показаний", "Дата показания")),
    ),
    (("meter",), ("T1",), ("date",)),
)  # fmt: skip
"""«Импорт показаний ИПУ», as template 13.1.3.1 calls its columns, and other releases' words for them."""

_PAYMENTS = TemplateSpec(
    (
        Column("document", ("Идентификатор платежного документа", "Идентификатор ПД",
                            "Уникальный номер платежного документа")),
        Column("dwelling", ("Идентификатор жилищно-коммунальной услуги", "Идентификатор ЖКУ")),
        Column("els", ("Единый лицевой счет", "ЕЛС", "Номер единого лицевого счета")),
        Column("account", ("Номер лицевого счета", "Лицевой счет")),
        Column("date", ("Дата внесения платы", "Дата внесения оплаты", "Дата оплаты", "Дата платежа")),
        Column("amount", ("Сумма", "Сумма платежа", "Сумма оплаты", "Сумма к внесению"), is_number=True),
        Column("month", ("Месяц",), is_number=True),
        Column("year", ("Год",), is_number=True),
        Column("period", ("Период", "Период оплаты", "Расчетный период")),
        Column("order", ("Номер распоряжения", "Уникальный номер распоряжения",
                         "Уникальный идентификатор распоряжения", "Номер платежа",
                         "Уникальный номер платежа", "Уникальный идентификатор платежа")),
        Column("online", ("Признак онлайн-оплаты", "Онлайн-оплата")),
    ),
    (("document", "dwelling", "els"), ("date",), ("amount",)),
)  # fmt: skip
"""«Извещения о принятии к исполнению распоряжений, размещаемые исполнителем»: the words of the service's own
integration schema (SupplierNotificationOfOrderExecution)."""

TEMPLATE_SPECS: dict[GisKind, TemplateSpec] = {"readings": _READINGS, "payments": _PAYMENTS}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a sheet's rows go: column of each meaning, and the first row to write."""

    columns: Mapping[str, int]
    first_row: int


def fold_title(title: str) -> str:
    """Return the words by which a header is known: its beginning, without explanations after a stop.

    «Значение показания (T2), является обязательным…» (with a Latin T) is «значение показания т2».
    """
    plain = to_cyrillic(unicodedata.normalize("NFKC", title)).lower().replace("ё", "е").strip(" *\n\t")
    plain = re.sub(r"\(\s*(т\s?[123]|серийный)\s*\)", r" \1 ", plain)
    head = re.split(r"[,;:.(*]|обязател", plain, maxsplit=1)[0]
    return " ".join(re.findall(r"[а-я0-9]+", head))


def is_marked_mandatory(title: str) -> bool:
    """Tell whether a header says that its column must always be filled: by a star, or in words."""
    plain = " ".join(title.lower().split())
    return plain.startswith("*") or bool(
        re.search(r"(\*|обязательн\w+(?: для заполнения| поле)?)[\s).]*$", plain)
    )


def is_house_meter_sheet(name: str) -> bool:
    """Tell whether a sheet of this name is for house meters, so that it is not filled."""
    return any(word in name.lower() for word in _HOUSE_METER_WORDS)


def find_layout(kind: GisKind, sheets: Sequence[tuple[str, Titles, int]]) -> tuple[int, Layout]:
    """Return which sheet is to be filled, by its index in `sheets`, and how.

    Parameters
    ----------
    sheets
        Name, texts of the first rows, and the first row after them that holds anything (0: none does).

    Raises
    ------
    HeaderMissing, HeaderUnknown, HeaderAmbiguous, TemplateNotEmpty
    """
    spec = TEMPLATE_SPECS[kind]
    best: tuple[int, int, int, dict[int, str]] | None = None
    for index, (_, titles, _) in enumerate(sheets):
        for row in sorted(titles):
            known = _known(spec, _block(titles, row))
            if best is None or len(set(known.values())) > best[0]:
                best = len(set(known.values())), index, row, known
    if best is None or best[0] == 0:
        raise HeaderMissing(f"В файле нет столбца «{_missing(spec, ())}». Это шаблон другого вида?")
    _, index, row, known = best
    sheet, titles, valued = sheets[index]
    _require(spec, sheet, known, _block(titles, row))
    return index, Layout(
        {name: column for column, name in known.items()}, _first_row(sheet, titles, row, valued)
    )


def _block(titles: Titles, row: int) -> dict[int, str]:
    """Return the header of each column: of `row`, or of a cell above that is merged with it."""
    found: dict[int, str] = {}
    for above in range(row, max(row - _ABOVE, 0), -1):
        for column, title in titles.get(above, {}).items():
            found.setdefault(column, title)
    return found


def _known(spec: TemplateSpec, block: Mapping[int, str]) -> dict[int, str]:
    meanings = {fold_title(title): each.name for each in spec.columns for title in each.titles}
    folded = {column: meanings.get(fold_title(title)) for column, title in sorted(block.items())}
    return {column: name for column, name in folded.items() if name is not None}


def _require(spec: TemplateSpec, sheet: str, known: Mapping[int, str], block: Mapping[int, str]) -> None:
    names = list(known.values())
    if missing := _missing(spec, names):
        raise HeaderMissing(
            f"На листе «{sheet}» нет столбца «{missing}». Возьмите действующий шаблон ГИС ЖКХ;"
            " если столбец назвали иначе, сообщите инженеру."
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        title = spec.column(twice).titles[0]
        raise HeaderAmbiguous(f"На листе «{sheet}» столбец «{title}» встречается дважды.")
    for column, title in sorted(block.items()):
        if column not in known and is_marked_mandatory(title):
            shown = " ".join(title.split())[:80]
            raise HeaderUnknown(
                f"На листе «{sheet}» есть обязательный столбец «{shown}», которого кабинет не знает:"
                " строки без него ГИС ЖКХ не примет."
            )


def _missing(spec: TemplateSpec, names: Iterable[str]) -> str:
    """Return the titles of the first group of which there is no column; empty where none is missing."""
    there = set(names)
    for group in spec.mandatory:
        if there.isdisjoint(group):
            return "» или «".join(spec.column(name).titles[0] for name in group)
    return ""


def _first_row(sheet: str, titles: Titles, header: int, valued: int) -> int:
    """Return the row after the header and after a row that only numbers the columns."""
    below = sorted(row for row in titles if row > header and titles[row])
    first = header + 1
    if below and below[0] == first and _numbers_columns(titles[first]):
        below, first = below[1:], first + 1
    filled = below[0] if below else valued
    if filled:
        raise TemplateNotEmpty(
            f"На листе «{sheet}» под заголовками уже есть строки (первая — {filled}). Возьмите пустой шаблон"
            " или удалите их."
        )
    return first


def _numbers_columns(cells: Mapping[int, str]) -> bool:
    texts = [cells[column].strip().removesuffix(".0") for column in sorted(cells)]
    return texts == [str(number) for number in range(1, len(texts) + 1)] and len(texts) > 1
