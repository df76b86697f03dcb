"""What is wrong with a value in a supplier's file, in Russian, with the setting's whole path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cabinet.core.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MAX_NUMBER = 10**15
"""No setting counts as much; storage would not take every number."""

_SENTENCES = {
    "missing": "Этой настройки не хватает, без неё нельзя.",
    "string_type": "Нужен текст; число возьмите в кавычки.",
    "string_too_short": "Заполните: пустым быть не может.",
    "string_too_long": "Слишком длинно: не больше {max_length} знаков.",
    "string_pattern_mismatch": "Не подходит; нужны малые латинские буквы, цифры и дефис, до 32 знаков.",
    "too_short": "Нужно не меньше {min_length}.",
    "too_long": "Слишком много: не больше {max_length}.",
    "literal_error": "Такого значения нет; возможны: {expected}.",
    "greater_than_equal": "Слишком мало: не меньше {ge}.",
    "less_than_equal": "Слишком много: не больше {le}.",
    "list_type": "Нужен список: строки, начатые дефисом.",
    "dict_type": "Нужны пары «название: значение».",
    "model_type": "Нужны вложенные настройки «название: значение».",
}
_KINDS = {
    "int": "Нужно целое число.", "bool": "Нужно true или false.", "float": "Нужно число.",
}  # fmt: skip


def describe(error: ValidationError) -> list[FieldError]:
    """Return what pydantic has found, one for each setting."""
    return [FieldError(_path(found["loc"]), found["type"], _sentence(found)) for found in error.errors()]


def _path(steps: tuple[int | str, ...]) -> str:
    """Return ``payees[0].inn``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _sentence(found: ErrorDetails) -> str:
    known = _SENTENCES.get(found["type"]) or _KINDS.get(found["type"].partition("_")[0])
    values = {name: str(value).replace(" or ", ", ") for name, value in (found.get("ctx") or {}).items()}
    sentence = (known or "Неверное значение.").format(**values)
    spelt = repr(str(found["input"]))
    if found["type"] == "literal_error" and isinstance(found["input"], int) and spelt in sentence:
        return f"{sentence} Число возьмите в кавычки: {spelt}."
    return sentence


def find_extremes(content: object, path: str = "") -> Iterator[FieldError]:
    """Yield the numbers that no setting can mean, at any depth."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from find_extremes(value, f"{path}.{name}".lstrip("."))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from find_extremes(value, f"{path}[{index}]")
    elif isinstance(content, int | float) and abs(content) > MAX_NUMBER:
        yield FieldError(path, "number_too_large", "Слишком большое число.")
