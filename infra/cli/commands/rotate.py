"""`cabinet rotate`: keys, the origin token, what banks, Госуслуги and billing know us by."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.input_files import read_text

if TYPE_CHECKING:
    import argparse

    from cabinet.accounts.supplier_model import Merchant
    from cabinet.api_secrets import ApiSecrets
    from cabinet.identity.esia.settings import EsiaSettings
    from cabinet.payments.providers.credentials import Credentials
    from infra.cli.rotation.key_rotation import KeyRotationPolicy
    from infra.cli.rotation.secret_place import EditableSecret
    from infra.cli.subparsers import Subparsers

_MAX_SKEW = timedelta(seconds=20)
_IN_A_FILE = "the secret is this file (SECRETS_SOURCE=directory)"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("rotate", help="rotate a secret without a failed request")
    actions = parser.add_subparsers(title="secrets", required=True, metavar="SECRET")
    signing = actions.add_parser("signing-key", help="what signs sessions, captchas, candidates, links")
    signing.add_argument("--revoke-old", action="store_true", help="it has leaked: end all that it signed")
    signing.set_defaults(run=run_signing_key)
    pushes = actions.add_parser("push-key", help="what web pushes are signed with")
    pushes.add_argument("--revoke-old", action="store_true", help="it has leaked: end all subscriptions")
    pushes.set_defaults(run=run_push_key)
    origin = actions.add_parser("origin-token", help="what CloudFront proves itself by to the API")
    origin.set_defaults(run=run_origin_token)
    bank = actions.add_parser("bank", help="a contract's credentials; tried before they are put in")
    bank.add_argument("file", metavar="FILE.json", nargs="?", type=Path, help="default: what lies beside")
    bank.add_argument("--supplier", required=True, metavar="ID")
    bank.add_argument("--contract", metavar="NAME", help="which one, where the supplier has several")
    bank.add_argument("--before-switch", action="store_true", help="the bank takes them later")
    bank.add_argument(
        "--at-once", action="store_true", help="leaked: callbacks by the old ones count no more"
    )
    bank.set_defaults(run=run_bank)
    webhook = actions.add_parser("webhook", help="what signs a supplier's events; makes the first key too")
    webhook.add_argument("--supplier", required=True, metavar="ID")
    webhook.add_argument("--at-once", action="store_true", help="leaked: the old key signs no more")
    webhook.set_defaults(run=run_webhook)
    esia = actions.add_parser("esia", help="what signs requests to Госуслуги, and whose answers are believed")
    esia.add_argument("file", metavar="FILE.json", type=Path, help="the fields that change (docs/esia.md)")
    esia.set_defaults(run=run_esia)
    for action in (signing, pushes):
        action.add_argument("--file", metavar="FILE", type=Path, help=_IN_A_FILE)
    for action in (signing, pushes, origin, bank, webhook, esia):
        action.add_argument("--plan", action="store_true", help="only say what would be done")
    for action in (bank, webhook, esia):
        action.add_argument("--secret-file", metavar="FILE", type=Path, help=_IN_A_FILE)
    for action in (signing, pushes, origin, bank, webhook, esia):
        environment.add_options(action)


def run_signing_key(arguments: argparse.Namespace) -> int:
    """Add a signing key, or leave a new one alone."""
    from infra.cli.rotation.key_rotation import SIGNING_KEY_POLICY

    return _change_keys(arguments, "SIGNING_KEY_SECRET", SIGNING_KEY_POLICY)


def run_push_key(arguments: argparse.Namespace) -> int:
    """Add a push key, or leave a new one alone."""
    from infra.cli.rotation.key_rotation import PUSH_KEY_POLICY

    return _change_keys(arguments, "PUSH_KEY_SECRET", PUSH_KEY_POLICY)


def _change_keys(arguments: argparse.Namespace, variable: str, keys: KeyRotationPolicy) -> int:
    if arguments.file is None:
        environment.select_environment(arguments)
    from cabinet.core import clock
    from infra.cli.command_audit import audit_rotation
    from infra.cli.rotation.secret_place import opened

    with opened(os.environ.get(variable, ""), arguments.file, secrets_client) as secret:
        current = _current_keys(secret)
        change_of = keys.revoke if arguments.revoke_old else keys.rotate
        change = change_of(current, clock.now())
        if change.secrets is not None and not arguments.plan:
            if arguments.file is not None:  # the machine that serves says where the audit log is
                os.environ.update(environment.installed(arguments))
            after = {"keys": [key.id for key in change.secrets.keys]}
            audit_rotation(secret.name, after=after, has_leaked=arguments.revoke_old)
            secret.replace(change.secrets.dump())
    say(change.sentences, arguments)
    return 0


def _current_keys(secret: EditableSecret) -> ApiSecrets:
    from cabinet.api_secrets import ApiSecrets

    try:
        return ApiSecrets.parse(secret.text)
    except ValueError as error:
        raise CommandError(f"the secret {secret.name} is no set of keys: {error}") from None


def run_origin_token(arguments: argparse.Namespace) -> int:
    """Go over to a new origin token; also after a leak, since requests by CloudFront must not fail."""
    environment.select_environment(arguments)
    import boto3

    from infra.cli.bank_contract import LOCAL_STACK
    from infra.cli.command_audit import audit_rotation
    from infra.cli.rotation.origin_token import Clients, Rotation

    clients = Clients(secrets_client(), boto3.client("cloudformation"), boto3.client("cloudfront"))
    secret = os.environ["SIGNING_KEY_SECRET"]
    audit = partial(audit_rotation, f"{arguments.stack or LOCAL_STACK}/origin-token")
    rotation = Rotation(clients, arguments.stack or LOCAL_STACK, secret, _sleep, _print, audit)
    rotation.plan() if arguments.plan else rotation.run()
    return 0


def run_bank(arguments: argparse.Namespace) -> int:
    """Replace a contract's credentials, or store the ones that the bank will accept later."""
    os.environ.update(environment.installed(arguments))
    import boto3

    from infra.cli.rotation.secret_place import opened

    merchant = _merchant(arguments.supplier, arguments.contract)
    with opened(merchant.secret, arguments.secret_file, lambda: boto3.client("secretsmanager")) as secret:
        say(_bank_change(arguments, merchant, secret), arguments)
    return 0


