"""What keeps a contract with a bank from working, found before the first resident pays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

    from cabinet.accounts.supplier_model import Merchant, Supplier
    from cabinet.payments.providers.credentials import Credentials

LOCAL_STACK = "cabinet"


class SecretUnreadable(Exception):
    """The secret can certainly not serve: the sentence says why."""


class SecretUnknown(Exception):
    """Whether the secret can serve cannot be found out from here."""


def secret_name_is_readable(name: str, stack: str | None) -> bool:
    """Whether the functions of a stack may read a secret of that name: template.yaml, BankSecretsReading."""
    return name.startswith(f"{stack or LOCAL_STACK}/bank/")


def read_credentials(merchant: Merchant, stack: str | None) -> Credentials:
    """Return the contract's current credentials; raises SecretUnreadable, SecretUnknown."""
    return parse_credentials(merchant.secret, _secret_text(merchant.secret, stack))


def parse_credentials(name: str, text: str) -> Credentials:
    """Return the credentials that a secret's text holds; raises SecretUnreadable."""
    from pydantic import ValidationError

    from cabinet.payments.providers.credentials import Credentials

    try:
        return Credentials.model_validate_json(text)
    except ValidationError as error:
        raise SecretUnreadable(f"секрет «{name}» не годится: {_find_issues(error)}") from None


def read_typed_credentials(name: str, text: str) -> Credentials:
    """Return the credentials that somebody has typed; raises CommandError, also for a field of no meaning."""
    from cabinet.accounts.unknown_settings import find_unknown_fields
    from cabinet.payments.providers.credentials import Credentials

    try:
        found = parse_credentials(name, text)
    except SecretUnreadable as error:
        raise CommandError(str(error)) from None
    for wrong in find_unknown_fields(json.loads(text), Credentials):
        raise CommandError(f"{wrong.field}: {wrong.message}")
    return found


def _secret_text(name: str, stack: str | None) -> str:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("ResourceNotFoundException", "ValidationException", "InvalidRequestException"):
            where = f" --stack {stack}" if stack else ""
            raise SecretUnreadable(
                f"секрета «{name}» нет: без него оплата отвечает «банк не отвечает» (502). Создать: "
                f"./cabinet bank secret {name} FILE.json{where}"
            ) from None
        raise SecretUnknown(f"секрет «{name}» прочитать не удалось ({code})") from None
    except BotoCoreError as error:
        raise SecretUnknown(f"секрет «{name}» прочитать не удалось ({type(error).__name__})") from None
    return str(found.get("SecretString") or "")


def _find_issues(error: ValidationError) -> str:
    """Return what is wrong by field: never the value, which is secret."""
    payload = []
    for issue in error.errors(include_input=False, include_url=False):
        where = ".".join(map(str, issue["loc"]))
        missing = issue["type"] == "missing"
        payload.append(f"{where}: {'нет' if missing else 'неверно'}" if where else "это не JSON")
    return ", ".join(payload)


def name_issues(supplier: Supplier, merchant: Merchant, stack: str | None) -> Iterator[str]:
    """Yield what is wrong with the contract as the supplier's file names it."""
    from cabinet.accounts.store import all_suppliers

    if not secret_name_is_readable(merchant.secret, stack):
        where = f"{stack or LOCAL_STACK}/bank/"
        yield f"секрет «{merchant.secret}»: функции читают лишь секреты, чьи имена начинаются с «{where}»"
    if stack and urlsplit(merchant.base_url).scheme != "https":
        yield f"base_url «{merchant.base_url}»: нужен https, иначе пароль идёт открыто"
    for other in all_suppliers():
        same = any(
            theirs.contract == merchant.contract and theirs != merchant for theirs in other.all_merchants
        )
        if same and other.supplier_id != supplier.supplier_id:
            yield (
                f"договор «{merchant.contract}» у поставщика {other.supplier_id} записан иначе: "
                "сверка с реестром банка смешает их деньги"
            )


def doubts(supplier: Supplier, merchant: Merchant, stack: str | None) -> list[str]:
    """Return what keeps a supplier's contract from working; raises SecretUnreadable."""
    from cabinet.payments.contract_checks import credential_issues

    found = list(name_issues(supplier, merchant, stack))
    try:
        credentials = read_credentials(merchant, stack)
    except SecretUnknown as error:
        return [*found, str(error)]
    return [*found, *credential_issues(merchant, credentials)]


def check_contracts(supplier: Supplier, stack: str | None) -> Iterator[tuple[bool, str]]:
    """Try a supplier's contracts: yield whether each thing is right, and a sentence about it."""
    if not supplier.all_merchants:
        yield False, f"у поставщика {supplier.supplier_id} нет договора с банком (merchant)"
    for merchant in supplier.all_merchants:
        yield from _check_contract(supplier, merchant, stack)


def _check_contract(supplier: Supplier, merchant: Merchant, stack: str | None) -> Iterator[tuple[bool, str]]:
    from cabinet.payments import contract_checks
    from cabinet.payments.providers.base import NoUsableAnswer, ProviderDeclined

    methods = ", ".join(merchant.methods) or "только прежние заказы"
    yield True, f"договор {merchant.contract} ({methods}), {merchant.dialect}, {merchant.base_url}"
    for issue in name_issues(supplier, merchant, stack):
        yield False, issue
    try:
        credentials = read_credentials(merchant, stack)
    except (SecretUnreadable, SecretUnknown) as error:
        yield False, str(error)
        return
    yield True, f"секрет {merchant.secret} читается"
    for issue in contract_checks.credential_issues(merchant, credentials):
        yield False, issue
    try:
        yield True, contract_checks.ask_bank(merchant, credentials)
    except (NoUsableAnswer, ProviderDeclined) as error:
        yield False, contract_checks.describe(error)
