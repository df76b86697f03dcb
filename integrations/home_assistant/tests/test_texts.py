"""The texts: the same in both languages, and each that the code names is there."""

import json
import re
from pathlib import Path
from typing import Any

COMPONENT = Path(__file__).parents[1] / "custom_components" / "cabinet_zhkh"


def texts(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((COMPONENT / name).read_text("utf-8"))
    return found


def leaves(of: Any, path: str = "") -> dict[str, set[str]]:
    """Return the placeholders of each text by its path."""
    if isinstance(of, str):
        return {path: set(re.findall(r"{\w+}", of))}
    return {key: names for name, each in of.items() for key, names in leaves(each, f"{path}.{name}").items()}


def test_russian_and_english_say_the_same() -> None:
    assert texts("strings.json") == texts("translations/en.json")
    assert leaves(texts("translations/ru.json")) == leaves(texts("translations/en.json"))


def test_each_exception_has_a_text() -> None:
    code = "".join(path.read_text("utf-8") for path in COMPONENT.glob("*.py"))
    named = set(re.findall(r'translation_key="(\w+)"|_failure\("(\w+)"', code))
    keys = {key for pair in named for key in pair if key}
    assert keys - {"debt", "window_closes_in"} <= set(texts("strings.json")["exceptions"])
