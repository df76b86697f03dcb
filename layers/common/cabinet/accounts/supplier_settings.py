"""A supplier's settings as a person of the staff reads and changes them: by the validation of the file."""

from typing import Any

from pydantic import ValidationError

from cabinet.accounts import setting_errors, suppliers
from cabinet.accounts.credential_rules import find_restricted_changes
from cabinet.accounts.keys import supplier_key
from cabinet.accounts.supplier_model import Supplier
from cabinet.accounts.unknown_settings import find_unknown_fields
from cabinet.audit.model import Author
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.errors import Conflict, FieldError, InvalidFields

type Content = dict[str, Any]


def read(supplier_id: str) -> tuple[int, Content]:
    """Return the current revision and its settings; raises NotFound."""
    row = dynamo.require(Table.ACCOUNTS, supplier_key(supplier_id), consistent=True)
    return int(row.get("revision") or 0), Supplier.model_validate(row).model_dump(mode="json")


def change(
    author: Author, supplier_id: str, revision: int, content: Content, *, may_name_secrets: bool
) -> list[str]:
    """Set a supplier's settings whole, if they are still those of `revision`; return doubts about them.

    Without `may_name_secrets` a contract with a bank stays as it is: where its password goes, and
    which one it is, is set by a person of every supplier (docs/adr/0076).

    Raises
    ------
    InvalidFields
        What is wrong, a setting each, in the file's own words.
    Conflict
        Somebody has changed them meanwhile.
    NotFound
    """
    seen, current = read(supplier_id)
    if seen != revision:
        raise Conflict
    supplier = _validated(content)
    if supplier.supplier_id != supplier_id:
        raise InvalidFields(FieldError("supplier_id", "supplier_id", "Код организации не меняется."))
    if supplier.branding.logo != current["branding"].get("logo", ""):
        message = "Логотип меняет команда supplier apply: ей нужен сам файл."
        raise InvalidFields(FieldError("branding.logo", "logo", message))
    restricted = find_restricted_changes(Supplier.model_validate(current), supplier)
    if restricted and not may_name_secrets:
        raise InvalidFields(*restricted)
    suppliers.apply(supplier, author=author, seen_revision=revision)
    return suppliers.warnings(supplier)


def _validated(content: Content) -> Supplier:
    wrong = [*find_unknown_fields(content, Supplier), *setting_errors.find_extremes(content)]
    if wrong:
        raise InvalidFields(*wrong)
    try:
        supplier = Supplier.model_validate(content)
    except ValidationError as error:
        raise InvalidFields(*setting_errors.describe(error)) from None
    if wrong := suppliers.validate(supplier):
        raise InvalidFields(*wrong)
    return supplier
