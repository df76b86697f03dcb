"""`cabinet bank` and the warnings of `cabinet supplier apply`: a contract tried before residents try it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cabinet.accounts.keys import supplier_key
from cabinet.audit.store import entries, list_about
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from infra.__main__ import main
from infra.cli import environment
from infra.sample.suppliers import PROFILES
from infra.simulators.bank.credentials import CREDENTIALS, store_secret
from tests.support.payment_scenario import SECRET, PaymentScenario

SECRETS = "secretsmanager"


@pytest.fixture(autouse=True)
def _commands_work_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})


def keep(scenario: PaymentScenario, name: str = SECRET, **changes: Any) -> None:
    store_secret(scenario.aws.client(SECRETS), name, json.dumps(CREDENTIALS | changes))


def check(supplier_id: str = "uk-test", *more: str) -> int:
    return main(["bank", "check", "--supplier", supplier_id, *more])


@pytest.mark.parametrize("dialect", ["rbs", "gorod", "gorod_unified", "raiffeisen"])
def test_a_sound_contract_is_said_to_be_so(
    scenario: PaymentScenario, dialect: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.supplier(dialect=dialect)
    assert check() == 0
    bank_status = capsys.readouterr().out
    assert f"ok    секрет {SECRET} читается" in bank_status
    assert "ok    банк отвечает" in bank_status
    assert scenario.state.payments == {}


@pytest.mark.parametrize(
    ("credentials", "bank_status"),
    [
        ({"password": "guess"}, "нет   банк не принимает логин или пароль"),
        ({"password": ""}, "нет   user или password в секрете пусты"),
        ({"callback_key": ""}, "нет   в секрете нет callback_key"),
        (
            {"callback_public_keys": {"k1": "-----BEGIN"}},
            "нет   callback_public_keys.k1: это не открытый ключ",
        ),
        ({"statuses": {"7": "paid"}}, f"нет   секрет «{SECRET}» не годится: statuses.7: неверно"),
        ({"sign_algorithm": "sha-1"}, f"нет   секрет «{SECRET}» не годится: sign_algorithm: неверно"),
        ({"sign_algorithm": "shake_128"}, f"нет   секрет «{SECRET}» не годится: sign_algorithm: неверно"),
        ({"user": None}, f"нет   секрет «{SECRET}» не годится: user: неверно"),
    ],
)
def test_what_is_wrong_with_the_secret_is_named_and_its_values_are_not(
    scenario: PaymentScenario,
    credentials: dict[str, Any],
    bank_status: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario.supplier()
    keep(scenario, **credentials)
    assert check() == 1
    printed = capsys.readouterr().out
    assert bank_status in printed
    assert "guess" not in printed
    assert CREDENTIALS["callback_key"] not in printed


def test_a_secret_that_is_not_there_or_not_json_is_named(
    scenario: PaymentScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.supplier()
    store_secret(scenario.aws.client(SECRETS), SECRET, "password: secret")
    assert check() == 1
    assert f"нет   секрет «{SECRET}» не годится: это не JSON" in capsys.readouterr().out
    scenario.aws.client(SECRETS).delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    assert check() == 1
    assert f"нет   секрета «{SECRET}» нет" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("base_url", "bank_status"),
    [("http://127.0.0.1:9/rbs", "с банком нет связи"), ("{origin}/nowhere", "не так, как говорит протокол")],
)
@pytest.mark.parametrize("dialect", ["rbs", "gorod_unified"])
def test_a_bank_at_another_address_is_said_to_be_unreached(
    scenario: PaymentScenario,
    dialect: str,
    base_url: str,
    bank_status: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = base_url.format(origin=scenario.server.origin)
    scenario.supplier(merchant=scenario.merchant(dialect).model_copy(update={"base_url": there}))
    assert check() == 1
    assert bank_status in capsys.readouterr().out


def test_a_contract_as_no_deployed_stack_can_use_it_is_named(
    scenario: PaymentScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.supplier()
    scenario.supplier("other", contract="uk-test-rbs", dialect="gorod")
    assert check("uk-test", "--stack", "prod") == 1
    bank_status = capsys.readouterr().out
    assert "чьи имена начинаются с «prod/bank/»" in bank_status
    assert "нужен https" in bank_status
    assert "договор «uk-test-rbs» у поставщика other записан иначе" in bank_status
    scenario.supplier("none", merchant=None)
    assert check("none") == 1
    assert "нет договора с банком" in capsys.readouterr().out
    assert check("nobody") == 1


def test_every_contract_is_tried_and_a_rotation_names_the_one_it_means(
    scenario: PaymentScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.supplier(merchants=[scenario.merchant(contract="old").model_copy(update={"methods": ()})])
    assert check() == 0
    assert "договор uk-test-rbs (card), rbs" in (tried := capsys.readouterr().out)
    assert "договор old (только прежние заказы), rbs" in tried
    rotation = ["rotate", "bank", "--supplier", "uk-test", "--plan"]
    assert main(rotation) == 1
    assert "--contract uk-test-rbs | old" in capsys.readouterr().err
    assert main([*rotation, "--contract", "another"]) == 1
    assert main([*rotation, "--contract", "old"]) == 0


def test_a_secret_is_made_replaced_and_refused_when_it_cannot_serve(
    scenario: PaymentScenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.supplier(merchant=scenario.merchant().model_copy(update={"secret": "cabinet/bank/new"}))
    file = tmp_path / "credentials.json"
    for content, bank_status in [
        ("{}", "user: нет, password: нет"),
        ("user: u", "это не JSON"),
        (
            json.dumps(CREDENTIALS | {"callbackKey": "k"}),
            "callbackKey: Такой настройки нет. Похожа: callback_key.",
        ),
    ]:
        file.write_text(content, "utf-8")
        assert main(["bank", "secret", "cabinet/bank/new", str(file)]) == 1
        assert bank_status in capsys.readouterr().err
    assert check() == 1
    for password in ("wrong", CREDENTIALS["password"]):
        file.write_text(json.dumps(CREDENTIALS | {"password": password}), "utf-8-sig")
        assert main(["bank", "secret", "elsewhere/new", str(file)]) == 1
        assert main(["bank", "secret", "cabinet/bank/new", str(file)]) == 0
    assert check() == 0
    assert main(["bank", "secret", "cabinet/bank/new", str(tmp_path / "none.json")]) == 1
    stored = entries(list_about("secret:cabinet/bank/new"))
    assert [(each.action, each.suppliers) for each in stored] == [("BANK_LOGIN_STORED", ["uk-test"])] * 2
    assert {each.action for each in entries(list_about("supplier:uk-test"))} == {"BANK_CHECKED"}


@pytest.fixture
def apply(scenario: PaymentScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("LOCAL_ORIGIN", scenario.server.origin)

    def run(*more: str, **merchant: str) -> int:
        profile = yaml.safe_load(PROFILES["center"]) | {"webhook": None}
        profile["merchant"] |= {"base_url": "https://bank.example", "secret": SECRET} | merchant
        file = tmp_path / "supplier.yaml"
        file.write_text(yaml.safe_dump(profile, allow_unicode=True), "utf-8")
        return main(["supplier", "apply", str(file), *more])

    return run


def test_a_supplier_whose_secret_does_not_exist_is_warned_of_on_the_local_stack(
    apply: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply() == 0
    assert capsys.readouterr().err == ""
    assert apply(secret="cabinet/bank/none") == 0
    bank_status = capsys.readouterr().err
    assert "merchant.secret: секрета «cabinet/bank/none» нет: без него оплата отвечает" in bank_status
    assert "./cabinet bank secret cabinet/bank/none FILE.json" in bank_status


def test_a_supplier_whose_secret_does_not_exist_is_refused_by_a_deployed_stack(
    apply: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply("--stack", "prod", secret="prod/bank/none") == 1
    assert "cabinet bank secret prod/bank/none FILE.json --stack prod" in capsys.readouterr().err
    assert dynamo.get(Table.ACCOUNTS, supplier_key("center")) is None
    assert apply("--stack", "prod") == 0
    assert "начинаются с «prod/bank/»" in capsys.readouterr().err
