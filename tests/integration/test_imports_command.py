"""`cabinet supplier apply` and `cabinet import` against the local AWS, with the function run as S3 would."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from imports.app import handler
from infra.__main__ import main
from infra.sample.suppliers import PROFILES
from tests.support.factories.registries import ACCOUNT, SUPPLIER, WHOLE, packed, section_file
from tests.support.lambda_context import Context
from tests.support.local_aws import LocalAws


@pytest.fixture
def data(local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack's data folder, as `./cabinet local` leaves it."""
    origin = "http://127.0.0.1:8000"
    local = {"LOCAL_STACK": "1", "OUTBOUND_LOCAL_ORIGIN": origin}
    (tmp_path / "environment.json").write_text(json.dumps(local_aws.environment | local), "utf-8")
    monkeypatch.setenv("LOCAL_ORIGIN", origin)
    return tmp_path


@pytest.fixture
def watched(local_aws: LocalAws) -> Iterator[None]:
    """Runs the function for each message of its queue, until the test ends."""
    stop = threading.Event()
    queue, sqs = local_aws.environment["IMPORT_QUEUE_URL"], local_aws.client("sqs")

    def watch() -> None:
        while not stop.wait(0.05):
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                record = {"messageId": message["MessageId"], "body": message["Body"]}
                handler({"Records": [record]}, Context())  # type: ignore[arg-type]

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    stop.set()
    watcher.join()


def supplier_file(data: Path, text: str) -> str:
    path = data / "supplier.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_supplier_is_applied_once_and_a_wrong_key_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(data)]
    right = supplier_file(data, PROFILES[SUPPLIER])
    assert main(["supplier", "apply", right, *options]) == 0
    assert main(["supplier", "apply", right, *options]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "applied: center (ООО «УК Кыштымская»)", "unchanged: center (ООО «УК Кыштымская»)",
    ]  # fmt: skip
    wrong = PROFILES[SUPPLIER].replace("40702810800000012345", "40702810900000012345")
    assert main(["supplier", "apply", supplier_file(data, wrong), *options]) == 1
    assert "payees[0].account" in capsys.readouterr().err
    misspelt = PROFILES[SUPPLIER] + "debt_reminder_treshold: 5\n"
    assert main(["supplier", "apply", supplier_file(data, misspelt), *options]) == 1
    assert "debt_reminder_treshold" in capsys.readouterr().err


@pytest.mark.usefixtures("watched")
def test_the_command_prints_the_report_and_fails_when_the_registry_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--supplier", SUPPLIER, "--data", str(data), "--timeout", "120"]
    assert main(["supplier", "apply", supplier_file(data, PROFILES[SUPPLIER]), "--data", str(data)]) == 0
    registry = data / "реестр 10.zip"
    registry.write_bytes(packed(WHOLE))
    assert main(["import", str(registry), *options]) == 0
    assert "лицевые счета: записано 1." in capsys.readouterr().out

    broken = data / "broken.csv"
    broken.write_bytes(section_file("accounts", [ACCOUNT], number=2).replace("Иванов".encode(), b"=cmd"))
    assert main(["import", str(broken), *options, "--format", "native"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "line;field;code;message"
    assert any(line.startswith("3;fio;formula;") for line in printed)


def test_the_command_says_what_it_cannot_do(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(data / "nothing.zip"), "--supplier", "center", "--data", str(data)]) == 1
    registry = data / "a.zip"
    registry.write_bytes(packed(WHOLE))
    assert main(["import", str(registry), "--supplier", "Ц", "--data", str(data)]) == 1
    assert main(["import", str(registry), "--supplier", "center", "--data", str(data / "none")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 3