def _bank_change(arguments: argparse.Namespace, merchant: Merchant, secret: EditableSecret) -> list[str]:
    from cabinet.core import clock
    from cabinet.payments import contract_checks
    from infra.cli import bank_contract
    from infra.cli.command_audit import audit_rotation
    from infra.cli.rotation import bank

    current = bank_contract.read_typed_credentials(secret.name, secret.text)
    new = current.upcoming or current
    if arguments.file:
        new = bank_contract.read_typed_credentials(str(arguments.file), read_text(arguments.file))
    for issue in contract_checks.credential_issues(merchant, new):
        raise CommandError(issue)
    if arguments.before_switch:
        changed = bank.with_upcoming(current, new)
        sentences = [
            "новые данные лежат рядом с прежними: чего банк не примет по прежним, спросим по новым",
            "дальше: смените данные в банке и сразу повторите команду без FILE и --before-switch",
        ]
    else:
        sentences = [_tried(merchant, new)]
        changed = bank.replace_credentials(current, new, clock.now())
        if arguments.at_once:
            changed = bank.without_rotation(new)
        sentences += [
            "функции прочитают новые данные не позже чем через пять минут, при отказе банка сразу",
            f"уведомления по прежнему ключу принимаются до {changed.former[-1].until:%d.%m.%Y %H:%M} UTC"
            if changed.former
            else "уведомления по прежнему ключу отвергаются",
        ]
    if changed == current:
        sentences = ["эти данные уже действуют: менять нечего"]
    elif not arguments.plan:
        after = {"contract": merchant.contract, "taken_by_bank": not arguments.before_switch}
        audit_rotation(secret.name, [arguments.supplier], after=after, has_leaked=arguments.at_once)
        secret.replace(bank.dump(changed))
    return sentences


def run_webhook(arguments: argparse.Namespace) -> int:
    """Put a new signing key in, and print it for the supplier's programmers."""
    os.environ.update(environment.installed(arguments))
    from cabinet.accounts.store import suppliers
    from infra.cli.command_audit import audit_rotation
    from infra.cli.rotation import secret_versions
    from infra.cli.rotation.secret_place import opened

    supplier = suppliers([arguments.supplier]).get(arguments.supplier)
    if supplier is None or supplier.webhook is None:
        raise CommandError(f"у поставщика {arguments.supplier} нет webhook в настройках")
    name, client = supplier.webhook.secret, secrets_client()
    if arguments.secret_file is None and secret_versions.read_if_there(client, name) is None:
        sentences, text = _webhook_change(arguments, name, "")
        if not arguments.plan:
            audit_rotation(name, [arguments.supplier], after={"is_first": True})
            client.create_secret(Name=name, SecretString=text)
        say(sentences, arguments)
        return 0
    with opened(name, arguments.secret_file, lambda: client) as secret:
        sentences, text = _webhook_change(arguments, secret.name, secret.text)
        if not arguments.plan:
            audit_rotation(secret.name, [arguments.supplier], has_leaked=arguments.at_once)
            secret.replace(text)
    say(sentences, arguments)
    return 0


