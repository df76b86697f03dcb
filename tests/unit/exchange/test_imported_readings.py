"""What an import does with readings: the meter's state, and what subscribers handed in."""

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.metering.model import Meter, Reading
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    METER,
    NUMBER,
    READING,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    packed,
    under,
)


def test_readings_move_the_meters_memory_and_months(importer: RegistryImporter) -> None:
    readings = [READING | {"taken": f"2026-0{month}-20", "value": f"{month * 2}.000", "source": "биллинг"}
                for month in range(1, 10)]  # fmt: skip
    importer.import_file(packed({"accounts": [ACCOUNT], "meters": [METER], "readings": readings}))
    meter = Meter.model_validate(under("METER#757-243"))
    assert meter.last["T1"].value == "18.000"
    assert meter.monthly["T1"]["2026-09"] == "2.000"
    before = importer.stored()
    importer.import_file(packed({"readings": list(reversed(readings))}, number=2))
    assert importer.stored() == before


def test_a_subscribers_reading_is_acknowledged_not_doubled(importer: RegistryImporter) -> None:
    importer.import_file(
        packed(WHOLE | {"readings": [READING | {"taken": "2026-08-20", "value": "10", "source": ""}]})
    )
    _submitted("2026-09-22", "15.000", "mine0")
    row = READING | {"taken": "2026-09-22", "value": "15,000", "accepted": "2026-09-26"}
    importer.import_file(packed({"readings": [row]}, number=2))
    reading = Reading.model_validate(under("READING#757-243#2026-09-22#mine0"))
    assert str(reading.accounted_on) == "2026-09-26"
    assert len([key for key in importer.stored() if key[1].startswith("READING#")]) == 2
    assert str(Meter.model_validate(under("METER#757-243")).last["T1"].accounted_on) == "2026-09-26"


def _submitted(taken_on: str, value: str, reading_id: str) -> None:
    """What a submission leaves behind: a row of history and the meter's memory of it."""
    key = (f"ACCOUNT#{SUPPLIER}#{NUMBER}", f"READING#757-243#{taken_on}#{reading_id}")
    reading = Reading.model_validate(
        {
            "reading_id": reading_id, "meter_id": "757-243", "zone": "T1", "value": value,
            "taken_on": taken_on, "source": "subscriber", "period": taken_on[:7], "delta": "5.000",
        }
    )  # fmt: skip
    dynamo.put(
        Table.ACCOUNTS, reading.model_dump(mode="json") | {"pk": key[0], "sk": key[1]},
        condition=IS_ABSENT, on_conflict=dynamo.conflict,
    )  # fmt: skip
    last = {"reading_id": reading_id, "value": value, "taken_on": taken_on, "source": "subscriber",
            "period": taken_on[:7], "delta": "5.000", "accounted_on": None}  # fmt: skip
    meter = under("METER#757-243")
    assert meter is not None
    dynamo.update(
        Table.ACCOUNTS, (key[0], "METER#757-243"),
        "SET #last.#T1 = :last, #before.#T1 = :before, #version = :next",
        condition="#version = :seen", on_conflict=dynamo.conflict,
        last=last, before=meter["last"]["T1"], seen=meter["version"], next=meter["version"] + 1,
    )  # fmt: skip
