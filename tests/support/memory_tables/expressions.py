"""DynamoDB's expressions, each read once into functions: conditions, projections and updates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.support.memory_tables.values import COMPARISONS, Invalid, Item, Value, added, begins_with, is_equal

type Path = tuple[str, ...]
"""Names as they are written, from the item's attribute inwards."""
type Condition = Callable[[Scope], bool]
type Operand = Callable[[Scope], Value | None]

_TOKEN = re.compile(r"\s*(?:(?P<word>[#:]?\w+)|(?P<sign><>|<=|>=|[=<>(),.+-]))")
_RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())


@dataclass(slots=True)
class Scope:
    """An item, and what the request's placeholders stand for."""

    item: Item
    names: dict[str, str]
    values: dict[str, Value]

    def name(self, written: str) -> str:
        """Return the attribute that a name in an expression means."""
        return self.names[written] if written[0] == "#" else written

    def found_at(self, path: Path) -> Value | None:
        """Return the value at a path of the item."""
        held = self.item.get(self.name(path[0]))
        for step in path[1:]:
            if held is None:
                return None
            held = held.get("M", {}).get(self.name(step))
        return held


@dataclass(frozen=True, slots=True)
class Change:
    """One action of an update expression; without an operand it removes."""

    verb: str
    path: Path
    operand: Operand | None = None


@dataclass(frozen=True, slots=True)
class Read[T]:
    """An expression that was read, with the paths and the placeholders that it uses."""

    meaning: T
    paths: frozenset[Path]
    placeholders: frozenset[str]


@lru_cache(4096)
def condition(text: str) -> Read[Condition]:
    """Read a condition, or a key condition."""
    reader = _Reader(text)
    return reader.whole(reader.any_of())


@lru_cache(4096)
def projection(text: str) -> Read[list[Path]]:
    """Read the paths of a projection."""
    reader = _Reader(text)
    return reader.whole(list(reader.listed(reader.path)))


@lru_cache(4096)
def update(text: str) -> Read[list[Change]]:
    """Read an update's actions."""
    reader = _Reader(text)
    return reader.whole(list(reader.changes()))


class _Reader:
    """Reads an expression word by word."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            token = _TOKEN.match(text, position)
            if token is None:
                raise Invalid(f"Syntax error in {text!r} at {position}")
            self.words.append(token["word"] or token["sign"])
            position = token.end()
        self.paths = set[Path]()
        self.placeholders = set[str]()

    # ------------------------------------------------------------------ words

    def next(self) -> str:
        if not self.words:
            raise Invalid(f"{self.text!r} ends too early")
        return self.words.pop(0)

    def takes(self, word: str) -> bool:
        """Go on when the next word is this one."""
        is_next = bool(self.words) and self.words[0].upper() == word
        if is_next:
            self.words.pop(0)
        return is_next

    def must(self, word: str) -> None:
        if (found := self.next()).upper() != word:
            raise Invalid(f"{self.text!r}: {word} is expected, not {found}")

    def is_call(self) -> bool:
        """Tell whether a function's name and its parenthesis come next."""
        return len(self.words) > 1 and self.words[1] == "("

    def whole[T](self, meaning: T) -> Read[T]:
        if self.words:
            raise Invalid(f"{self.text!r}: unexpected {self.words[0]}")
        return Read(meaning, frozenset(self.paths), frozenset(self.placeholders))

    def listed[T](self, read: Callable[[], T]) -> Iterator[T]:
        yield read()
        while self.takes(","):
            yield read()

    # ------------------------------------------------------------------ paths and operands

    def path(self) -> Path:
        steps = [self._name()]
        while self.takes("."):
            steps.append(self._name())
        self.paths.add(tuple(steps))
        return tuple(steps)

    def _name(self) -> str:
        word = self.next()
        if word[0] == "#":
            self.placeholders.add(word)
        elif word.upper() in _RESERVED or not word[0].isalpha():
            raise Invalid(f"{self.text!r}: {word} is a reserved word, or no name")
        return word

    def operand(self) -> Operand:
        if self.words and self.words[0][0] == ":":
            word = self.next()
            self.placeholders.add(word)
            return lambda scope: scope.values[word]
        if self.is_call():
            raise NotImplementedError(f"not known to the tables in memory: {self.words[0]}()")
        path = self.path()
        return lambda scope: scope.found_at(path)

    # ------------------------------------------------------------------ conditions

    def any_of(self) -> Condition:
        parts = [self._all_of()]
        while self.takes("OR"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)

    def _all_of(self) -> Condition:
        parts = [self._one()]
        while self.takes("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)

    def _one(self) -> Condition:
        if self.takes("NOT"):
            denied = self._one()
            return lambda scope: not denied(scope)
        if self.takes("("):
            inner = self.any_of()
            self.must(")")
            return inner
        return self._function() if self.is_call() and self.words[0].upper() != "IN" else self._comparison()

    def _function(self) -> Condition:
        name = self.next().lower()
        self.must("(")
        path, second = self.path(), self.operand() if self.takes(",") else None
        self.must(")")
        match name, second:
            case "attribute_exists", None:
                return lambda scope: scope.found_at(path) is not None
            case "attribute_not_exists", None:
                return lambda scope: scope.found_at(path) is None
            case "begins_with", prefix if prefix is not None:
                return lambda scope: begins_with(scope.found_at(path), prefix(scope))
            case "attribute_type", kind if kind is not None:
                return lambda scope: (kind(scope) or {})["S"] in (scope.found_at(path) or {})
        raise NotImplementedError(f"not known to the tables in memory: {name}() in {self.text!r}")

    def _comparison(self) -> Condition:
        left = self.operand()
        word = self.next().upper()
        if word in COMPARISONS:
            compare, right = COMPARISONS[word], self.operand()
            return lambda scope: compare(left(scope), right(scope))
        if word == "BETWEEN":
            low = self.operand()
            self.must("AND")
            high, at_most = self.operand(), COMPARISONS["<="]
            return lambda scope: at_most(low(scope), left(scope)) and at_most(left(scope), high(scope))
        if word == "IN":
            self.must("(")
            among = list(self.listed(self.operand))
            self.must(")")
            return lambda scope: any(is_equal(left(scope), each(scope)) for each in among)
        raise Invalid(f"{self.text!r}: unexpected {word}")

    # ------------------------------------------------------------------ updates

    def changes(self) -> Iterator[Change]:
        seen = set[str]()
        while self.words:
            verb = self.next().upper()
            if verb in seen or verb not in ("SET", "REMOVE", "ADD"):
                raise Invalid(f"{self.text!r}: unexpected {verb}")
            seen.add(verb)
            yield from self.listed(lambda verb=verb: self._change(verb))  # type: ignore[misc]

    def _change(self, verb: str) -> Change:
        path = self.path()
        if verb == "REMOVE":
            return Change(verb, path)
        if verb == "SET":
            self.must("=")
            return Change(verb, path, self._sum())
        if not self.words or self.words[0][0] != ":":
            raise Invalid(f"{self.text!r}: {verb} takes a value")
        return Change(verb, path, self.operand())

    def _sum(self) -> Operand:
        left = self.operand()
        factor = 1 if self.takes("+") else -1 if self.takes("-") else 0
        if not factor:
            return left
        right = self.operand()
        return lambda scope: added(left(scope), right(scope), factor)
