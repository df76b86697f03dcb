"""How one service's ordinary charges changed from month to month: by volume, tariff, norm or otherwise. Pure.

The change by volume is taken at the former price, what is left is the tariff's. Prices are what was asked
for a unit, not the tariff's number: billing multiplies by coefficients of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from cabinet.billing.model import ChargeLine
from cabinet.core.money import Kopecks

_NUMBER = re.compile(r"-?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|-?\d+(?:[.,]\d+)?")
_VOLUME_KIND_TEXTS = {
    "meter": "по счётчику",
    "norm": "по нормативу",
    "average": "по среднему расходу",
    "common": "как доля общедомового расхода",
}


type ChangeReason = Literal["tariff", "volume", "recalculation", "norm", "new", "gone", "other"]


@dataclass(frozen=True, slots=True)
class ChargeDifference:
    """One reason for a change, kopecks, with the sentence that says it."""

    kind: ChangeReason
    amount: Kopecks
    text: str


def compare_charges(
    now: Sequence[ChargeLine], before: Sequence[ChargeLine], change: Kopecks
) -> list[ChargeDifference]:
    """Return the parts of a service's change; together they are exactly `change`."""
    parts: list[ChargeDifference] = []
    if len(now) == len(before):
        for now_line, before_line in zip(now, before, strict=True):
            parts += _compare_line(now_line, before_line)
    merged: dict[tuple[ChangeReason, str], Kopecks] = {}
    for part in parts:
        merged[part.kind, part.text] = merged.get((part.kind, part.text), 0) + part.amount
    rest = change - sum(merged.values())
    found = [ChargeDifference(kind, amount, text) for (kind, text), amount in merged.items() if amount]
    if rest:
        found.append(ChargeDifference("other", rest, _unexplained(now, before)))
    return found


def _unexplained(now: Sequence[ChargeLine], before: Sequence[ChargeLine]) -> str:
    if not (now and before):
        return "Сумма изменилась: тариф и объём в квитанции не указаны"
    if len(now) != len(before):
        return "Начисление состоит из других строк, чем месяцем раньше"
    return "Тарифом и объёмом это изменение не объясняется: спросите организацию"


def _compare_line(now: ChargeLine, before: ChargeLine) -> list[ChargeDifference]:
    """Return by what one line differs: the volume's part first, what is left is the tariff's."""
    change = now.amount - before.amount
    is_same_tariff = _plain(now.tariff) == _plain(before.tariff)
    if _is_same_volume(now, before):
        return [] if is_same_tariff else [ChargeDifference("tariff", change, _tariff_text(now, before))]
    by_volume = ChargeDifference(_volume_kind(now, before), change, _volume_text(now, before))
    scaled = _at_former_price(now, before)
    if is_same_tariff and (scaled is None or not now.tariff or _is_rounding(now, before, scaled)):
        return [by_volume]
    if scaled is None:
        return []
    by_volume = ChargeDifference(by_volume.kind, scaled - before.amount, by_volume.text)
    by_tariff = ChargeDifference("tariff", now.amount - scaled, _tariff_text(now, before))
    return [by_volume] if is_same_tariff else [by_volume, by_tariff]


def _is_rounding(now: ChargeLine, before: ChargeLine, scaled: Kopecks) -> bool:
    """Tell whether a sum is the scaled one but for rounding both to kopecks."""
    now_volume, before_volume = _number(now.volume), _number(before.volume)
    grown = abs(now_volume / before_volume) if now_volume and before_volume else Fraction(0)
    return abs(now.amount - scaled) <= ceil(grown) + 1


def _at_former_price(now: ChargeLine, before: ChargeLine) -> Kopecks | None:
    """Return what the volume of now would have cost a month before; None where that cannot be said."""
    now_volume, before_volume = _number(now.volume), _number(before.volume)
    if now_volume is None or before_volume is None or _unit(now) != _unit(before):
        return None
    if before_volume:
        return round(Fraction(before.amount) * now_volume / before_volume)
    price = _number(before.tariff)
    return None if price is None else round(price * 100 * now_volume)


def _volume_kind(now: ChargeLine, before: ChargeLine) -> ChangeReason:
    """Return "norm" where the way of finding the volume has changed, or the norm itself."""
    is_other_norm = "norm" in (now.volume_kind, before.volume_kind) and _plain(now.norm) != _plain(
        before.norm
    )
    return "norm" if _changed_volume_kinds(now, before) or is_other_norm else "volume"


def _changed_volume_kinds(now: ChargeLine, before: ChargeLine) -> tuple[str, str] | None:
    """Return (former, present) way of finding the volume where billing names both and they differ."""
    if now.volume_kind == before.volume_kind or now.volume_kind is None or before.volume_kind is None:
        return None
    return _VOLUME_KIND_TEXTS[before.volume_kind], _VOLUME_KIND_TEXTS[now.volume_kind]


def _volume_text(now: ChargeLine, before: ChargeLine) -> str:
    if _volume_kind(now, before) == "norm":
        if kinds := _changed_volume_kinds(now, before):
            return f"Раньше считали {kinds[0]}, теперь {kinds[1]}"
        return f"Норматив изменился: было {before.norm or '—'}, стало {now.norm or '—'}"
    now_volume, before_volume = _number(now.volume), _number(before.volume)
    verb = "изменился"
    if now_volume is not None and before_volume is not None:
        verb = "больше" if now_volume > before_volume else "меньше"
    return f"Объём {verb}: было {_with_unit(before)}, стало {_with_unit(now)}"


def _tariff_text(now: ChargeLine, before: ChargeLine) -> str:
    now_tariff, before_tariff = _number(now.tariff), _number(before.tariff)
    verb = "изменился"
    if now_tariff is not None and before_tariff is not None and now_tariff != before_tariff:
        verb = "вырос" if now_tariff > before_tariff else "снизился"
    return f"Тариф {verb}: было {before.tariff or '—'}, стало {now.tariff or '—'}"


def _with_unit(line: ChargeLine) -> str:
    volume = line.volume.replace(".", ",") or "—"
    return volume if not line.unit or line.unit in volume else f"{volume} {line.unit}"


def _is_same_volume(now: ChargeLine, before: ChargeLine) -> bool:
    now_volume, before_volume = _number(now.volume), _number(before.volume)
    if now_volume is None or before_volume is None:
        return _plain(now.volume) == _plain(before.volume)
    return now_volume == before_volume and _unit(now) == _unit(before)


def _unit(line: ChargeLine) -> str:
    return _plain(line.unit or _NUMBER.sub("", line.volume, count=1))


def _number(text: str) -> Fraction | None:
    found = _NUMBER.search(text)
    if found is None:
        return None
    return Fraction(re.sub(r"[ \u00a0\u202f]", "", found[0]).replace(",", "."))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().replace(",", ".")
