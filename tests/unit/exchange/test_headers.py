"""A header that fits no kind of file is told by what was meant."""

import pytest

from cabinet.exchange.formats.headers import find_issue
from cabinet.exchange.formats.schema import NATIVE

PAYMENTS = ["ls", "kind", "received", "processed", "sum", "order_id"]
READINGS = ["ls", "meter_no", "zone", "value", "taken", "accepted", "source"]


def changed(header: list[str], **names: str) -> list[str]:
    return [names.get(name, name) for name in header]


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        (changed(PAYMENTS, sum="summ"), "summ", "вероятно, «sum»"),
        (changed(PAYMENTS, sum="sum2"), "sum2", "вероятно, «sum»"),
        (changed(READINGS, taken="такеn"), "такеn", "русские буквы вместо латинских «taken»"),
        ([*PAYMENTS, "sum"], "sum", "столбец «sum» повторяется"),
        ([*PAYMENTS, "примечание"], "примечание", "столбца «примечание» у этого вида нет"),
        ([*PAYMENTS, ""], "", "столбец 7 без названия"),
        (["ls", "kind", "received", "processed"], "sum", "нет столбца «sum»"),
    ],
)
def test_what_is_wrong_is_named_by_its_column(header: list[str], columns: str, said: str) -> None:
    found, message = find_issue(header)
    assert found == columns
    assert said in message


def test_every_fault_is_told_at_once() -> None:
    found, message = find_issue(["ls", "meter_no", "zone", "valeu", "taken", "taken", "source"])
    assert found == "valeu, taken, accepted"
    assert "вид «readings»" in message


@pytest.mark.parametrize("header", [[], [""], ["a", "b", "c"], ["Номер", "Сумма"]])
def test_what_is_no_header_is_told_what_headers_there_are(header: list[str]) -> None:
    found, message = find_issue(header)
    assert found == ""
    assert all(f"{kind.name}: " in message for kind in NATIVE)
