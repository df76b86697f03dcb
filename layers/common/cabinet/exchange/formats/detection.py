"""Which format a file is in, by its first lines, and the reader of that format."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.supplier_model import RegistryEncoding, Supplier
from cabinet.core.periods import period_from_date, shift_period
from cabinet.exchange.formats import gorod, native, sber
from cabinet.exchange.formats.archive import ArchiveMember, Line
from cabinet.exchange.limit_hints import limit_hint
from cabinet.exchange.model import FormatName, Issue, Location, Registry, RegistryRejected, Row

_PREFIX_LINES = 5
_UNKNOWN = (
    "Формат не распознан: файл должен начинаться с #registry;поставщик;номер;дата (собственный формат), "
    "с #FILESUM («Город») или состоять из строк ЛС|ФИО|сумма либо ФИО;ЕЛС;ФИАС;Адрес;ЛС;Сумма (Сбербанк)."
)
_SBER_PIPE = re.compile(r"[^|;]+\|[^|;]*\|[^|;]+")


@dataclass(slots=True)
class FileReader:
    """One file on its way in: whose it is, and what its first lines said."""

    supplier: Supplier
    name: str
    """The file's name as it was uploaded."""
    uploaded_on: date
    """The day in the supplier's time zone."""
    format: FormatName | None = None
    """Given by the sender, or found."""
    registry: Registry | None = None
    """What native files say that they are."""
    encoding: RegistryEncoding | None = None
    """Given by the sender; else the supplier's setting, else detected by the letters."""

    def rows(self, members: list[ArchiveMember]) -> Iterator[Row | Issue]:
        """Yield all rows of all members, and what is wrong with the others."""
        for member in members:
            lines = member.lines(self.encoding or self.supplier.registry_encoding)
            first = list(itertools.islice(lines, _PREFIX_LINES))
            found = self.format or (sber.is_name(self.name) and "sber") or detect_format(first)
            if not found:
                raise RegistryRejected("unknown_format", _UNKNOWN, Location(member.name, 1))
            if found != "native" and len(members) > 1:
                message = "В ZIP из нескольких файлов все они должны быть в собственном формате."
                raise RegistryRejected("mixed_formats", message, Location(member.name, 1))
            self.format = found
            yield from self._read(found, itertools.chain(first, lines))

    def _read(self, found: FormatName, lines: Iterator[Line]) -> Iterator[Row | Issue]:
        match found:
            case "native":
                return native.read(lines, self._check_registry)
            case "gorod":
                return gorod.read(lines, self.supplier, self.uploaded_on)
            case "sber":
                return sber.read(lines, self.name, self.supplier, self.uploaded_on)

    def _check_registry(self, registry: Registry, location: Location) -> None:
        if registry.supplier_id != self.supplier.supplier_id:
            message = (
                f"В реестре указан поставщик «{registry.supplier_id}», а загружается он для "
                f"«{self.supplier.supplier_id}»: загрузите его для «{registry.supplier_id}» "
                "или исправьте первую строку."
            )
            raise RegistryRejected("wrong_supplier", message, location, "supplier")
        last = shift_period(period_from_date(self.uploaded_on), self.supplier.registry_limits.months_ahead)
        if period_from_date(registry.dated) > last:
            message = (
                f"Дата реестра {registry.dated:%d.%m.%Y} далеко в будущем: ожидается не позже {last}. "
                f"{limit_hint('months_ahead', self.supplier.registry_limits.months_ahead)}"
            )
            raise RegistryRejected("future_date", message, location, "date")
        if self.registry not in (None, registry):
            raise RegistryRejected("other_registry", "Файлы ZIP — из разных реестров.", location)
        self.registry = registry


def detect_format(lines: list[Line]) -> FormatName | None:
    """Return the format that the first lines are in, or None."""
    texts = [line.text for line in lines if line.text and line.text.strip(" ;,\t")]
    if not texts:
        return None
    start = texts[0].strip().strip('"').lower()
    if start.startswith(("#registry", "ls;", "ls,", "ls\t")):
        return "native"
    if start.startswith("#"):
        return "gorod"
    if any(_SBER_PIPE.fullmatch(text) for text in texts):
        return "sber"
    rows = [text for text in texts if not text.startswith("=")]  # the last may be «=number;sum»
    return "sber" if rows and all(text.rstrip(";").count(";") == 5 for text in rows) else None
