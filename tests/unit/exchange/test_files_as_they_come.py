"""Files as they leave DOS, Excel, Finder and banks: read where that is certain, else refused by name."""

import io
import zipfile

import pytest

from cabinet.exchange.imports.locations import ObjectLocation
from tests.support.factories.registries import (
    ACCOUNT,
    NUMBER,
    RegistryImporter,
    account_item,
    check_file,
    section_file,
)

SBER_NAME = "7451001232_40702810012345678912_001_1026.txt"
HEADER = "#registry;center;1;2026-09-30\r\nls;fio;street;house;flat;area;residents\r\n"


def native(row: str) -> str:
    return f"{HEADER}{row}\r\n#control;1;0\r\n"


def gorod(
    holder: str = "Иванов Иван Иванович", number: str = NUMBER, address: str = "Челябинск,Ленина ул,10,12"
) -> str:
    debt = f"{holder};{address};{number};3293.08;11501;01/09/2026;30/09/2026;"
    return f"#FILESUM 3293.08\r\n#TYPE 7\r\n#SERVICE 11501\r\n{debt}\r\n"


def sber(
    number: str = NUMBER, address: str = "г. Челябинск, ул. Ленина, д. 10, кв. 12", total: str = "1500,50"
) -> str:
    return f"Иванов Иван Иванович;;;{address};{number};{total}\r\n"


def packed(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


CAPITALS = ["ИВАНОВ ИВАН", "ПЕТРОВ МАРИЯ", "КУЗНЕЦОВ ИВАН", "ХАБИБУЛЛИН РАИС", "ЦОЙ ЮРИЙ"]


@pytest.mark.parametrize("sign", ["Ё", "№"])
def test_capitals_of_dos_are_read_with_a_yo_and_a_number_sign(sign: str) -> None:
    debts = [f"{who};Челябинск,УЛ. КЫШТЫМСКАЯ,{n},{n};10000{n};1.00;;;;" for n, who in enumerate(CAPITALS, 1)]
    debts[2] = debts[2].replace("УЗ", f"У{sign}З")
    text = "\r\n".join(["#FILESUM 5.00", "#TYPE 7", *debts, ""])
    found = check_file(text.upper().encode("cp866"), "debts.txt")
    assert found.codes == []
    assert found.accounts[0].of("accounts")[0]["fio"] == "ИВАНОВ ИВАН"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (native(f"{NUMBER};Иванов Иван;ул. Ленина;10;12;45,6;3").encode("cp866") + b"\x1a", "r.csv"),
        (native(f"{NUMBER};Иванов Иван;ул. Ленина;10;12;45,6;3").encode("cp866") + b"\x1a\x1a\r\n", "r.csv"),
        (gorod().encode("cp866") + b"\x1a", "g.txt"),
        (sber().encode("cp866").rstrip() + b"\x1a", SBER_NAME),
    ],
)
def test_the_end_mark_of_dos_is_passed_over(content: bytes, name: str) -> None:
    found = check_file(content, name)
    assert (found.codes, len(found.accounts)) == ([], 1)


@pytest.mark.parametrize(
    "number", ["7400000001.0", "7400000001,00", "7.400000001E9", "7,4E+09", "74E+8", "7,4е9"]
)
def test_a_number_that_a_spreadsheet_has_made_is_refused_in_every_format(number: str) -> None:
    row = f"{number};Иванов Иван;ул. Ленина;10;12;45,6;3"
    for content, name, field in (
        (native(row), "r.csv", "ls"), (gorod(number=number), "g.txt", "ЛС"), (sber(number), SBER_NAME, "ЛС"),
    ):  # fmt: skip
        found = check_file(content.encode("cp1251"), name)
        assert found.checked.refused
        ((_, told, code, message),) = found.issues
        assert (told, code) == (field, "scientific")
        assert message == (
            "Номер счёта испорчен электронной таблицей, она сделала его числом: "
            "задайте столбцу формат «Текстовый» и впишите номер заново. "
            f"В ячейке: «{number}»."
        )


@pytest.mark.parametrize("number", ["74Е001", "7E9", "740.1", "0012345"])
def test_a_number_that_only_looks_so_is_read(number: str) -> None:
    assert (
        check_file(native(f"{number};Иванов Иван;ул. Ленина;10;12;45,6;3").encode()).values("accounts")["ls"]
        == number
    )


@pytest.mark.parametrize(
    "added",
    [
        "__MACOSX/._accounts.csv",
        ".DS_Store",
        "folder/.DS_Store",
        "desktop.ini",
        "Thumbs.db",
        "x/THUMBS.DB",
        "._a.csv",
    ],
)
def test_what_a_computer_adds_to_a_zip_is_passed_over(added: str) -> None:
    found = check_file(packed(**{"accounts.csv": section_file("accounts", [ACCOUNT]), added: b"\0\1\2Mac"}))
    assert (found.codes, len(found.accounts)) == ([], 1)


