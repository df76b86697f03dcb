"""`cabinet bank`: a supplier's contract with a bank, tried before residents try it; the secret it needs."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.cli import bank_contract, environment
from infra.cli.errors import CommandError
from infra.cli.input_files import read_text
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("bank", help="suppliers' contracts with their banks")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="try a supplier's contract: its secret, the bank itself")
    check.add_argument("--supplier", required=True, metavar="ID")
    secret = actions.add_parser("secret", help="make or replace the secret with a contract's credentials")
    secret.add_argument("name", metavar="NAME", help="as `merchant.secret` names it: STACK/bank/…")
    secret.add_argument("file", metavar="FILE.json", help="user, password, callback_key …; - reads the input")
    environment.run_on_stack(check, run_check)
    environment.run_on_stack(secret, run_secret)


def run_check(arguments: argparse.Namespace) -> int:
    """Print what works and what does not; 1 when something does not."""
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_action
    from infra.cli.supplier_option import find_supplier

    supplier = find_supplier(arguments.supplier)
    audit_action(Action.BANK_CHECKED, f"supplier:{supplier.supplier_id}", [supplier.supplier_id])
    is_sound = True
    for is_right, sentence in bank_contract.check_contracts(supplier, arguments.stack):
        print(f"{'ok ' if is_right else 'нет'}   {sentence}")
        is_sound = is_sound and is_right
    return 0 if is_sound else 1


def run_secret(arguments: argparse.Namespace) -> int:
    """Write the secret; what does not serve as credentials is refused."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from cabinet.accounts.store import all_suppliers
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_action
    from infra.simulators.bank.credentials import store_secret

    if not bank_contract.secret_name_is_readable(arguments.name, arguments.stack):
        stack = arguments.stack or bank_contract.LOCAL_STACK
        raise CommandError(f"«{arguments.name}»: имя секрета должно начинаться с «{stack}/bank/»")
    text = read_text(Path(arguments.file), is_input=arguments.file == "-")
    bank_contract.read_typed_credentials(arguments.name, text)
    named_by = [
        supplier.supplier_id
        for supplier in all_suppliers()
        if arguments.name in {merchant.secret for merchant in supplier.all_merchants}
    ]
    audit_action(Action.BANK_LOGIN_STORED, f"secret:{arguments.name}", named_by)
    try:
        store_secret(boto3.client("secretsmanager"), arguments.name, text)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"секрет {arguments.name} не записан: {error}") from None
    print(f"записан: {arguments.name}; функции прочитают его не позже чем через пять минут")
    return 0
