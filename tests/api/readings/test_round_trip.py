"""The whole circle: handed in, exported, taken by billing, «учтено» in the next import."""

import csv
import io
from typing import Any

import pytest

from cabinet.accounts.store import get_account_and_supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.exchange.exports.readings import READINGS
from cabinet.exchange.imports import apply, import_job
from cabinet.metering.export_queue import pending_lines, queue_key
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.factories.registries import (
    ACCOUNT_ID,
    METER,
    NUMBER,
    READING,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    apply_supplier,
    packed,
)

ROUTE = f"/api/accounts/{ACCOUNT_ID}/readings"
TODAY = "2026-10-20"


@pytest.fixture
def importer(aws: Aws, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> RegistryImporter:
    time_machine.move_to(f"{TODAY}T10:00:00+05:00", tick=True)
    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    made = RegistryImporter(aws)
    assert made.import_file(packed(WHOLE))["status"] == "applied"
    return made


class Resident:
    """A subscriber who owns the imported account."""

    def __init__(self) -> None:
        from queries.app import app as queries
        from readings.app import app as readings

        account, self.supplier = get_account_and_supplier(ACCOUNT_ID)
        token = bound_accounts.user("u1", account)
        self.readings, self.queries = (
            bound_accounts.browser(readings, token),
            bound_accounts.browser(queries, token),
        )
        self.sent = 0

    def form(self) -> Any:
        """The meter's line of the form."""
        return self.readings.get(f"{ROUTE}/form").json()["meters"][0]

    def hand_in(self, value: str) -> str:
        """Hand a reading in and return its identifier."""
        self.sent += 1
        row = {"meter_id": self.form()["meter_id"], "value": value, "confirmed": True}
        answer = self.readings.post(
            ROUTE,
            json={"taken_on": TODAY, "readings": [row]},
            headers={"Idempotency-Key": f"k{self.sent}"},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["accepted"][0]["reading_id"])

    def withdraw(self, reading_id: str) -> None:
        """Take a reading back."""
        assert self.readings.delete(f"{ROUTE}/{reading_id}").status_code == 204

    def history(self) -> list[tuple[str, str | None, str]]:
        """(value, accounted on, status), the newest first."""
        path = f"/api/accounts/{ACCOUNT_ID}/meters/{self.form()['meter_id']}/readings"
        items = self.queries.get(path).json()["items"]
        return [(item["value"], item["accounted_on"], item["status"]) for item in items]


def export(resident: Resident) -> list[list[str]]:
    """Deliver what waits and return its rows."""
    from exports.delivery import deliver

    done = deliver("readings", resident.supplier, lambda: True)
    if done is None:
        return []
    _registry, _header, *rows, _control = csv.reader(
        io.StringIO(done.content.decode("utf-8-sig")), delimiter=";"
    )
    return rows


def acknowledged(rows: list[list[str]], number: int) -> bytes:
    """Billing's next registry: what it was sent, with the day on which it was accepted."""
    told = [
        READING | {"ls": ls, "meter_no": meter_no, "value": value, "taken": taken, "accepted": "2026-10-28",
                   "source": "биллинг"}
        for ls, meter_no, _, value, taken, _, _ in rows
    ]  # fmt: skip
    return packed({"meters": [METER], "readings": told}, number=number, dated="2026-10-31")


def test_a_reading_comes_back_accounted(importer: RegistryImporter) -> None:
    resident = Resident()
    resident.hand_in("15")
    rows = export(resident)
    assert rows == [[NUMBER, "757/243", "T1", "15.000", TODAY, TODAY, "subscriber"]]
    assert resident.history()[0] == ("15.000", None, "active")
    assert importer.import_file(acknowledged(rows, number=2))["status"] == "applied"
    assert resident.history() == [("15.000", "2026-10-28", "active"), ("12.500", "2026-09-25", "active")]
    assert export(resident) == [], "what billing told us does not go back to it"


def test_a_reading_withdrawn_before_the_export_never_goes_out(importer: RegistryImporter) -> None:
    resident = Resident()
    resident.withdraw(resident.hand_in("15"))
    assert export(resident) == []
    resident.hand_in("14")
    assert [row[3] for row in export(resident)] == ["14.000"]


def test_a_reading_withdrawn_after_the_export_is_called_back(importer: RegistryImporter) -> None:
    resident = Resident()
    reading_id = resident.hand_in("15")
    export(resident)
    resident.withdraw(reading_id)
    assert export(resident) == [[NUMBER, "757/243", "T1", "15.000", TODAY, TODAY, "withdrawn"]]
    assert resident.form()["zones"][0]["last_value"] == "12.500"


def test_a_replaced_reading_is_sent_again_and_a_withdrawn_one_recalled(importer: RegistryImporter) -> None:
    resident = Resident()
    resident.hand_in("15")
    export(resident)
    second = resident.hand_in("16")
    resident.withdraw(second)
    assert [(row[3], row[6]) for row in export(resident)] == [("15.000", "withdrawn")]


def test_a_new_reading_overtakes_the_call_back(importer: RegistryImporter) -> None:
    resident = Resident()
    first = resident.hand_in("15")
    export(resident)
    resident.withdraw(first)
    third = resident.hand_in("14")
    waiting = pending_lines(dynamo.get(Table.ACCOUNTS, queue_key(ACCOUNT_ID)) or {})
    assert [(line["value"], line["source"]) for line in waiting] == [("14.000", "subscriber")]
    resident.withdraw(third)
    assert [(row[3], row[6]) for row in export(resident)] == [("15.000", "withdrawn")]
    assert len(READINGS.registries(SUPPLIER)) == 2


def test_a_late_acknowledgement_leaves_the_replacement_active(importer: RegistryImporter) -> None:
    resident = Resident()
    resident.hand_in("150")
    sent = export(resident)
    resident.hand_in("15")
    importer.import_file(acknowledged(sent, number=2))
    assert resident.form()["zones"][0]["last_value"] == "15.000"
    assert ("150.000", "2026-10-28", "replaced") in resident.history()
    assert [row[3] for row in export(resident)] == ["15.000"]


# ------------------------------------------------------------------ a controller's readings


def by_controller(value: str, taken: str = TODAY, number: int = 2, accepted: str = "") -> bytes:
    """A file of readings that a controller has brought from the houses."""
    row = READING | {"value": value, "taken": taken, "accepted": accepted, "source": "контролёр"}
    return packed({"readings": [row]}, number=number, dated=TODAY)


def test_a_controllers_reading_goes_to_billing_once_and_comes_back_accounted(
    importer: RegistryImporter,
) -> None:
    resident = Resident()
    for number in (2, 3):
        assert importer.import_file(by_controller("15", number=number))["status"] == "applied"
    rows = export(resident)
    assert rows == [[NUMBER, "757/243", "T1", "15.000", TODAY, TODAY, "staff"]]
    assert export(resident) == []
    importer.import_file(by_controller("15", number=4))
    assert export(resident) == [], "it has gone out already"
    importer.import_file(acknowledged(rows, number=5))
    assert resident.history() == [("15.000", "2026-10-28", "active"), ("12.500", "2026-09-25", "active")]


def test_a_controllers_reading_that_billing_has_accepted_does_not_go_back(importer: RegistryImporter) -> None:
    importer.import_file(by_controller("15", accepted="2026-10-20"))
    assert export(Resident()) == []


def test_a_controllers_reading_of_a_residents_day_is_the_one_that_goes_out(
    importer: RegistryImporter,
) -> None:
    resident = Resident()
    resident.hand_in("150")
    importer.import_file(by_controller("15"))
    assert [(row[3], row[6]) for row in export(resident)] == [("15.000", "staff")]


def test_late_billing_answer_keeps_the_controllers_correction(importer: RegistryImporter) -> None:
    resident = Resident()
    resident.hand_in("150")
    sent = export(resident)
    importer.import_file(by_controller("15"))
    importer.import_file(acknowledged(sent, number=3))
    assert resident.form()["zones"][0]["last_value"] == "15.000"
    assert [(row[3], row[6]) for row in export(resident)] == [("15.000", "staff")]


def test_a_controllers_reading_is_told_again_by_the_run_that_goes_on(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run dies after each of its commits: the reading goes out all the same, and once."""
    resident = Resident()
    real = dynamo.Transaction.commit
    monkeypatch.setattr("cabinet.exchange.imports.write_plan.MAX_ACTIONS", 1)
    for survived, value in ((0, "15"), (1, "16"), (2, "17")):
        committed = 0

        def dying(transaction: dynamo.Transaction, limit: int = survived) -> None:
            nonlocal committed
            if committed >= limit:
                raise KeyboardInterrupt
            committed += 1
            real(transaction)

        job = importer.job(importer.upload(by_controller(value, number=survived + 2)))
        with monkeypatch.context() as dead:
            dead.setattr(dynamo.Transaction, "commit", dying)
            with pytest.raises(KeyboardInterrupt):
                import_job.run(job, lambda: 900.0)
        assert import_job.run(job, lambda: 900.0) is import_job.ImportResult.DONE
        assert [row[3] for row in export(resident)] == [f"{value}.000"]
        assert export(resident) == []


def test_an_export_between_reading_and_writing_is_seen(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export takes the waiting row after the import has read it: the import looks again."""
    resident = Resident()
    resident.hand_in("14")
    went: list[list[str]] = []
    real = apply.commit

    def outrun(plans: Any) -> None:
        if not went:
            went.extend(export(resident))
        real(plans)

    monkeypatch.setattr(apply, "commit", outrun)
    importer.import_file(by_controller("15"))
    assert [row[3] for row in went] == ["14.000"]
    assert [(row[3], row[6]) for row in export(resident)] == [("15.000", "staff")]