def test_a_zip_of_nothing_else_is_refused() -> None:
    assert check_file(packed(**{".DS_Store": b"\0\1"})).codes == ["members"]


def test_a_member_that_windows_has_named_in_russian_is_named_so_in_the_report() -> None:
    content = packed(**{"счета.csv": b"x"})
    assert check_file(content).issues[0][0] == "счета.csv:1"
    # Explorer writes cp866 and no mark of UTF-8.
    dos = packed(**{"aaaaa.csv": b"x"}).replace(b"aaaaa.csv", "счета.csv".encode("cp866"))
    assert check_file(dos).issues[0][0] == "счета.csv:1"


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", " "])
def test_any_space_may_part_thousands_also_in_the_last_line(space: str) -> None:
    content = sber(total=f"1{space}500,50") + f"=1;1{space}500,50\r\n"
    assert check_file(content.encode(), SBER_NAME).codes == []


def test_a_no_break_space_of_windows_in_numbers_alone_is_no_letter_of_dos() -> None:
    columns = "ls;period;receipt;issued;debt;paid;charged;total;" + ";".join(
        f"penalty_{name}" for name in ("debt", "paid", "charged", "total")
    )
    row = f"{NUMBER};2026-10;M-S;31.10.2026;1\u00a0000,50;0;1\u00a0234,00;2\u00a0234,50;0;0;0;0"
    content = f"#registry;center;105;2026-11-25\r\n{columns}\r\n{row}\r\n#control;1;2\u00a0234,50\r\n"
    found = check_file(content.encode("cp1251"))
    assert (found.codes, found.values("balances")["total"]) == (["payee_unsaid"], 223450)
    assert check_file(content.encode("cp866")).values("balances")["total"] == 223450


def test_the_encoding_is_judged_by_the_whole_file() -> None:
    row = f"{NUMBER};1000001;T1;105.30;2026-05-05;2026-10-25;\r\n"
    count = 262_144 // len(row) + 1
    last = f"{NUMBER};1000001;T1;121.05;2026-10-19;2026-10-25;контролёр\r\n"
    header = "#registry;center;1;2026-11-25\r\nls;meter_no;zone;value;taken;accepted;source\r\n"
    for encoding in ("cp1251", "cp866", "utf-8"):
        content = (header + row * count + last + f"#control;{count + 1};0\r\n").encode(encoding)
        found = check_file(content)
        assert (found.codes, found.checked.rows) == ([], count + 1)
        assert found.accounts[0].of("readings")[-1]["source"] == "staff"


def test_padded_columns_of_a_spreadsheet_are_no_columns() -> None:
    text = native(f"{NUMBER};Иванов Пётр;УЛ. ЛЕНИНА;1;2;50,5;2;;").replace("residents\r", "residents;;\r")
    found = check_file(
        text.replace("2026-09-30\r", "2026-09-30;;;;;\r").replace(";1;0\r", ";1;0;;;;;;\r").encode("cp1251")
    )
    assert (found.codes, found.values("accounts")["residents"]) == ([], 2)
    padded = gorod().replace("08\r\n#TYPE 7", "08;;;;;;;\r\n#TYPE 7;;;;;;;")
    assert check_file(padded.encode("cp1251"), "g.txt").codes == []


@pytest.mark.parametrize(
    ("address", "street", "house", "flat"),
    [
        ("454080, Челябинская обл, г. Челябинск, ул. Лесная, д. 1, к. 2, кв. 2", "ул. Лесная", "1 к. 2", "2"),
        ("г. Челябинск, ул. Лесная, д. 1, корп. 2", "ул. Лесная", "1 корп. 2", ""),
        ("г. Челябинск, ул. Лесная, д. 1, стр. 3А, кв. 2", "ул. Лесная", "1 стр. 3А", "2"),
        ("г. Челябинск, ул. Лесная, д. 1, лит. А, кв. 2", "ул. Лесная", "1 лит. А", "2"),
        ("Челябинск, Лесная, 1, к2, 2", "Лесная", "1 к2", "2"),
        ("г. Челябинск, ул. К. Маркса, д. 1, кв. 2", "ул. К. Маркса", "1", "2"),
    ],
)  # fmt: skip
def test_a_block_belongs_to_its_house(address: str, street: str, house: str, flat: str) -> None:
    account = check_file(sber(address=address).encode("cp1251"), SBER_NAME).values("accounts")
    assert (account["street"], account["house"], account["flat"]) == (street, house, flat)


def test_a_block_belongs_to_its_house_at_gorod_too() -> None:
    account = check_file(gorod(address="Челябинск,Ленина ул,10,к. 2,12").encode("cp1251"), "g.txt").values(
        "accounts"
    )
    assert (account["street"], account["house"], account["flat"]) == ("Ленина ул", "10 к. 2", "12")


