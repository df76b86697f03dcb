"""The printed sheet, read back by a foreign PDF library."""

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cabinet.receipts import document_qr
from cabinet.receipts.document import PaymentDocument
from cabinet.receipts.pdf import render
from tests.support import pdf_reader
from tests.support.factories import documents
from tests.support.payment_code import read_code

SAMPLES = {
    "manual": documents.MANUAL,
    "one line": documents.ONE_LINE,
    "overpaid": documents.OVERPAID,
    "forty lines": documents.large(),
    "long names": documents.LONG_NAMES,
}
every_sample = pytest.mark.parametrize("document", SAMPLES.values(), ids=SAMPLES.keys())


def words(pdf: bytes) -> str:
    """All text of the file with single spaces."""
    return re.sub(r"\s+", " ", " ".join(pdf_reader.page_texts(pdf)))


@every_sample
def test_the_codes_of_the_printed_page_carry_each_payees_order(document: PaymentDocument):
    expected = [document_qr.payment_payload(document, share) for share in document.payees]
    assert sorted(pdf_reader.codes(render(document))) == sorted(expected)


def test_a_telephone_reads_the_codes_in_russian():
    texts = pdf_reader.code_texts(render(documents.MANUAL))
    assert sorted(text[:31] for text in texts) == [
        "ST00012|Name=ООО «УК Тест»|Pers",
        "ST00012|Name=ООО Поставщик Услу",
    ]


def test_the_decoded_code_asks_for_the_payees_sum():
    asked = {
        read_code(payload).name: read_code(payload) for payload in pdf_reader.codes(render(documents.MANUAL))
    }
    assert asked["ООО Поставщик Услуги"].sum_kopecks == 731918
    assert asked["ООО «УК Тест»"].sum_kopecks == 4780799
    assert asked["ООО «УК Тест»"].paym_period == "032016"


def test_the_sheet_says_what_the_manuals_sheet_says():
    text = words(render(documents.MANUAL))
    for said in (
        "ПЛАТЕЖНЫЙ ДОКУМЕНТ за Март 2016",
        "Документ № 80АА123456-01-6031 · ЕЛС 80АА123456 · ИЖКУ 75да533315-01",
        "Плательщик: С.З.З.",
        "площадь: 10 м², прописано: 4 чел., проживает: 4 чел.",
        "Получатель: ООО «УК Тест»",
        "р/сч: 40702810100000054321",
        "БИК: 047501779 · к/сч: 30101810400000000779",
        "Услуги (№ п/п): 1, 2, 4, 8, 9",
        "Услуги (№ п/п): 3, 5-7",
        "Сумма к оплате: 7 319,18 руб.",
        "Сумма к оплате: 47 807,99 руб.",
        "всем оплатить за газ",
        "Оплата за период",
        "6 ГВС 19 225,87 начисление 1170,57 руб/Гкал 0,212 Гкал/чел норм 0,848 Гкал (4 чел) 992,64 Мар 2016"
        " 20 218,51 20 218,51",
        "ВСЕГО 0,00 52 821,95 2 305,22 55 127,17 55 127,17",
        "ГВС 757260 Н/У 02.02.2018 20.09.2017 12,345",
        "Последняя оплата: 1 082,36 руб., принята 08.08.2017",
        "ИТОГО К ОПЛАТЕ за Март 2016 55 127,17 14,62",
        "Предварительно начислено за Апрель 2016 1 904,64 0,00",
        "К оплате с учётом предварительного начисления (авансом) 57 031,81 14,62",
    ):
        assert said in text


def test_the_day_of_payment_stands_at_each_sum_that_is_asked_for():
    text = words(render(documents.MANUAL.model_copy(update={"pay_by": date(2016, 4, 10)})))
    assert "Сумма к оплате: 7 319,18 руб. Оплатить до 10.04.2016" in text
    assert "Сумма к оплате: 47 807,99 руб. Оплатить до 10.04.2016" in text
    assert "ИТОГО К ОПЛАТЕ за Март 2016, оплатить до 10.04.2016 55 127,17 14,62" in text
    nothing = words(render(documents.OVERPAID.model_copy(update={"pay_by": date(2016, 4, 10)})))
    assert "Оплатить до" not in nothing


def test_every_column_of_the_form_has_its_head():
    text = words(render(documents.MANUAL))
    for head in (
        "№ п/п", "Виды услуг", "Дата", "Сумма, руб.", "Долг(+), перепл.(-) с учётом оплаты", "Тип операции",
        "Тариф", "Норматив / кол. дн. долга", "Объём услуг", "Тип", "Объём", "Период расчёта", "Итого, руб.",
        "К оплате, руб.",
    ):  # fmt: skip
        assert head in text


def test_text_is_extracted_in_the_order_in_which_one_reads():
    text = words(render(documents.MANUAL))
    landmarks = [
        "ПЛАТЕЖНЫЙ",
        "Лицевой счёт:",
        "Получатель:",
        "всем оплатить",
        "Виды услуг",
        "ВСЕГО",
        "757260",
        "ИТОГО",
    ]
    assert [text.index(landmark) for landmark in landmarks] == sorted(map(text.index, landmarks))


