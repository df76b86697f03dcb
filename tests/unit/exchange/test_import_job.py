"""An import from upload to report: whole, repeated, outrun, broken off, refused."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cabinet.accounts.model import Account, HouseAreas
from cabinet.aws import dynamo
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt
from cabinet.exchange.exports.csv_writer import zip_file
from cabinet.exchange.imports import apply, import_job, import_lock, job_store
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.locations import ObjectLocation
from cabinet.metering.model import Meter, Reading
from tests.support.account_consistency import assert_accounts_agree_with_their_rows
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    CHARGE,
    NUMBER,
    READING,
    SERVICE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    apply_supplier,
    packed,
    section_file,
    under,
)


@pytest.fixture
def writes() -> Iterator[list[dict[str, Any]]]:
    """Every write to DynamoDB from now on, as (operation, key)."""
    seen: list[dict[str, Any]] = []

    def listen(model: Any, params: dict[str, Any], **_: object) -> None:
        if model.service_model.service_name != "dynamodb":
            return
        call = json.loads(params["body"])
        for action in call.get("TransactItems", []):
            seen.append(next(iter(action.values())))
        if model.name in ("PutItem", "UpdateItem", "DeleteItem"):
            seen.append(call)

    entry = ("before-call.dynamodb", listen)
    dynamo.dynamodb_client().meta.events.register(*entry)
    yield seen
    dynamo.dynamodb_client().meta.events.unregister(*entry)


def key_of(write: dict[str, Any]) -> str:
    where = write.get("Key") or write["Item"]
    return f"{where['pk']['S']}/{where['sk']['S']}"


def test_a_registry_becomes_an_account_with_all_its_rows(importer: RegistryImporter) -> None:
    item = importer.import_file(packed(WHOLE))

    assert (item["status"], item["rows"], item["errors"]) == ("applied", 7, 0)
    account = Account.model_validate(account_item())
    assert account.address.line == "УЛ. ЛЕНИНА, 1 - 2"
    assert (account.latest_periods, account.first_period, account.last_period) == (
        {"obedinennaya": "2026-09"}, "2026-09", "2026-09",
    )  # fmt: skip
    receipt = Receipt.model_validate(under("RECEIPT#2026-09#obedinennaya"))
    assert (receipt.main.total, receipt.services[0].charged, receipt.charges[0].amount) == (
        15000,
        15000,
        15000,
    )
    document = under("DOCUMENT#2026-09#obedinennaya")
    assert document is not None
    assert (document["document_id"], document["title"], document["issued_on"]) == (
        receipt.receipt_id, "Квитанция Объединённая за СЕНТЯБРЬ 2026", "2026-09-28",
    )  # fmt: skip
    meter = Meter.model_validate(under("METER#757-243"))
    assert (meter.number, meter.last["T1"].value, meter.digits) == ("757/243", "12.500", 5)
    assert Reading.model_validate(under("READING#757-243#2026-09-20#bt1-12500000")).source == "subscriber"


def test_what_few_registries_say_is_kept_where_it_is_said(importer: RegistryImporter) -> None:
    house = {"house_area": "10955,38", "house_living": "10955.38", "house_nonliving": "0"}
    said = CHARGE | {"volume_kind": "прибор учёта", "recalculation": "нет", "grounds": "п. 86"}
    rows = WHOLE | {"accounts": [ACCOUNT | house], "charges": [said, CHARGE]}
    rows["balances"] = [BALANCE | {"charged": "300.00", "total": "300.00"}]
    item = importer.import_file(packed(rows))
    assert (item["status"], item["errors"]) == ("applied", 0)
    account = Account.model_validate(account_item())
    assert account.house == HouseAreas(total="10955.38", living="10955.38", non_living="0")
    stored = under("RECEIPT#2026-09#obedinennaya")
    assert stored is not None
    first, second = stored["charges"]
    assert (first["volume_kind"], first["is_recalculation"], first["grounds"]) == ("meter", False, "п. 86")
    assert not {"volume_kind", "is_recalculation", "grounds"} & second.keys()


def test_a_file_without_the_columns_that_may_be_left_out_is_read(importer: RegistryImporter) -> None:
    said = b"ls;period;receipt;service;op;tariff;norm;volume;unit;calc_period;sum"
    left = section_file("charges", [CHARGE]).replace(b"volume_kind;", b"")
    left = left.replace(b"recalculation;", b"").replace(b"grounds;", b"")
    left = left.replace("м3;;Сентябрь 2026;;;150.00".encode(), "м3;Сентябрь 2026;150.00".encode())
    assert said in left
    whole = {"accounts": [ACCOUNT], "balances": [BALANCE]}
    files = {f"{name}.csv": section_file(name, rows) for name, rows in whole.items()}
    item = importer.import_file(zip_file(files | {"charges.csv": left}))
    assert (item["status"], item["errors"]) == ("applied", 0)


def test_the_indexes_find_the_account(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    item = account_item()
    assert item["number"] == NUMBER
    assert item["house_key"] == f"{SUPPLIER}#улленина#1"
    assert item["shard"].startswith(f"ACCOUNTS#{SUPPLIER}#")
    assert item["unaccounted"] == {}


def test_the_same_data_again_writes_nothing_but_its_report(
    importer: RegistryImporter, writes: list[dict[str, Any]]
) -> None:
    importer.import_file(packed(WHOLE))
    before = importer.stored()
    writes.clear()

    item = importer.import_file(packed(WHOLE))

    touched = {key_of(write) for write in writes}
    assert {key for key in touched if key.startswith("ACCOUNT#")} == set()
    assert touched == {f"SUPPLIER#{SUPPLIER}/IMPORT#{item['import_id']}", f"SUPPLIER#{SUPPLIER}/TURN"}
    assert importer.stored() == before
    assert item["counts"]["receipts.unchanged"] == 1


def test_the_same_data_under_a_newer_number_is_not_rewritten(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE, number=1))
    before = importer.stored()
    importer.import_file(packed(WHOLE, number=2))
    assert importer.stored() == before


def test_a_newer_registry_changes_what_has_changed_alone(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE, number=1))
    changed = WHOLE | {"balances": [BALANCE | {"charged": "160.00", "total": "160.00"}]}
    item = importer.import_file(packed(changed, number=2))
    assert Receipt.model_validate(under("RECEIPT#2026-09#obedinennaya")).main.total == 16000
    assert item["counts"] == {
        "receipts.written": 1, "accounts.unchanged": 1, "payments.unchanged": 1, "meters.unchanged": 1,
        "readings.unchanged": 1,
    }  # fmt: skip


def test_an_older_registry_never_overwrites_a_newer_one(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE, number=7))
    before = importer.stored()
    older = {"accounts": [ACCOUNT | {"fio": "Петров Пётр"}], "balances": [BALANCE | {"total": "1.00"}]}
    item = importer.import_file(packed(older, number=6))
    assert importer.stored() == before
    assert item["counts"] == {"receipts.superseded": 1, "accounts.superseded": 1}


def test_older_registry_does_not_overwrite_newer(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE, number=1))
    importer.import_file(
        packed(WHOLE, number=3)
    )  # unchanged, so the items still bear the first registry's stamp
    before = importer.stored()
    importer.import_file(packed(WHOLE | {"accounts": [ACCOUNT | {"fio": "Петров Пётр"}]}, number=2))
    assert importer.stored() == before


def test_an_older_registry_still_brings_what_nobody_has_brought(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE, number=7))
    august = BALANCE | {"period": "2026-08", "issued": ""}
    importer.import_file(packed({"balances": [august]}, number=6))
    assert Receipt.model_validate(under("RECEIPT#2026-08#obedinennaya")).main.total == 15000
    account = Account.model_validate(account_item())
    assert (account.latest_periods["obedinennaya"], account.first_period) == ("2026-09", "2026-08")


def test_single_files_complete_a_receipt_and_keep_its_other_parts(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT], "balances": [BALANCE]}))
    importer.import_file(section_file("services", [SERVICE]), "services.csv")
    receipt = Receipt.model_validate(under("RECEIPT#2026-09#obedinennaya"))
    assert (receipt.main.total, [line.service for line in receipt.services]) == (15000, ["ХВС"])
    importer.import_file(section_file("balances", [BALANCE | {"total": "150.01"}], number=2), "balances.csv")
    receipt = Receipt.model_validate(under("RECEIPT#2026-09#obedinennaya"))
    assert (receipt.main.total, len(receipt.services)) == (15001, 1)


def test_a_duplicate_event_of_a_finished_import_does_nothing(
    importer: RegistryImporter, writes: list[dict[str, Any]]
) -> None:
    key = importer.upload(packed(WHOLE))
    import_job.run(importer.job(key), lambda: 900.0)
    writes.clear()
    assert import_job.run(importer.job(key), lambda: 900.0) is ImportResult.DONE
    assert writes == []


def test_an_import_whose_time_runs_short_goes_on_where_it_stopped(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, writes: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(apply, "_WINDOW", 2)
    accounts = [ACCOUNT | {"ls": f"740000000{index}"} for index in range(1, 8)]
    job = importer.job(importer.upload(packed({"accounts": accounts})))

    assert import_job.run(job, lambda: 1.0) is ImportResult.CONTINUE
    assert importer.item(job)["after"] == "7400000002"
    assert len([key for key in importer.stored() if key[0].startswith("ACCOUNT#")]) == 2
    runs = 1
    while import_job.run(job, lambda: 1.0) is ImportResult.CONTINUE:
        runs += 1
    item = importer.item(job)
    assert (item["status"], runs) == ("applied", 4)
    assert item["counts"] == {"accounts.written": 7}
    created = [key_of(write) for write in writes if key_of(write).startswith("ACCOUNT#")]
    assert len(created) == len(set(created)) == 7


def test_a_repeated_import_finishes_one_that_was_killed(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write after the first few is lost; the next run of the same upload finishes the work."""
    august = [row | {"period": "2026-08"} for row in (BALANCE,)]
    rows = WHOLE | {"balances": [BALANCE, *august]}
    importer.import_file(packed(rows))
    whole = importer.stored()

    for survived in range(1, 4):
        for key in importer.stored():
            importer.aws.table("ACCOUNTS_TABLE").delete_item(Key={"pk": key[0], "sk": key[1]})
        monkeypatch.setattr("cabinet.exchange.imports.write_plan.MAX_ACTIONS", 2)
        committed = 0
        real = dynamo.Transaction.commit

        def dying(transaction: dynamo.Transaction, limit: int = survived) -> None:
            nonlocal committed
            if committed >= limit:
                raise KeyboardInterrupt
            committed += 1
            real(transaction)  # noqa: B023

        job = importer.job(importer.upload(packed(rows, number=survived + 1)))
        with monkeypatch.context() as dead:
            dead.setattr(dynamo.Transaction, "commit", dying)
            with pytest.raises(KeyboardInterrupt):
                import_job.run(job, lambda: 900.0)
        assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
        assert _without_marks(importer.stored()) == _without_marks(whole)
        assert_accounts_agree_with_their_rows(importer.aws)


