"""The report's closing lines: what was done, how many rubles, which accounts are missing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cabinet.exchange.imports.totals import Totals
from cabinet.exchange.imports.validate import ValidatedFile

_LISTED = 10
_KINDS = {
    "accounts": "лицевые счета", "receipts": "квитанции", "payments": "оплаты", "meters": "приборы учёта",
    "readings": "показания",
}  # fmt: skip
VERDICTS = {
    "written": "записано", "unchanged": "без изменений", "superseded": "пропущено, есть более новые данные",
    "differing": "возвращены не той суммой, что принял кабинет", "corrected": "исправлено",
    "repeated": "пропущено, под этим номером реестра уже загружена другая сумма",
    "services_differ": "сумма услуг не равна итогу",
    "unknown_meter": "прибор неизвестен", "unknown_zone": "у прибора нет такой зоны",
}  # fmt: skip
_SECTIONS = {"accounts": "лицевых счетов", "balances": "квитанций"}


def summary(
    checked: ValidatedFile,
    tally: Counter[str],
    totals: Totals,
    absent: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """Yield the lines; `absent` has the accounts of the last registry that this one does not name."""
    if checked.refused:
        yield "Реестр не принят, данные не изменены."
        return
    yield f"Реестр принят, строк: {checked.rows}."
    yield from tally_lines(tally)
    yield from totals.lines()
    yield from missing_lines(absent)


def tally_lines(tally: Counter[str], verdicts: Mapping[str, str] = VERDICTS) -> Iterator[str]:
    """Yield a line for each kind of which there is something, in the words of `verdicts`."""
    for kind, title in _KINDS.items():
        done = [f"{title} {tally[f'{kind}.{name}']}" for name, title in verdicts.items()
                if tally[f"{kind}.{name}"]]  # fmt: skip
        if done:
            yield f"{title}: {', '.join(done)}."


def missing_lines(absent: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield how many accounts of the last registry are not named, and the first of them."""
    for section, numbers in absent.items():
        if numbers:
            first = ", ".join(numbers[:_LISTED])
            rest = " …" if len(numbers) > _LISTED else ""
            named = f"{len(numbers)} ({first}{rest})"
            yield f"Были в прошлом реестре {_SECTIONS[section]}, а в этом нет: {named}."
