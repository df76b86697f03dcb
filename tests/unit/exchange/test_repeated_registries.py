"""Payments and readings under a number and date that were loaded before: reported, and never stored twice."""

from itertools import permutations

import pytest
from botocore.exceptions import ClientError

from cabinet.billing import store as billing_store
from cabinet.exchange.imports import import_job
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.metering.model import Meter
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    ACCOUNT_ID,
    PAYMENT,
    READING,
    WHOLE,
    RegistryImporter,
    packed,
    section_file,
    under,
)

SAID = "Реестр № 2 от 30.09.2026 уже загружался: "
OTHER = "7400000002"


@pytest.fixture
def loaded(importer: RegistryImporter) -> RegistryImporter:
    """An importer with two accounts and a meter."""
    accounts = [ACCOUNT, ACCOUNT | {"ls": OTHER, "flat": "3"}]
    importer.import_file(packed({"accounts": accounts, "meters": WHOLE["meters"]}))
    return importer


def paid(*changes: dict[str, str], number: int = 2) -> bytes:
    return section_file("payments", [PAYMENT | change for change in changes], number=number)


def payments(importer: RegistryImporter) -> list[tuple[str, str, int]]:
    return sorted(
        (key[0][-10:], item["received_on"], item["amount"])
        for key, item in importer.stored().items()
        if key[1].startswith("PAYMENT#")
    )


def import_registry(importer: RegistryImporter, content: bytes) -> tuple[str, list[list[str]]]:
    item = importer.import_file(content, "rows.csv")
    report = [[cell.replace("\u00a0", " ") for cell in line] for line in importer.report(item)]
    return item["status"], [line for line in report if line[2] != "summary"]


# ------------------------------------------------------------------ payments


def test_another_sum_under_one_number_is_an_error_and_stands_once(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({"sum": "10000.00"}), "rows.csv")
    before = loaded.stored()
    status, report = import_registry(loaded, paid({"sum": "1000.00"}))
    assert status == "refused"
    assert report == [
        ["3", "sum", "number_repeated", SAID + "оплата «оплата \"Город\"» за 10.09.2026 была 10 000,00 руб., "
         "а здесь 1 000,00 руб. Не записана: исправление пришлите под следующим номером реестра, а части "
         "одного реестра — одним ZIP."],
    ]  # fmt: skip
    assert loaded.stored() == before
    loaded.import_file(paid({"sum": "1000.00"}, number=3), "rows.csv")
    assert [amount for *_, amount in payments(loaded)] == [1000_00]


@pytest.mark.parametrize(
    ("change", "column", "was"),
    [
        ({"received": "2026-09-11"}, "received", "за 10.09.2026"),
        ({"kind": "касса"}, "kind", 'с видом «оплата "Город"»'),
        ({"ls": OTHER}, "ls", "по счёту 7400000001"),
    ],
)
@pytest.mark.parametrize("beside", [[], [{"sum": "7.00"}, {"ls": OTHER, "sum": "8.00"}]])
def test_a_payment_moved_under_one_number_is_an_error_and_stored_once(
    loaded: RegistryImporter, change: dict[str, str], column: str, was: str, beside: list[dict[str, str]]
) -> None:
    loaded.import_file(paid({}, *beside), "rows.csv")
    before = payments(loaded)
    status, report = import_registry(loaded, paid(change, *beside))
    assert (status, [line[1] for line in report]) == ("refused", [column])
    assert f"эта оплата 100,00 руб. была {was}. Не записана, чтобы не стоять дважды" in report[0][3]
    assert payments(loaded) == before


def test_a_moved_payment_is_mended_as_the_report_says(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({}), "rows.csv")
    mended = paid({"sum": "0"}, {"received": "2026-09-11"}, number=3)
    assert import_registry(loaded, mended) == ("applied", [])
    shown = billing_store.list_payments(ACCOUNT_ID).items
    assert [(str(each.received_on), each.amount) for each in shown] == [("2026-09-11", 100_00)]


def test_a_payment_left_out_of_the_repetition_stays_and_is_told(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({}, {"received": "2026-09-12"}, {"ls": OTHER}), "rows.csv")
    before = loaded.stored()
    status, report = import_registry(loaded, paid({}))
    assert (status, loaded.stored()) == ("applied", before)
    assert [(line[0], line[2]) for line in report] == [("", "number_repeated")] * 2
    assert report[0][3] == SAID + (
        'оплата «оплата "Город"» за 12.09.2026 100,00 руб. по счёту 7400000001 — в нём было, а здесь нет. '
        "Осталось в кабинете. Если оплаты не было, пришлите её под следующим номером реестра с суммой 0."
    )
    assert OTHER in report[1][3]


def test_a_payment_added_to_the_repetition_is_written_and_told_once(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({}), "rows.csv")
    longer = paid({}, {"received": "2026-09-12", "sum": "5.00"})
    status, report = import_registry(loaded, longer)
    assert (status, [line[0] for line in report]) == ("applied", ["4"])
    assert report[0][3].endswith("5,00 руб. по счёту 7400000001 — в нём этого не было. Записано.")
    assert len(payments(loaded)) == 2
    before = loaded.stored()
    assert import_registry(loaded, longer) == ("applied", [])
    assert loaded.stored() == before


