"""A header that fits no kind of file: which kind was meant, and which columns are wrong. Pure."""

import difflib
from collections import Counter
from collections.abc import Iterator

from cabinet.core.text import slug
from cabinet.exchange.formats.schema import NATIVE, Section

_LOOK_ALIKES = str.maketrans("авекмнорстухі", "abekmhopctyxi")
_ALIKE = 0.6
"""`difflib`'s ratio from which a name is taken for a misspelled one."""


def find_issue(header: list[str]) -> tuple[str, str]:
    """Return the wrong columns' names, parted by commas, and what to say of a header that fits no section."""
    section = max(NATIVE, key=lambda kind: _similarity(kind, header))
    if 2 * len(_guess_columns(section, header)) < len(section.columns.keys() - section.optional):
        kinds = "; ".join(f"{kind.name}: {', '.join(_required(kind))}" for kind in NATIVE)
        return "", f"Строка не похожа на заголовок ни одного вида файлов. Нужны столбцы — {kinds}."
    columns, messages = zip(*_find_issues(section, header), strict=True)
    return ", ".join(
        columns
    ), f"По заголовку это файл «{section.name}», но {'; '.join(messages)}. Исправьте заголовок."


def _find_issues(section: Section, header: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each wrong column with what is wrong with it."""
    guessed = _guess_columns(section, header)
    for name, times in Counter(header).items():
        right = guessed.get(name)
        if not name:
            yield "", f"столбец {header.index(name) + 1} без названия"
        elif times > 1:
            yield name, f"столбец «{name}» повторяется"
        elif right is None:
            yield name, f"столбца «{name}» в таком файле не бывает"
        elif right == name:
            continue
        elif name.translate(_LOOK_ALIKES) == right:
            yield name, f"в названии столбца «{name}» русские буквы вместо латинских «{right}»"
        else:
            yield name, f"столбец «{name}», вероятно, должен называться «{right}»"
    for name in _required(section):
        if name not in guessed.values():
            yield name, f"нет столбца «{name}»"


def _guess_columns(section: Section, header: list[str]) -> dict[str, str]:
    """Return which column of the section each name of the header stands for; others are left out."""
    exact = {name: name for name in header if name in section.columns}
    guessed = dict(exact)
    for name in header:
        left = [column for column in section.columns if column not in guessed.values()]
        plain = name.translate(_LOOK_ALIKES)
        if name and name not in guessed:
            spelled = [latin for latin in (plain, slug(name)) if latin in left]
            alike = spelled or difflib.get_close_matches(name, left, 1, _ALIKE)
            if alike:
                guessed[name] = alike[0]
    return guessed


def _similarity(section: Section, header: list[str]) -> int:
    guessed = _guess_columns(section, header)
    strange = sum(name not in guessed for name in header)
    missing = sum(name not in guessed.values() for name in _required(section))
    return len(guessed) - strange - missing


def _required(section: Section) -> list[str]:
    return [name for name in section.columns if name not in section.optional]