def _webhook_change(arguments: argparse.Namespace, name: str, text: str) -> tuple[list[str], str]:
    """Return what to say and the secret's new text."""
    from cabinet.core import clock
    from cabinet.webhooks.signing_keys import SigningKeys
    from infra.cli.rotation import webhook

    try:
        current = SigningKeys.parse(text) if text else None
    except ValueError:
        raise CommandError(f"the secret {name} holds no signing keys") from None
    try:
        changed = webhook.rotated(None if arguments.at_once else current, clock.now())
    except ValueError as until:
        raise CommandError(
            f"прежний ключ ещё подписывает вместе с нынешним, до {until}: смените ключ после этого времени "
            "или, если он утёк, с --at-once"
        ) from None
    sentences = ["функции прочитают новый ключ не позже чем через пять минут"]
    if not arguments.plan:
        sentences.insert(0, f"новый ключ, передайте его программистам биллинга: {changed.key}")
    if changed.former_until is not None:
        sentences.append(f"до {changed.former_until:%d.%m.%Y %H:%M} UTC подписывают оба ключа")
    elif current is not None:
        sentences.append("прежний ключ больше не подписывает")
    return sentences, changed.dump()


def run_esia(arguments: argparse.Namespace) -> int:
    """Put new fields into the secret of Госуслуги, once ESIA takes what they sign."""
    os.environ.update(environment.installed(arguments))
    from cabinet.identity.esia.settings import EsiaSettings
    from infra.cli.rotation.secret_place import opened

    settings = EsiaSettings.load()
    if not settings.esia_client_id:
        raise CommandError("signing in by Госуслуги is off: set EsiaClientId first (docs/esia.md)")
    with opened(settings.esia_secrets, arguments.secret_file, secrets_client) as secret:
        say(_esia_change(arguments, settings, secret), arguments)
    return 0


def _esia_change(arguments: argparse.Namespace, settings: EsiaSettings, secret: EditableSecret) -> list[str]:
    from cabinet.identity.esia.settings import EsiaSecret
    from infra.cli.command_audit import audit_rotation
    from infra.cli.rotation import esia

    current = EsiaSecret.model_validate(_json_object(secret.text, f"the secret {secret.name}"))
    given = _json_object(read_text(arguments.file), str(arguments.file))
    changed = esia.changed(current, given, str(arguments.file))
    if changed == current:
        return ["this is in force already: nothing to change"]
    answer = esia.ask(settings, changed, f"{os.environ['SITE_ORIGIN']}/api/auth/esia/callback")
    if not arguments.plan:
        audit_rotation(secret.name, after={"fields": sorted(given)})
        secret.replace(json.dumps(changed.model_dump(exclude_defaults=True), ensure_ascii=False))
    return [
        answer,
        f"{', '.join(sorted(given))}: every function works by it within five minutes",
        "next: sign in by Госуслуги; after those five minutes take the old certificate away at ESIA",
    ]


def _json_object(text: str, source: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CommandError(f"{source}: not a JSON object")
    return found


def _merchant(supplier_id: str, contract: str | None) -> Merchant:
    from infra.cli.supplier_option import find_supplier

    supplier = find_supplier(supplier_id)
    if not supplier.all_merchants:
        raise CommandError(f"у поставщика {supplier_id} нет договора с банком (merchant)")
    by_name = {merchant.contract: merchant for merchant in supplier.all_merchants}
    if contract is None and len(by_name) > 1:
        raise CommandError(f"договоров несколько: назовите один, --contract {' | '.join(by_name)}")
    wanted = by_name.get(contract or supplier.all_merchants[0].contract)
    if wanted is None:
        raise CommandError(f"договора {contract} у поставщика нет; есть: {', '.join(by_name)}")
    return wanted


def _tried(merchant: Merchant, new: Credentials) -> str:
    """Return what the bank says to the new credentials; raises CommandError when it refuses them."""
    from cabinet.payments import contract_checks
    from cabinet.payments.providers.base import NoUsableAnswer, ProviderDeclined

    try:
        return contract_checks.ask_bank(merchant, new)
    except (ProviderDeclined, NoUsableAnswer) as error:
        raise CommandError(f"ничего не записано: {contract_checks.describe(error)}") from None


def _sleep(span: timedelta) -> None:
    time.sleep(span.total_seconds())


def _print(sentence: str) -> None:
    print(sentence, flush=True)


def say(sentences: list[str], arguments: argparse.Namespace) -> None:
    """Print what was done, or would be."""
    if arguments.plan:
        print("only a plan, nothing is written:")
    for sentence in sentences:
        print(sentence)


def secrets_client() -> Any:  # noqa: ANN401 - boto3's client
    """Return a client of Secrets Manager; raises CommandError where this machine's clock is not AWS's.

    A key's age is read from its id, so that a wrong clock would let it sign before all processes know it.
    """
    import boto3

    client = boto3.client("secretsmanager")
    client.meta.events.register("after-call.secrets-manager", _check_clock)
    return client


def _check_clock(http_response: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
    from cabinet.core import clock

    answered_at = http_response.headers.get("date")
    if answered_at and abs(clock.now() - parsedate_to_datetime(answered_at)) > _MAX_SKEW:
        raise CommandError(
            f"this machine's clock says {clock.now():%H:%M:%S} UTC, AWS's {answered_at}: set it first"
        )
