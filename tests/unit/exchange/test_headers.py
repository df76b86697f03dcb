"""A header that fits no kind of file: the report names the nearest kind and the columns that are wrong."""

import pytest

from cabinet.exchange.formats.schema import NATIVE, Section
from tests.support.factories.registries import check_file

COLUMNS = {kind.name: list(kind.columns) for kind in NATIVE}


def refused(header: list[str], delimiter: str = ";") -> tuple[str, str, str, str]:
    content = f"#registry;center;1;2026-10-31\r\n{delimiter.join(header)}\r\n#control;0;0\r\n"
    found = check_file(content.encode("utf-8-sig"))
    assert found.checked.refused
    (issue,) = found.issues
    return issue


@pytest.mark.parametrize("kind", NATIVE, ids=lambda kind: str(kind.name))
def test_each_missing_column_of_each_kind_is_named(kind: Section) -> None:
    for name in kind.columns.keys() - kind.optional:
        header = [column for column in kind.columns if column != name]
        place, field, code, message = refused(header)
        assert (place, field, code) == ("2", name, "header")
        assert message == (
            f"По заголовку это файл «{kind.name}», но нет столбца «{name}». Исправьте заголовок."
        )


@pytest.mark.parametrize(
    ("kind", "was", "typed"),
    [
        ("accounts", "street", "stret"),
        ("accounts", "residents", "resident"),
        ("balances", "charged", "chargd"),
        ("services", "payee_inn", "payee_imn"),
        ("charges", "calc_period", "calcperiod"),
        ("payments", "received", "recieved"),
        ("meters", "verify_until", "verify_untill"),
        ("readings", "meter_no", "meter_num"),
    ],
)
def test_a_misspelled_column_is_named_with_what_was_meant(kind: str, was: str, typed: str) -> None:
    header = [typed if column == was else column for column in COLUMNS[kind]]
    assert refused(header) == (
        "2", typed, "header",
        f"По заголовку это файл «{kind}», но столбец «{typed}», вероятно, должен называться «{was}». "
        "Исправьте заголовок.",
    )  # fmt: skip


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_an_extra_column_is_named(kind: str) -> None:
    assert refused([*COLUMNS[kind], "примечание"]) == (
        "2", "примечание", "header",
        f"По заголовку это файл «{kind}», но столбца «примечание» в таком файле не бывает. "
        "Исправьте заголовок.",
    )  # fmt: skip


def test_a_column_that_stands_twice_and_one_without_a_name_are_named() -> None:
    twice = ["ls", *COLUMNS["payments"]]
    assert refused(twice)[1:] == (
        "ls", "header", "По заголовку это файл «payments», но столбец «ls» повторяется. Исправьте заголовок.",
    )  # fmt: skip
    blank = [*COLUMNS["payments"][:3], "", *COLUMNS["payments"][3:]]
    assert refused(blank)[3] == (
        "По заголовку это файл «payments», но столбец 4 без названия. Исправьте заголовок."
    )


def test_russian_letters_that_look_latin_are_told() -> None:
    header = ["ls", "kind", "rесeived", "processed", "sum"]
    assert refused(header)[3] == (
        "По заголовку это файл «payments», но в названии столбца «rесeived» русские буквы вместо "
        "латинских «received». Исправьте заголовок."
    )


def test_several_faults_are_named_together() -> None:
    header = ["ls", "kind", "recieved", "sum", "comment"]
    _, field, _, message = refused(header)
    assert field == "recieved, comment, processed"
    assert message == (
        "По заголовку это файл «payments», но столбец «recieved», вероятно, должен называться «received»; "
        "столбца «comment» в таком файле не бывает; нет столбца «processed». Исправьте заголовок."
    )


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "запятая"), ("\t", "табуляция"), ("|", "вертикальная черта")]
)
def test_columns_parted_by_another_sign_are_told_so(delimiter: str, name: str) -> None:
    place, _, code, message = refused(COLUMNS["payments"], delimiter)
    assert (place, code) == ("2", "delimiter")
    assert message == f"Столбцы разделены знаком «{name}», а нужна точка с запятой (;)."


def test_a_row_that_is_no_header_at_all_lists_the_kinds() -> None:
    _, field, code, message = refused(["7400000001", "Иванов", "100,00"])
    assert (field, code) == ("", "header")
    assert message.startswith(
        "Строка не похожа на заголовок ни одного вида файлов. Нужны столбцы — accounts: ls,"
    )
    for kind in NATIVE:
        assert f"{kind.name}: ls, " in message
