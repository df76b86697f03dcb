"""`cabinet supplier apply FILE.yaml`: a supplier's profile, requisites, services and reading window."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli import bank_contract, environment
from infra.cli.command_audit import command_author
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cabinet.accounts.logo import Logo
    from cabinet.accounts.supplier_model import Supplier
    from cabinet.core.errors import FieldError


_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("supplier", help="suppliers («расчётные организации»)")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    apply = actions.add_parser("apply", help="create or replace a supplier from a YAML file")
    apply.add_argument("file", type=Path, metavar="FILE.yaml")
    environment.run_on_stack(apply, run)


def run(arguments: argparse.Namespace) -> int:
    """Check the file and apply it; what is wrong with it goes to the standard error, line by line."""
    from pydantic import ValidationError

    from cabinet.accounts import setting_errors, suppliers
    from cabinet.accounts.texts_and_logo import SupplierSettings, TextsAndLogo
    from cabinet.accounts.unknown_settings import find_unknown_fields
    from cabinet.core.errors import Conflict, InvalidFields

    try:
        content = read(arguments.file)
        wrong_names = list(find_unknown_fields(content, SupplierSettings))
        if wrong_names:
            raise InvalidFields(*wrong_names)
        settings = SupplierSettings.model_validate(content)
        supplier = settings.profile
        texts_and_logo = TextsAndLogo(settings.texts, _logo(supplier, arguments.file.parent))
        doubts = [] if suppliers.validate(supplier) else _contract_doubts(supplier, arguments.stack)
        changed = suppliers.apply(supplier, texts_and_logo, author=command_author())
    except ValidationError as error:
        raise _refusal(arguments.file, setting_errors.describe(error)) from None
    except InvalidFields as refused:
        raise _refusal(arguments.file, refused.errors) from None
    except Conflict:
        raise CommandError("Этого поставщика только что изменил кто-то другой: повторите.") from None
    for warning in [*suppliers.warnings(supplier), *doubts]:
        print(warning, file=sys.stderr)
    print(f"{'applied' if changed else 'unchanged'}: {supplier.supplier_id} ({supplier.name})")
    return 0


def _logo(supplier: Supplier, folder: Path) -> Logo | None:
    """Return the checked logo that the settings name, a file beside them; raises InvalidFields."""
    from cabinet.accounts import logo_rules
    from cabinet.core.errors import FieldError, InvalidFields

    name = supplier.branding.logo
    if not name:
        return None
    try:
        return logo_rules.check((folder / name).read_bytes())
    except OSError as error:
        message = f"Файла {name} рядом с настройками нет или его не прочитать: {error.strerror}."
        raise InvalidFields(FieldError("branding.logo", "logo", message)) from None
    except logo_rules.InvalidLogo as unfit:
        raise InvalidFields(unfit.issue) from None


def _refusal(path: Path, errors: Sequence[FieldError]) -> CommandError:
    """Print what is wrong, setting by setting; return how the command ends."""
    for wrong in errors:
        print(f"{wrong.field}: {wrong.message}", file=sys.stderr)
    return CommandError(f"{path}: настройки не применены, замечаний: {len(errors)}")


def _contract_doubts(supplier: Supplier, stack: str | None) -> list[str]:
    """Return what keeps the supplier's contracts from working; a deployed stack wants their secrets."""
    found = []
    for place, merchant in supplier.merchants_by_path().items():
        try:
            found += [f"{place}: {doubt}" for doubt in bank_contract.doubts(supplier, merchant, stack)]
        except bank_contract.SecretUnreadable as error:
            if stack:
                raise CommandError(f"{place}.secret: {error}") from None
            found.append(f"{place}.secret: {error}")
    return found


def read(path: Path) -> dict[str, Any]:
    """Return the file's content with ``${VARIABLES}`` filled from the environment.

    Raises
    ------
    CommandError
        No such file, not a mapping, or a variable that is not set.
    """
    import yaml

    try:
        text = path.read_text("utf-8")
        content = yaml.safe_load(_VARIABLE.sub(_from_environment, text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{path} не прочитать: {error}") from error
    if not isinstance(content, dict):
        raise CommandError(f"{path}: нужны строки «настройка: значение», как в docs/centre/supplier.yaml")
    return content


def _from_environment(matched: re.Match[str]) -> str:
    value = os.environ.get(matched[1])
    if value is None:
        raise CommandError(f"в файле стоит ${{{matched[1]}}}, а такой переменной окружения нет")
    return value
