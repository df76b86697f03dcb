"""Plain substitutes for characters that no face of the sheet has: nothing vanishes, nothing is a box."""

import unicodedata
from collections.abc import Set as AbstractSet

UNKNOWN = "?"
_LOOK_ALIKES = {
    "\u2010": "-", "\u2012": "–", "\u2015": "—", "\u2043": "-", "\u2024": ".", "\u2027": "·", "\u2032": "′",
    "\u201f": "“", "\u201b": "‘", "\u2215": "/", "\u2217": "*", "\u2223": "|", "\u02bb": "’", "\u02bc": "’",
    "ə": "ә", "Ə": "Ә", "ø": "o", "Ø": "O", "\u2610": "□", "\u2713": "+", "\u2714": "+", "\u2717": "×",
    "→": "->", "←": "<-", "⇒": "=>", "≡": "=", "∼": "~", "₋": "-", "⁻": "-",
}  # fmt: skip
"""Look-alikes of the punctuation and letters that people paste into texts."""


def substitute(text: str, known: AbstractSet[str]) -> str:
    """Return the text in characters of `known`: composed, without marks that cannot be set, or with a «?»."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(each if each in known else _substitute_character(each, known) for each in composed)


def _substitute_character(character: str, known: AbstractSet[str]) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or category.startswith("M"):
        return ""  # seen by nobody, or a mark on a letter that stays
    if category in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    bare = unicodedata.normalize("NFKD", _LOOK_ALIKES.get(character, character))
    spelled = "".join(each for each in bare if not unicodedata.combining(each))
    if spelled and spelled != character and known >= set(spelled):
        return spelled
    return "-" if category == "Pd" else UNKNOWN
