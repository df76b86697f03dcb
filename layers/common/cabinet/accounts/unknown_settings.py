"""Fields of a supplier's file that no setting has, at any depth, each with the nearest one. Pure."""

import difflib
import types
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from cabinet.core.errors import FieldError


def find_unknown_fields(content: object, model: Any, path: str = "") -> Iterator[FieldError]:  # noqa: ANN401 - an annotation
    """Yield what `content` names and `model` lacks: a misspelt setting would silently keep its default."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        if not isinstance(content, dict):
            return
        for name, value in content.items():
            place = f"{path}.{name}" if path else str(name)
            field = model.model_fields.get(str(name))
            if field is None:
                yield FieldError(place, "unknown_field", _message(str(name), list(model.model_fields)))
            else:
                yield from find_unknown_fields(value, field.annotation, place)
    elif get_origin(model) is list and isinstance(content, list):
        for index, value in enumerate(content):
            yield from find_unknown_fields(value, get_args(model)[0], f"{path}[{index}]")
    elif get_origin(model) is dict and isinstance(content, dict):
        for name, value in content.items():
            yield from find_unknown_fields(value, get_args(model)[1], f"{path}.{name}")
    elif get_origin(model) is types.UnionType:
        for one in get_args(model):
            yield from find_unknown_fields(content, one, path)


def _message(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"Такой настройки нет. Похожа: {near[0]}. Есть: {', '.join(known)}."
    return f"Такой настройки нет. Есть: {', '.join(known)}."