@pytest.mark.parametrize(
    ("written", "holder"),
    [
        ('"ООО ""Мир"""', 'ООО "Мир"'), ('ООО "Мир"', 'ООО "Мир"'), ('"Мир" ООО', '"Мир" ООО'),
        ('"Иванов; Пётр"', "Иванов; Пётр"),
    ],
)  # fmt: skip
def test_quotes_around_a_field_are_no_letters_of_a_name(written: str, holder: str) -> None:
    quoted = gorod(written, address='"Челябинск,УЛ. ЛЕНИНА,1,1"')
    account = check_file(quoted.encode("cp1251"), "g.txt").values("accounts")
    assert (account["fio"], account["city"], account["flat"]) == (holder, "Челябинск", "1")


@pytest.mark.parametrize(
    "house",
    ["10.янв", "янв.10", "05.дек", "01.10.2026", "2026-10-01", "1-май", "10.янв.26", "Oct-10", "10-Jan"],
)
def test_a_house_and_a_flat_that_a_spreadsheet_made_a_date_are_refused(house: str) -> None:
    for field in ("house", "flat"):
        cells = {"house": "1", "flat": "1"} | {field: house}
        content = native(f"{NUMBER};Иванов Иван;ул. Ленина;{cells['house']};{cells['flat']};45,6;3")
        ((place, told, code, message),) = check_file(content.encode("cp1251")).issues
        assert (place, told, code) == ("3", field, "became_date")
        assert message == (
            "Номер испорчен электронной таблицей, она сделала его датой: "
            "задайте столбцу формат «Текстовый» и впишите номер заново. "
            f"В ячейке: «{house}»."
        )
    for content, name in (
        (gorod(address=f"Челябинск,Ленина ул,{house},12"), "g.txt"),
        (sber(address=f"г. Челябинск, ул. Ленина, д. {house}, кв. 1"), SBER_NAME),
    ):
        ((_, told, code, _),) = check_file(content.encode("cp1251"), name).issues
        assert (told, code) == ("Дом", "became_date")


@pytest.mark.parametrize("house", ["10/1", "10а", "15-17", "1 к. 2", "12.1", "8 марта", "1905"])
def test_a_house_that_only_looks_like_a_date_is_read(house: str) -> None:
    content = native(f"{NUMBER};Иванов Иван;ул. Ленина;{house};1;45,6;3")
    assert check_file(content.encode("cp1251")).values("accounts")["house"] == house


# ------------------------------------------------------------------ encodings that are named, or refused


@pytest.mark.parametrize("holder", ["Иванов Иван Иванович", "ИВАНОВ ИВАН ИВАНОВИЧ", "Цой Ю. А.", "Ким"])
def test_koi8_is_refused_by_its_name_however_short_the_file(holder: str) -> None:
    for content, name in ((gorod(holder), "g.txt"), (f"{NUMBER}|Кузнецов И.|1,00\r\n", SBER_NAME)):
        ((_, _, code, message),) = check_file(content.encode("koi8-r"), name).issues
        assert code == "encoding"
        assert message == (
            "Файл похож на кодировку KOI8-R: нужна UTF-8, windows-1251 или cp866. Иначе укажите кодировку: "
            "настройка поставщика registry_encoding или ключ --encoding."
        )


def test_an_encoding_that_is_named_is_not_guessed() -> None:
    content = gorod("Цой").encode("koi8-r")
    assert check_file(content, "g.txt", registry_encoding="koi8-r").values("accounts")["fio"] == "Цой"
    found = check_file(content, "g.txt", "koi8-r", registry_encoding="cp1251")
    assert found.values("accounts")["fio"] == "Цой", "what the sender names goes before the setting"


def test_utf_8_is_never_read_as_the_encoding_that_is_named() -> None:
    ((_, _, code, message),) = check_file(gorod().encode(), "g.txt", registry_encoding="cp1251").issues
    assert (code, message) == ("encoding", "Файл в UTF-8, а указана кодировка windows-1251.")
    ((_, _, code, _),) = check_file(gorod().encode("utf-8-sig"), "g.txt", "cp866").issues
    assert code == "encoding"


def test_the_sender_names_the_encoding_in_the_files_address(importer: RegistryImporter) -> None:
    item = importer.import_file(gorod("Цой").encode("koi8-r"), "g.txt", given="auto/koi8-r")
    assert (item["status"], account_item()["holder"]) == ("applied", "Цой")


@pytest.mark.parametrize(
    ("key", "given", "sent"),
    [
        ("inbound/center/auto/cp866/1/cp1251", None, "cp866"),
        ("inbound/center/cp1251/r.csv", None, "cp1251"),
        ("inbound/center/gorod/koi8-r/r.csv", "gorod", "koi8-r"), ("inbound/center/native", None, None),
        ("inbound/center/native/1/cp866/r.csv", "native", None),
    ],
)  # fmt: skip
def test_an_address_says_format_and_encoding(key: str, given: str | None, sent: str | None) -> None:
    address = ObjectLocation.of(key)
    assert address is not None
    assert (address.format, address.encoding) == (given, sent)
