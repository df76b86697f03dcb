"""What residents see after a wrong registry was undone is, byte for byte, what they saw before it."""

import itertools
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from cabinet.accounts.store import get_account_and_supplier
from cabinet.aws import queues
from cabinet.core import clock
from cabinet.exchange.imports import apply, job_store, undo_job
from cabinet.exchange.imports.import_job import ImportResult
from tests.support.all_apps import routes, site
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    BALANCE,
    CHARGE,
    METER,
    PAYMENT,
    READING,
    SERVICE,
    SUPPLIER,
    RegistryImporter,
    apply_supplier,
    ask_undo,
    packed,
)
from tests.support.font_fixtures import font_layer, prepared_fonts

__all__ = ["font_layer", "prepared_fonts"]

FIRST, SECOND, THIRD, NEW = (f"740000000{digit}" for digit in (1, 2, 3, 4))
OCTOBER = {"period": "2026-10", "issued": "2026-10-28"}
WRONG_SUM = {"charged": "999999.99", "total": "999999.99"}
RIGHT = {
    "accounts": [
        ACCOUNT, ACCOUNT | {"ls": SECOND, "fio": "Сидорова Анна"}, ACCOUNT | {"ls": THIRD, "flat": "3"},
    ],
    "balances": [BALANCE, BALANCE | {"ls": SECOND}, BALANCE | {"ls": THIRD, "receipt": "Капремонт"}],
    "services": [SERVICE, SERVICE | {"ls": SECOND}, SERVICE | {"ls": THIRD, "receipt": "Капремонт"}],
    "charges": [CHARGE, CHARGE | {"ls": SECOND}],
    "payments": [PAYMENT, PAYMENT | {"ls": SECOND, "received": "2026-08-10"}],
    "meters": [METER, METER | {"ls": SECOND, "meter_no": "22"}],
    "readings": [READING, READING | {"ls": SECOND, "meter_no": "22"}],
}  # fmt: skip
WRONG = {
    "accounts": [
        ACCOUNT | {"residents": "9", "area": "51.5"}, ACCOUNT | {"ls": SECOND, "fio": "Кузнецов Олег"},
        ACCOUNT | {"ls": THIRD, "flat": "3", "closed": "да"}, ACCOUNT | {"ls": NEW},
    ],
    "balances": [
        BALANCE | WRONG_SUM, BALANCE | OCTOBER, BALANCE | {"ls": SECOND} | OCTOBER, BALANCE | {"ls": NEW},
    ],
    "services": [
        SERVICE | WRONG_SUM, SERVICE | {"period": "2026-10"}, SERVICE | {"ls": SECOND, "period": "2026-10"},
        SERVICE | {"ls": NEW},
    ],
    "charges": [CHARGE | {"sum": "999999.99"}, CHARGE | {"period": "2026-10"}],
    "payments": [PAYMENT | {"sum": "77.00"}, PAYMENT | {"ls": SECOND, "received": "2026-10-02"}],
    "meters": [
        METER | {"place": "Кухня"}, METER | {"meter_no": "9"}, METER | {"ls": SECOND, "meter_no": "22"},
        METER | {"ls": THIRD, "meter_no": "33"},
    ],
    "readings": [
        READING | {"value": "14.000", "taken": "2026-10-20", "accepted": "2026-10-25"},
        READING | {"ls": SECOND, "meter_no": "22", "value": "13.000", "taken": "2026-10-21"},
        READING | {"ls": THIRD, "meter_no": "33"},
    ],
}  # fmt: skip
FILLED = {
    "account_id": [f"{SUPPLIER}:{number}" for number in (FIRST, SECOND, THIRD, NEW)],
    "document_id": ["2026-09-obedinennaya", "2026-10-obedinennaya", "2026-09-kapremont"],
    "meter_id": ["757-243", "9", "22", "33"],
    "secret": ["a-calendar-that-nobody-has"],
}
QUERIES = {"services": ("", "?period=2026-09", "?period=2026-10"), "charges": ("", "?period=2026-09")}

type Answers = dict[str, tuple[int, bytes]]


def addresses() -> list[str]:
    """Every address that the functions' own descriptions let a resident read."""
    found = []
    for route in routes():
        if route.method != "GET" or route.function not in ("queries", "receipts", "readings"):
            continue
        for values in itertools.product(*(FILLED[name] for name in route.names)):
            address = route.path.format(**dict(zip(route.names, values, strict=True)))
            found += [address + query for query in QUERIES.get(address.rpartition("/")[2], ("",))]
    return found


def answers(client: AppClient, aws: Aws) -> Answers:
    """Every answer; where it is a link to a sheet, the sheet, drawn anew."""
    s3, bucket = aws.client("s3"), aws.environment["DOCUMENTS_BUCKET"]
    for stored in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=stored["Key"])
    found: Answers = {}
    for address in addresses():
        answer = client.get(address)
        body = answer.content
        if answer.status_code == 200 and address.endswith("/pdf"):
            link = urlsplit(answer.json()["url"])
            key = link.path[link.path.index("/receipts/") + 1 :]
            sheet = s3.get_object(Bucket=bucket, Key=key)
            name = parse_qs(link.query)["response-content-disposition"]
            body = json.dumps([link.path, name]).encode() + sheet["Body"].read()
        elif answer.status_code != 200:
            # The correlation of a refusal is of its request alone.
            body = json.dumps(
                {name: value for name, value in answer.json().items() if name != "instance"}
            ).encode()
        found[address] = answer.status_code, body
    return found


@pytest.fixture
def importer(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> RegistryImporter:
    """One thread, for moto; the tests run the undo themselves; the day does not end between two answers."""
    moment = clock.now()
    monkeypatch.setattr(apply, "THREADS", 1)
    monkeypatch.setattr(queues, "send", lambda *_, **__: None)
    monkeypatch.setattr(clock, "now", lambda: moment)
    apply_supplier()
    return RegistryImporter(aws)


def test_every_answer_is_byte_equal_after_an_undo(importer: RegistryImporter, aws: Aws) -> None:
    assert importer.import_file(packed(RIGHT))["status"] == "applied"
    owned = [get_account_and_supplier(f"{SUPPLIER}:{number}")[0] for number in (FIRST, SECOND, THIRD)]
    client = bound_accounts.browser(site(), bound_accounts.user("u1", *owned))
    before = answers(client, aws)
    shown = [address for address, (status, _) in before.items() if status == 200]
    assert any(address.endswith(f"{FIRST}/documents/2026-09-obedinennaya/pdf") for address in shown)
    assert any(address.endswith(f"{SECOND}/meters/22/readings") for address in shown)
    wrong = importer.import_file(packed(WRONG, number=2, dated="2026-10-31"))
    assert wrong["status"] == "applied", importer.report(wrong)
    while_wrong = answers(client, aws)

    asked = ask_undo(wrong["import_id"], "an engineer")
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE

    undone = job_store.get_job(SUPPLIER, wrong["import_id"])
    assert undone is not None
    assert (undone["status"], undone["undo_left"]) == ("undone", 0)
    assert answers(client, aws) == before
    changed = {address for address in before if before[address] != while_wrong[address]}
    assert {address.partition("?")[0].rpartition("/")[2] for address in changed} >= {
        "summary", "services", "charges", "payments", "documents", "meters", "readings", "consumption",
        "form", "pdf",
    }  # fmt: skip
