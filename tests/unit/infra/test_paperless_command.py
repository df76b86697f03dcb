"""`cabinet paperless`: the opt-outs as a file, and one audit row of who downloaded them."""

from pathlib import Path
from typing import Any

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.audit.store import entries, list_about
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from infra import __main__
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.factories import bound_accounts


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    bound_accounts.supplier()
    account = bound_accounts.account()
    bound_accounts.user("u1", account)
    dynamo.update(
        Table.USERS, binding_key("u1", account.account_id), "SET #paperless = :record",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict,
        record={"enabled": True, "version": "2026-01", "sha256": "ab", "at": "2026-11-01T10:00:00+00:00"},
    )  # fmt: skip
    return aws


def test_the_refusals_are_written_and_audited_once(stack: Aws, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "refusals.csv"
    assert __main__.main(["paperless", "--supplier", "uk-test", "-o", str(path)]) == 0
    assert "refused: 1; withdrawn: 0" in capsys.readouterr().out
    assert "1234567899" in path.read_text("utf-8-sig")
    (entry,) = entries(list_about("optouts:uk-test"))
    assert (entry.action, entry.role, entry.after) == ("OPTOUTS_LISTED", "command", {"accounts": 1})
    assert entry.who.startswith("command:arn:aws:")