def test_another_day_of_processing_is_written_and_told(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({}), "rows.csv")
    _, report = import_registry(loaded, paid({"processed": "2026-09-13"}))
    assert [line[:3] for line in report] == [["3", "processed", "number_repeated"]]
    assert report[0][3] == SAID + "здесь в processed было 12.09.2026, а теперь 13.09.2026. Записано новое."
    ((_, _, amount),) = payments(loaded)
    assert amount == 100_00


def test_the_same_payments_again_in_another_order_change_nothing(loaded: RegistryImporter) -> None:
    rows: list[dict[str, str]] = [{}, {"ls": OTHER}, {"sum": "5.00"}]
    loaded.import_file(paid(*rows), "rows.csv")
    before = loaded.stored()
    assert import_registry(loaded, paid(*reversed(rows))) == ("applied", [])
    assert loaded.stored() == before


def test_parts_of_one_registry_are_no_repetition(loaded: RegistryImporter) -> None:
    parts = [paid({}), paid({"ls": OTHER}, {"ls": OTHER, "sum": "5.00"}), paid({"received": "2026-09-20"},
             {"received": "2026-09-21", "sum": "7.00"})]  # fmt: skip
    for part in (*parts, *parts):
        assert import_registry(loaded, part) == ("applied", [])
    assert len(payments(loaded)) == 5


def test_a_part_sent_again_is_held_against_itself_alone(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({}, {"sum": "5.00"}), "rows.csv")
    loaded.import_file(paid({"ls": OTHER}), "rows.csv")
    _, report = import_registry(loaded, paid({}, {"sum": "6.00"}))
    assert [line[1] for line in report] == ["sum"]


SENT = [(2, "10000.00"), (2, "1000.00"), (3, "500.00"), (1, "700.00")]


@pytest.mark.parametrize("order", list(permutations(SENT)), ids=str)
def test_a_payment_is_one_whatever_registries_say_of_it(
    loaded: RegistryImporter, order: list[tuple[int, str]]
) -> None:
    """The newest number decides, and what a number said first."""
    said: dict[int, str] = {}
    for number, amount in order:
        item = loaded.import_file(paid({"sum": amount}, number=number), "rows.csv")
        assert item["status"] == ("applied" if said.setdefault(number, amount) == amount else "refused")
        assert [f"{kopecks // 100}.00" for *_, kopecks in payments(loaded)] == [said[max(said)]]


def test_what_was_loaded_before_contents_were_kept_is_not_doubled(loaded: RegistryImporter) -> None:
    loaded.import_file(paid({"sum": "10000.00"}), "rows.csv")
    s3 = loaded.aws.client("s3")
    for found in s3.list_objects_v2(Bucket=loaded.bucket, Prefix="numbers/")["Contents"]:
        s3.delete_object(Bucket=loaded.bucket, Key=found["Key"])
    item = loaded.import_file(paid({"sum": "1000.00"}), "rows.csv")
    assert [amount for *_, amount in payments(loaded)] == [10000_00]
    assert "под этим номером реестра уже загружена другая сумма 1" in str(loaded.report(item))


def test_a_run_that_died_after_it_kept_its_rows_says_the_same_again(
    loaded: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded.import_file(paid({}), "rows.csv")
    job = loaded.job(loaded.upload(paid({}, {"sum": "5.00"}), "rows.csv"))
    with monkeypatch.context() as dying:
        dying.setattr(import_job, "_finish", lambda *_: (_ for _ in ()).throw(ClientError({}, "PutObject")))
        with pytest.raises(ClientError):
            import_job.run(job, lambda: 900.0)
    assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
    assert loaded.codes(loaded.item(job)) == ["number_repeated"]


# ------------------------------------------------------------------ readings


def taken(*changes: dict[str, str], number: int = 2) -> bytes:
    return section_file("readings", [READING | change for change in changes], number=number)


def test_another_reading_under_one_number_is_written_and_told(loaded: RegistryImporter) -> None:
    loaded.import_file(taken({}), "rows.csv")
    status, report = import_registry(loaded, taken({"value": "13.5"}))
    assert (status, [line[:3] for line in report]) == ("applied", [["3", "value", "number_repeated"]])
    assert report[0][3] == SAID + "показание за 20.09.2026 было 12,500, а здесь 13,500. Записано новое."
    assert Meter.model_validate(under("METER#757-243")).last["T1"].value == "13.500"


def test_the_same_readings_again_are_no_repetition(loaded: RegistryImporter) -> None:
    loaded.import_file(taken({}), "rows.csv")
    before = loaded.stored()
    assert import_registry(loaded, taken({"value": "12,5"})) == ("applied", [])
    assert loaded.stored() == before


def test_readings_added_and_left_out_are_told(loaded: RegistryImporter) -> None:
    loaded.import_file(taken({}, {"taken": "2026-09-10", "value": "11"}), "rows.csv")
    status, report = import_registry(loaded, taken({}, {"taken": "2026-09-24", "value": "13"}))
    assert (status, [line[0] for line in report]) == ("applied", ["4", ""])
    assert "показание 13,000 за 24.09.2026" in report[0][3]
    assert "показание 11,000 за 10.09.2026" in report[1][3]