def test_recalculations_are_shown_with_their_grounds():
    text = words(render(documents.large()))
    assert "перерасчёт 31,31 руб/м3 ИПУ -2,000 м3 -62,62 Янв 2016" in text
    assert "Услуга номер 4 Янв 2016 Перерасчёт размера платы за коммунальную услугу" in text


def test_an_overpayment_asks_for_nothing_and_is_said():
    text = words(render(documents.OVERPAID))
    assert "Сумма к оплате: 0,00 руб." in text
    assert "Переплата: 1 234,56 руб." in text
    assert {read_code(payload).sum_kopecks for payload in pdf_reader.codes(render(documents.OVERPAID))} == {0}


def test_forty_lines_flow_on_under_repeated_heads_and_none_is_lost():
    pages = pdf_reader.page_texts(render(documents.large()))
    assert len(pages) == 4
    tables = [page for page in pages if re.search(r"\d{2} Услуга номер", page)]
    assert all("Виды услуг" in page for page in tables)
    text = words(render(documents.large()))
    assert all(f"{number} Услуга номер {number} с" in text for number in range(1, 41))
    assert "страница 4 из 4" in pages[3]


@pytest.mark.parametrize("payees", [1, 3, 7, 12])
def test_any_number_of_payees_has_its_cards(payees: int):
    pdf = render(documents.large(3, payees))
    text = words(pdf)
    assert len(pdf_reader.codes(pdf)) == payees
    assert all(f"«Получатель номер {number}»" in text for number in range(1, payees + 1))


def test_long_names_and_bashkir_letters_are_whole():
    text = words(render(documents.LONG_NAMES))
    assert "Ғәлимйәнов Әхмәт Ҡадир улы" in text
    assert "капитального ремонта» области (СНО ФОНД)" in text


def test_a_name_too_long_for_utf8_is_written_in_cp1251():
    payload = document_qr.payment_payload(documents.LONG_NAMES, documents.LONG_NAMES.payees[0])
    assert payload.startswith(b"ST00011|")
    assert read_code(payload).name.startswith("Специализированная")


@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.text(st.characters(codec="utf-8"), max_size=80), st.text(st.characters(codec="utf-8"), max_size=200)
)
def test_whatever_a_registry_holds_is_drawn_and_paid_by_code(name: str, note: str):
    payer = documents.MANUAL.payer.model_copy(update={"name": name, "surname": name, "address": note})
    lines = (documents.MANUAL_LINES[0].model_copy(update={"service": name}), *documents.MANUAL_LINES[1:])
    document = documents.MANUAL.model_copy(update={"payer": payer, "lines": lines, "note": note})
    pdf = render(document)
    assert len(pdf_reader.page_texts(pdf)) >= 1
    assert sorted(pdf_reader.codes(pdf)) == sorted(
        document_qr.payment_payload(document, share) for share in document.payees
    )


@every_sample
def test_nothing_is_drawn_outside_the_margins(document: PaymentDocument):
    for image in pdf_reader.page_images(render(document)):
        ink = image.convert("L").point(lambda grey: 255 if grey < 250 else 0).getbbox()
        assert ink is not None
        margin = 20 * pdf_reader.PRINTED
        assert ink[0] >= margin
        assert ink[1] >= margin
        assert ink[2] <= image.width - margin
        assert ink[3] <= image.height - margin / 2


def test_a_reader_is_told_title_author_and_date():
    known = pdf_reader.metadata(render(documents.MANUAL))
    assert known["Title"] == "ПЛАТЕЖНЫЙ ДОКУМЕНТ за Март 2016 (Объединённая), лицевой счёт 1000010"
    assert known["Author"] == "Расчётный центр"
    assert known["CreationDate"] == "D:20171113000000Z"


def test_a_screen_reader_is_told_what_each_code_is_for():
    tags = pdf_reader.tags(render(documents.MANUAL))
    assert [text for kind, text in tags if kind == "Figure"] == [
        "QR-код для оплаты: ООО Поставщик Услуги, 7 319,18 руб.",
        "QR-код для оплаты: ООО «УК Тест», 47 807,99 руб.",
    ]


def test_the_sections_can_be_gone_to():
    assert pdf_reader.outline(render(documents.MANUAL)) == [
        "ПЛАТЕЖНЫЙ ДОКУМЕНТ за Март 2016 (Объединённая)",
        "Показания приборов учёта",
        "К оплате",
    ]


def test_the_files_language_is_russian_and_its_title_is_the_windows():
    file = render(documents.MANUAL)
    assert b"/Lang (ru-RU)" in file
    assert b"/DisplayDocTitle true" in file


def test_the_same_data_give_the_same_bytes():
    again = PaymentDocument.model_validate_json(documents.MANUAL.model_dump_json())
    assert render(documents.MANUAL) == render(again)
    assert documents.MANUAL.fingerprint == again.fingerprint


def test_other_data_have_another_fingerprint():
    other = documents.MANUAL.model_copy(update={"note": "иначе"})
    assert other.fingerprint != documents.MANUAL.fingerprint


@every_sample
def test_a_sheet_is_at_most_60_kilobytes(document: PaymentDocument):
    assert len(render(document)) <= 60_000
