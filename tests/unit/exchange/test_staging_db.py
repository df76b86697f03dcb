"""The stage: rows come in any order and leave account by account, each account's in the file's order."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.text import number_key
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.model import Location, Row, SectionName

SECTIONS: list[SectionName] = ["accounts", "services", "payments"]
ROWS = st.lists(
    st.tuples(st.sampled_from(SECTIONS), st.sampled_from(["a.csv", "b.csv"]), st.sampled_from("АAаБ123")),
    max_size=40,
)


@given(ROWS, st.sampled_from(["", "2", "A"]))
def test_rows_leave_grouped_by_account_after_the_marker(
    rows: list[tuple[SectionName, str, str]], after: str
) -> None:
    with tempfile.TemporaryDirectory() as folder, StagingDb(Path(folder) / "stage.db") as stage:
        for line, (section, member, number) in enumerate(rows, 1):
            stage.add(Row(section, Location(member, line), number, {"line": line}))
        stage.finalise()
        left = [
            (one.number, name, [values["line"] for values in one.of(name)])
            for one in stage.accounts(after)
            for name in one.rows
        ]
        assert (stage.rows, stage.sections) == (len(rows), {section for section, *_ in rows})
    expected = {
        (number_key(number), section, line)
        for line, (section, _, number) in enumerate(rows, 1)
        if number_key(number) > after
    }
    assert {(number, section, line) for number, section, lines in left for line in lines} == expected
    numbers = [number for number, *_ in left]
    assert numbers == sorted(numbers)
    assert len({(number, section) for number, section, _ in left}) == len(left)


def test_periods_are_remembered_for_what_the_registry_is_newest_of(tmp_path: Path) -> None:
    with StagingDb(tmp_path / "stage.db") as stage:
        stage.add(Row("balances", Location("", 3), "1", {"period": "2026-09"}))
        stage.finalise()
        assert stage.periods == {"2026-09"}
    assert not (tmp_path / "stage.db").exists()
