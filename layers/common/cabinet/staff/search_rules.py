"""What an operator has typed into the search: an address of mail, a telephone, a number, a surname, a house.

Pure. One field is enough, as what is typed tells itself apart. Each text means at most two look-ups, tried
in their order until one finds something.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cabinet.accounts.addresses import city_key, is_street_kind, parse_street
from cabinet.accounts.holders import parse_holder
from cabinet.accounts.model import Account, Address
from cabinet.accounts.search_index_rules import given_names, street_word
from cabinet.core.text import normalise_house

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HOUSE_WORDS = {
    "дом", "корпус", "корп", "строение", "стр", "литера", "литер", "лит", "квартира", "кв", "офис", "оф",
    "помещение", "пом",
}  # fmt: skip
_FLAT = re.compile(r"(?i)(?:квартира|кв|офис|оф|помещение|пом)[.\s№]*(?=[\dа-яёa-z])")
_HOUSE = re.compile(
    r"""(?ix)
    \d+ (?:\s*[/\\]\s*\d+)?
    (?:\s* (?![кkсc][.\s]*\d) [а-яёa-z] (?![а-яёa-z]))?
    (?:[\s,]* (?:корпус|корп|к|k|строение|стр|с|c) [.\s]* \d+ (?:\s*[а-яёa-z](?![а-яёa-z]))?)*
    (?:[\s,]* (?:литера|литер|лит) [.\s]* [а-яёa-z])?
    """
)
_BEFORE_HOUSE = re.compile(r"(?i)^[\s,.]*(?:дом|д)?[.\s№]*(?=\d)")
_SEPARATORS = " ,.;-–—№"
_PHONE = re.compile(r"[+\d\s()\-–—.]+")


_NO_ADDRESS = Address.model_construct()


class SearchField(StrEnum):
    """What is looked up."""

    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    HOLDER = "holder"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One look-up: the words of a number or a name, or a house with the text before and after it."""

    field: SearchField
    text: str = ""
    address: Address = _NO_ADDRESS
    before: str = ""
    """What was typed before the street: a town, or the holder's surname."""


def parse_search(typed: str) -> list[SearchQuery]:
    """Return what a typed text may mean, the likeliest first; at most two, none for nothing."""
    text = typed.strip()
    if "@" in text:
        return [SearchQuery(SearchField.EMAIL, text)]
    if not any(character.isalnum() for character in text):
        return []
    number = SearchQuery(SearchField.NUMBER, text)
    if text.startswith("№"):
        return [number]
    if not _WORD.search(text):
        return [SearchQuery(SearchField.PHONE, text), number] if _may_be_phone(text) else [number]
    if not any(character.isdigit() for character in text):
        return [SearchQuery(SearchField.HOLDER, text)]
    houses = _addresses(text)
    if not houses or not re.search(r"[\s,]", text):
        # «74С-001» is a number, and «Ромашка-2» a name.
        return [number, houses[0] if houses else SearchQuery(SearchField.HOLDER, text)]
    return houses[:2] if len(houses) > 1 else [houses[0], SearchQuery(SearchField.HOLDER, text)]


def fits_holder(account: Account, typed: str) -> bool:
    """Tell whether the account's holder may be who was typed: the surname, the initials as far as given."""
    if parse_holder(account.holder).name != parse_holder(typed).name:
        return False
    pairs = zip(given_names(account.holder), given_names(typed), strict=False)
    return all(known.startswith(typed) or typed.startswith(known) for known, typed in pairs)


def fits_address(account: Account, query: SearchQuery) -> bool:
    """Tell whether the account is in the house, and of the flat, town or holder where one was typed."""
    there, asked = account.address, query.address
    if normalise_house(there.house) != normalise_house(asked.house):
        return False
    if asked.flat and normalise_house(there.flat) != normalise_house(asked.flat):
        return False
    if not _street_fits(there.street, asked.street):
        return False
    before = city_key(query.before)
    return not before or before == city_key(there.city) or before == parse_holder(account.holder).name


def in_order_of_flats(accounts: Sequence[Account]) -> list[Account]:
    """Return accounts by street, house and flat, numbers in them by size: the flat 9 before the flat 10."""

    def place(account: Account) -> list[list[tuple[int, int, str]]]:
        there = account.address
        return [_by_size(part) for part in (there.street, there.house, there.flat, account.number)]

    return sorted(accounts, key=place)


def _by_size(text: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts]


def _may_be_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if not _PHONE.fullmatch(text):
        return False
    return (len(digits) == 11 and digits[0] in "78") or (len(digits) == 10 and digits[0] == "9")


def _street_fits(street: str, typed: str) -> bool:
    known, asked = parse_street(street), parse_street(typed)
    if known.kinds and asked.kinds and not known.kinds & asked.kinds:
        return False
    return all(
        any(word == each or (len(word) == 1 and each.startswith(word)) for each in known.words)
        for word in asked.words
    )


def _addresses(text: str) -> list[SearchQuery]:
    """Return what houses a text may name: «Челябинск, Северная 12, кв. 5», «Северная 12-5»."""
    words = [word for word in _WORD.finditer(text) if _is_street_word(word[0])]
    if not words:
        return []
    # A house's number follows the street's last word.
    last = next((word for word in reversed(words) if _BEFORE_HOUSE.match(text[word.end() :])), None)
    if last is None:
        return []
    rest = _BEFORE_HOUSE.sub("", text[last.end() :])
    house = _HOUSE.match(rest)
    if house is None:
        return []
    places = _streets(text[: last.end()])
    found = [
        SearchQuery(SearchField.ADDRESS, text, Address(street=street, house=number, flat=flat), before)
        # The likeliest house of each street before the other house of one.
        for number, flat in _houses(house[0], rest[house.end() :])
        for before, street in places
    ]
    return [each for each in found if street_word(each.address.street)]


def _is_street_word(word: str) -> bool:
    folded = word.lower()
    return (len(folded) > 2 and folded not in _HOUSE_WORDS) or folded in ("ул", "пр", "ш", "пл")


def _streets(text: str) -> list[tuple[str, str]]:
    """Return (the text before, the street): parted by a comma, or else the first word may be a town's."""
    before, comma, street = text.rpartition(",")
    if comma:
        return [(before.rpartition(",")[2].strip(), street.strip())]
    first, _, rest = text.strip().partition(" ")
    whole = ("", text.strip())
    if not rest or is_street_kind(first) or is_street_kind(rest) or not _WORD.fullmatch(first):
        return [whole]
    return [whole, (first, rest)]


def _houses(house: str, rest: str) -> list[tuple[str, str]]:
    """Return (house, flat) of what follows a street: of «12-5» the flat 5, or the house 12-5."""
    stripped = rest.strip(_SEPARATORS)
    flat = _FLAT.sub("", stripped).strip(_SEPARATORS)
    if not flat:
        return [(house.strip(), "")]
    if re.match(r"\s*[-–—]\s*\d+$", rest) and not _FLAT.search(rest):
        return [(house.strip(), flat), (f"{house.strip()}-{flat}", "")]
    return [(house.strip(), flat)]
