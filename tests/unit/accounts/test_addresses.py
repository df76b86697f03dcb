"""Addresses as the staff write them: found where there is no doubt, else refused with the nearest."""

import pytest

from cabinet.accounts.addresses import AddressNotFound, House, find_houses, parse_street
from cabinet.accounts.keys import house_index_key


def house(street: str, number: str, city: str = "г. Челябинск") -> House:
    key = house_index_key("uk", street, number)
    return House(key, city, street, number, (f"uk:{city}/{street}/{number}",))


NORTH = [house("УЛ. СЕВЕРНАЯ", number) for number in ("1", "1к2", "3А")]
HOUSES = [
    *NORTH, house("Ул. Карла Маркса", "7"), house("8 Марта", "10"), house("ул. Мира", "1"),
    house("пр-т Мира", "1"), house("", "15"), house("ул. Набережная", "2"), house("УЛ. ЁЛОЧНАЯ", "4"),
]  # fmt: skip


def found(street: str, number: str = "", city: str = "") -> list[str]:
    return [each.line for each in find_houses(HOUSES, street, number, city)]


@pytest.mark.parametrize(
    "written",
    ["Северная", "ул. Северная", "Северная ул.", "улица СЕВЕРНАЯ", "ул.Северная", " северная ", "Cевeрная"],
)
def test_a_street_alone_means_all_its_houses_however_it_is_written(written: str) -> None:
    assert found(written) == ["УЛ. СЕВЕРНАЯ, 1", "УЛ. СЕВЕРНАЯ, 1к2", "УЛ. СЕВЕРНАЯ, 3А"]


@pytest.mark.parametrize(
    "written", ["1к2", "д. 1 к. 2", "1 корп. 2", "1, к. 2", "дом 1, корпус 2", "1К2", "1k2"]
)
def test_a_house_is_found_however_its_block_is_written(written: str) -> None:
    assert found("Северная", written) == ["УЛ. СЕВЕРНАЯ, 1к2"]


@pytest.mark.parametrize(
    ("street", "number", "line"),
    [
        ("К. Маркса", "7", "Ул. Карла Маркса, 7"), ("Маркса Карла", "7", "Ул. Карла Маркса, 7"),
        ("ул. 8-го Марта", "10", "8 Марта, 10"), ("Елочная", "4", "УЛ. ЁЛОЧНАЯ, 4"),
        ("проспект Мира", "1", "пр-т Мира, 1"), ("Мира ул", "1", "ул. Мира, 1"), ("", "15", "15"),
        ("Набережная", "2", "ул. Набережная, 2"),
    ],
)  # fmt: skip
def test_what_people_shorten_or_turn_round_is_one_street(street: str, number: str, line: str) -> None:
    assert found(street, number) == [line]


@pytest.mark.parametrize(
    ("street", "number", "city", "named"),
    [
        ("Сиверная", "", "", "УЛ. СЕВЕРНАЯ"), ("Северная", "2", "", "1к2"),
        ("пер. Северная", "", "", "похожи"), ("-", "", "", "улицы «-» среди домов нет"),
        ("Мира", "1", "", "таких улиц несколько: пр-т Мира, ул. Мира"), ("", "3А", "", "УЛ. СЕВЕРНАЯ"),
        ("", "404", "", "УЛ. СЕВЕРНАЯ"), ("Северная", "", "Копейск", "города «Копейск» среди домов нет"),
    ],
)  # fmt: skip
def test_what_is_not_found_or_not_certain_is_refused_with_the_nearest(
    street: str, number: str, city: str, named: str
) -> None:
    with pytest.raises(AddressNotFound, match=named):
        found(street, number, city)


def test_one_street_in_two_towns_needs_the_town() -> None:
    houses = [*NORTH, house("ул. Северная", "1", "с. Еткуль")]
    with pytest.raises(AddressNotFound, match=r"в нескольких городах: г\. Челябинск, с\. Еткуль"):
        find_houses(houses, "Северная", "1")
    assert [each.city for each in find_houses(houses, "Северная", "1", "Еткуль")] == ["с. Еткуль"]


def test_a_kind_without_a_name_is_the_name() -> None:
    assert parse_street("ул. Набережная").words == ("набережная",)
    assert parse_street("наб. реки Уй").words == ("реки", "уй")
