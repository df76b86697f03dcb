"""`cabinet rotate webhook`: the first key, another one beside it, another one at once; wherever it lies."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from cabinet.audit.store import entries, list_about
from cabinet.core import clock
from cabinet.webhooks.signing_keys import SigningKeys
from infra.__main__ import main
from infra.cli import environment
from infra.cli.rotation.webhook import BOTH_SIGN_FOR, rotated
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.webhooks import KEY, OTHER_KEY, WEBHOOK


@pytest.fixture(autouse=True)
def supplier(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "installed", lambda _: {})
    bound_accounts.supplier(webhook=WEBHOOK)


def rotate(*options: str, supplier_id: str = "uk-test") -> int:
    return main(["rotate", "webhook", "--supplier", supplier_id, *options])


def stored(aws: Aws) -> SigningKeys:
    found = aws.client("secretsmanager").get_secret_value(SecretId=WEBHOOK.secret, VersionStage="AWSCURRENT")
    return SigningKeys.parse(found["SecretString"])


def test_the_first_key_is_made_and_printed_once(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert rotate("--plan") == 0
    assert "whsec_" not in capsys.readouterr().out
    assert rotate() == 0
    keys = stored(aws)
    assert keys.former is None
    assert keys.key in capsys.readouterr().out
    (noted,) = entries(list_about(f"secret:{WEBHOOK.secret}"))
    assert (noted.action, noted.suppliers, noted.after) == ("KEY_ROTATED", ["uk-test"], {"is_first": True})


def test_another_key_comes_beside_the_first_and_then_no_third(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    rotate()
    first = stored(aws)
    rotate()
    second = stored(aws)
    assert (second.former, second.key == first.key) == (first.key, False)
    assert rotate() == 1
    assert "--at-once" in capsys.readouterr().err
    assert stored(aws) == second
    assert rotate("--at-once") == 0
    third = stored(aws)
    assert [bool(noted.reason) for noted in entries(list_about(f"secret:{WEBHOOK.secret}"))] == [
        True, False, False,
    ]  # fmt: skip
    assert third.former is None
    assert third.key not in (first.key, second.key)


def test_a_key_in_a_file_is_changed_there(tmp_path: Path) -> None:
    file = tmp_path / "cabinet.webhook.test"
    file.write_text("", "utf-8")
    assert rotate("--secret-file", str(file)) == 0
    first = SigningKeys.parse(file.read_text("utf-8"))
    assert rotate("--secret-file", str(file)) == 0
    assert SigningKeys.parse(file.read_text("utf-8")).former == first.key


def test_what_cannot_be_rotated_is_said(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    bound_accounts.supplier("other")
    assert rotate(supplier_id="other") == 1
    assert rotate(supplier_id="nobody") == 1
    aws.client("secretsmanager").create_secret(Name=WEBHOOK.secret, SecretString=json.dumps({"key": "no"}))
    assert rotate() == 1
    said = capsys.readouterr().err
    assert "нет webhook" in said
    assert "no signing keys" in said


def test_the_former_key_signs_for_three_days_and_then_may_change_again() -> None:
    with time_machine.travel("2026-11-02T10:00:00Z", tick=False):
        changed = rotated(SigningKeys(KEY, OTHER_KEY, clock.now()), clock.now())
        assert (changed.former, changed.former_until) == (KEY, clock.now() + timedelta(days=3))
        with pytest.raises(ValueError, match=r"05\.11\.2026"):
            rotated(changed, clock.now() + BOTH_SIGN_FOR - timedelta(seconds=1))
        assert rotated(changed, clock.now() + BOTH_SIGN_FOR).former == changed.key