def _without_marks(items: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    left = ("mark", "stamp", "revision", "version", "changed_at", "newest")
    return {
        key: {name: value for name, value in item.items() if name not in left} for key, item in items.items()
    }


def test_another_import_of_the_supplier_waits_its_turn(importer: RegistryImporter) -> None:
    running = importer.job(importer.upload(packed(WHOLE)))
    import_lock.acquire_lock(running, running.uploaded_at, running.uploaded_at + timedelta(hours=1))
    waiting = importer.job(importer.upload(packed(WHOLE, number=2)))
    assert import_job.run(waiting, lambda: 900.0) is ImportResult.WAIT
    assert importer.stored() == {}
    import_lock.release_lock(running)
    assert import_job.run(waiting, lambda: 900.0) is ImportResult.DONE


ACCOUNTS_FILE = section_file("accounts", [ACCOUNT])
BALANCES_FILE = section_file("balances", [BALANCE])


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (ACCOUNTS_FILE.replace(b"50.5", b"abc"), "decimal"),
        (ACCOUNTS_FILE.replace(b"#control;1", b"#control;2"), "control_count"),
        (BALANCES_FILE.replace(b"#control;1;150.00", b"#control;1;150.01"), "control_sum"),
        (ACCOUNTS_FILE.partition(b"#control")[0], "control_missing"),
        (ACCOUNTS_FILE.decode("utf-8-sig").encode("utf-16"), "encoding"),
        (ACCOUNTS_FILE.replace("Иванов".encode(), b"=cmd|' /C calc'!A0"), "formula"),
        (section_file("accounts", [ACCOUNT, ACCOUNT]), "duplicate"),
        (section_file("balances", [BALANCE]), "unknown_account"),
        (packed({"accounts": [ACCOUNT], "services": [SERVICE]}), "unknown_receipt"),
        (packed({"accounts": [ACCOUNT], "readings": [READING]}), "unknown_meter"),
        (packed(WHOLE | {"readings": [READING | {"zone": "T3"}]}), "zone"),
        (ACCOUNTS_FILE.replace(b"#registry;center", b"#registry;voda"), "wrong_supplier"),
        (section_file("accounts", [ACCOUNT], dated="2099-01-01"), "future_date"),
        (b"x" * 50_000_001, "too_large"),
        (b"", "empty"),
        (b"\x00\x01\x02", "encoding"),
        ("просто текст\n".encode(), "unknown_format"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_reason_and_nothing_is_applied(
    importer: RegistryImporter, broken: bytes, code: str
) -> None:
    item = importer.import_file(broken, "registry.csv")
    assert item["status"] == "refused"
    assert code in importer.codes(item)
    assert importer.stored() == {}


def test_a_bad_line_is_named_by_file_and_number(importer: RegistryImporter) -> None:
    rows = [SERVICE, SERVICE | {"service": "ГВС"}]
    content = section_file("services", rows).replace("ГВС".encode(), b"@SUM(A1)")
    item = importer.import_file(packed({"accounts": [ACCOUNT], "balances": [BALANCE]} | {}), "ok.zip")
    assert item["status"] == "applied"
    refused = importer.import_file(content, "services.csv")
    assert importer.report(refused)[0][:3] == ["4", "service", "formula"]


def test_within_the_suppliers_share_broken_rows_leave_their_account_out_whole(
    importer: RegistryImporter,
) -> None:
    apply_supplier(registry_errors_share=50)
    other = "7400000002"
    rows = {
        "accounts": [ACCOUNT, ACCOUNT | {"ls": other}],
        "balances": [BALANCE, BALANCE | {"ls": other, "issued": "01.02.2003"}],
    }
    content = packed(rows)
    broken = section_file("balances", rows["balances"]).replace(b"01.02.2003", b"31.02.2003")
    item = importer.import_file(_repacked(content, "balances.csv", broken))
    assert (item["status"], item["errors"]) == ("applied", 1)
    accounts = {key[0] for key in importer.stored() if key[0].startswith("ACCOUNT#")}
    assert accounts == {f"ACCOUNT#{SUPPLIER}#{NUMBER}"}


def _repacked(content: bytes, name: str, member: bytes) -> bytes:
    import io
    import zipfile

    from cabinet.exchange.exports.csv_writer import zip_file

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info: archive.read(info) for info in archive.namelist()}
    return zip_file(members | {name: member})


def test_an_unknown_supplier_is_refused_with_a_report(importer: RegistryImporter) -> None:
    key = "inbound/nobody/auto/1/registry.zip"
    importer.aws.client("s3").put_object(Bucket=importer.bucket, Key=key, Body=packed(WHOLE))
    job = import_job.job_for_object(key)
    assert job is not None
    assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
    item = job_store.get_job("nobody", job.import_id)
    assert item is not None
    assert item["status"] == "refused"


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("inbound/center/gorod/1/debts.txt", ObjectLocation("center", "gorod", "debts.txt")),
        ("inbound/center/auto/1/a.zip", ObjectLocation("center", None, "a.zip")),
        ("inbound/center/a.zip", ObjectLocation("center", None, "a.zip")),
        (
            "desk/center/20261127T110000Z-0123456789ab/a.zip",
            ObjectLocation("center", None, "a.zip", None, "20261127T110000Z-0123456789ab"),
        ),
        (
            "desk/center/20261127T110000Z-0123456789ab/gorod/cp866/debts.txt",
            ObjectLocation("center", "gorod", "debts.txt", "cp866", "20261127T110000Z-0123456789ab"),
        ),
        ("desk/center/a.zip", None),
        ("inbound/center/", None),
        ("inbound/a.zip", None),
        ("reports/center/a.csv", None),
    ],
)
def test_an_objects_key_says_whose_it_is(key: str, address: ObjectLocation | None) -> None:
    assert ObjectLocation.of(key) == address


def test_the_receipt_key_is_what_the_queries_read() -> None:
    assert receipt_key(ACCOUNT_ID, "2026-09", "obedinennaya")[1] == "RECEIPT#2026-09#obedinennaya"
