"""Columns of a template are known by their headers, wherever they are and however they are explained."""

from collections.abc import Mapping

import pytest

from cabinet.exchange.gis.errors import HeaderAmbiguous, HeaderMissing, HeaderUnknown, TemplateNotEmpty
from cabinet.exchange.gis.template_rules import (
    GisKind,
    Layout,
    find_layout,
    fold_title,
    is_house_meter_sheet,
    is_marked_mandatory,
)
from tests.support.gis_templates import PAYMENTS_HEADER, READINGS_HEADER


def titles(*rows: tuple[str, ...]) -> Mapping[int, Mapping[int, str]]:
    shown = ({column: text for column, text in enumerate(row, 1) if text} for row in rows)
    return {number: cells for number, cells in enumerate(shown, 1) if cells}


def layout(kind: GisKind, *rows: tuple[str, ...], valued: int = 0) -> Layout:
    return find_layout(kind, [("Лист", titles(*rows), valued)])[1]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (
            "Значение показания (Т2),  является обязательным для двух- и трехтарифного ПУ",
            "значение показания т2",
        ),
        ("Значение показания (T1)", "значение показания т1"),  # a Latin T
        ("  Дата внесения платы\n(в случае отсутствия: дата поступления средств) *", "дата внесения платы"),
        ("Номер прибора учёта в ГИС ЖКХ*", "номер прибора учета в гис жкх"),
        ("Заводской (серийный) номер ПУ", "заводской серийный номер пу"),
        ("Сумма, руб.", "сумма"),
        ("Расчетный период (ММ.ГГГГ)", "расчетный период"),
        ("", ""),
    ],
)
def test_a_header_is_known_by_its_first_words(title: str, words: str) -> None:
    assert fold_title(title) == words


def test_both_templates_are_laid_out() -> None:
    readings = layout("readings", READINGS_HEADER)
    assert readings.columns == {
        "address": 1, "meter": 2, "resource": 3, "period": 4, "T1": 5, "T2": 6, "T3": 7, "date": 8,
    }  # fmt: skip
    assert readings.first_row == 2
    payments = layout("payments", PAYMENTS_HEADER)
    assert payments.columns == {
        "document": 1, "dwelling": 2, "date": 3, "month": 4, "year": 5, "amount": 6, "order": 7, "online": 8,
    }  # fmt: skip


def test_columns_may_move_and_others_come_between() -> None:
    moved = layout("readings", tuple(reversed(READINGS_HEADER)))
    assert moved.columns["meter"] == len(READINGS_HEADER) - 1
    assert moved.columns["date"] == 3


def test_a_header_of_merged_rows_with_numbered_columns_below() -> None:
    found = layout(
        "payments",
        ("Сведения об оплате", "", "", "", ""),
        (
            "Идентификатор платежного документа",
            "Дата оплаты",
            "Сумма",
            "Период, за который вносится плата",
            "",
        ),
        ("", "", "", "Месяц", "Год"),
        ("1", "2", "3", "4", "5.0"),
    )
    assert (found.columns["document"], found.columns["month"], found.columns["year"]) == (1, 4, 5)
    assert found.first_row == 5


def test_the_sheet_that_has_most_is_taken() -> None:
    sheets = [
        ("Справка", titles(("Дата снятия показания",)), 0),
        ("Импорт показаний ИПУ", titles(READINGS_HEADER), 0),
    ]
    assert find_layout("readings", sheets)[0] == 1


def test_sheets_of_houses_meters_are_not_filled() -> None:
    assert not is_house_meter_sheet("Импорт показаний ИПУ")
    assert is_house_meter_sheet("Импорт показаний ОДПУ")


@pytest.mark.parametrize("lost", ["Номер ПУ в ГИС ЖКХ", "Дата снятия показания", "Значение показания (Т1)"])
def test_a_lost_mandatory_column_is_named(lost: str) -> None:
    with pytest.raises(HeaderMissing) as caught:
        layout("readings", tuple(title for title in READINGS_HEADER if title != lost))
    assert f"«{lost}»" in caught.value.detail
    assert caught.value.code == "gis_header_missing"


def test_one_of_the_identifiers_is_enough() -> None:
    assert layout("payments", ("ЕЛС", "Дата оплаты", "Сумма")).columns["els"] == 1
    with pytest.raises(HeaderMissing, match="gis_header_missing") as caught:
        layout("payments", ("Номер платежного документа", "Дата оплаты", "Сумма"))
    assert "«Идентификатор платежного документа» или «Идентификатор жилищно" in caught.value.detail


def test_another_kind_of_template_is_refused() -> None:
    for sheets in ([], [("Лист1", titles(("Что-то", "Другое")), 0)]):
        with pytest.raises(HeaderMissing) as caught:
            find_layout("readings", sheets)
        assert "другого вида" in caught.value.detail


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(HeaderAmbiguous) as caught:
        layout("readings", (*READINGS_HEADER, "Номер прибора учета в ГИС ЖКХ"))
    assert "«Номер ПУ в ГИС ЖКХ»" in caught.value.detail


@pytest.mark.parametrize("mark", ["{} *", "*{}", "{} (обязательно для заполнения)", "{} — обязательное поле"])
def test_an_unknown_mandatory_column_is_named(mark: str) -> None:
    new = mark.format("Код новой услуги")
    assert is_marked_mandatory(new)
    with pytest.raises(HeaderUnknown) as caught:
        layout("readings", (*READINGS_HEADER, new))
    assert "Код новой услуги" in caught.value.detail


def test_columns_that_are_mandatory_on_a_condition_are_left_empty() -> None:
    condition = "Комната (обязательно для заполнения, если тип ПУ — комнатный)"
    assert not is_marked_mandatory(condition)
    assert "meter" in layout("readings", (*READINGS_HEADER, condition)).columns


def test_a_template_with_rows_is_refused() -> None:
    for found in (
        lambda: layout("readings", READINGS_HEADER, ("ул. Мира, д. 1",)),
        lambda: layout("readings", READINGS_HEADER, ("", ""), ("ул. Мира, д. 1",)),
        lambda: layout("readings", READINGS_HEADER, valued=20),
    ):
        with pytest.raises(TemplateNotEmpty) as caught:
            found()
        assert "пустой шаблон" in caught.value.detail
