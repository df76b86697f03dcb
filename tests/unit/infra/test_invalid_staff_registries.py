"""Registries of notices and of answers with the mistakes that people make: what the operator reads."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cabinet.service_requests.store import find_by_number
from infra.__main__ import main
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("invalid_staff_registries.yaml").read_text("utf-8")
)
FILES = {
    "notices": (
        "ls;street;house;title;text;city;kind;from;until\r\n"
        "1234567899;;;Вам;Зайдите в офис;;;;\r\n"
        ";Кыштымская;10;Вода;Не будет воды;;planned;26.11.2026 18:00;27.11.2026 18:00\r\n"
    ),
    "answers": "number;status;text\r\nНОМЕР;done;Починили\r\n",
}
COMMANDS = {"notices": ("notice", "publish"), "answers": ("requests", "answer")}
ALL = [(kind, case) for kind, cases in CASES.items() for case in cases]


@pytest.fixture
def number(aws: Aws, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> str:
    """The number of a request that waits for an answer."""
    from subscriber_requests.app import app

    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    time_machine.move_to("2026-11-26T05:00:00Z", tick=False)
    bound_accounts.supplier()
    client = bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))
    sent = client.post(
        "/api/accounts/uk-test:1234567899/requests", json={"kind": "complaint", "text": "Темно"},
        headers={"Idempotency-Key": "k"},
    )  # fmt: skip
    made: str = sent.json()["number"]
    return made


def take(kind: str, text: str, path: Path, number: str, encoding: str = "utf-8") -> int:
    path.write_bytes(text.replace("НОМЕР", number).encode(encoding))
    return main([*COMMANDS[kind], "--supplier", "uk-test", "--registry", str(path)])


def file_after(kind: str, changes: list[list[str]]) -> str:
    text = FILES[kind]
    for old, new in changes:
        assert old in text, f"«{old}» is not in the file"
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("kind", "case"), ALL, ids=[f"{kind}-{case['change'][0][1][:20]}" for kind, case in ALL]
)
def test_an_invalid_registry_is_reported_so_that_it_can_be_fixed(
    kind: str, case: dict[str, Any], number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, text = tmp_path / f"{kind}.csv", file_after(kind, case["change"])
    is_taken = take(kind, text, path, number, case.get("encoding", "utf-8")) == 0
    said = capsys.readouterr()
    report = said.err.replace(f"{tmp_path}/", "").replace(number, "НОМЕР").splitlines()
    assert [line for line in report if "subscribers " not in line] == case["report"]
    assert is_taken is case.get("applied", False)
    if kind == "notices":
        assert ("published: " in said.out) is is_taken


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "cp866", "utf-16"])
@pytest.mark.parametrize("kind", list(FILES))
def test_the_registry_without_the_mistake_is_taken(
    kind: str, encoding: str, number: str, tmp_path: Path
) -> None:
    assert take(kind, FILES[kind], tmp_path / "registry.csv", number, encoding) == 0
    assert find_by_number("uk-test", number).status == ("done" if kind == "answers" else "new")
    assert len(CASES[kind]) >= 15


def test_blank_rows_and_columns_of_a_spreadsheet_are_passed_over(number: str, tmp_path: Path) -> None:
    text = 'number;status;Text;;\r\n;;;;\r\nНОМЕР;done;"Починили;\r\nпроверьте";;\r\n;;;;\r\n'
    assert take("answers", text, tmp_path / "answers.csv", number) == 0
    assert find_by_number("uk-test", number).replies[0].text == "Починили;\nпроверьте"
