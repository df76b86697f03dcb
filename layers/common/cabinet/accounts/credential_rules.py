"""Which changes of settings decide where a secret goes: only a person of every supplier makes them. Pure.

Secrets and contracts are named by text, and the names are shared by all suppliers of a stack. Whoever could
name another's secret beside an address of their own would be sent that secret.
"""

from cabinet.accounts.supplier_model import Merchant, Supplier
from cabinet.core.errors import FieldError

SECRET_DESTINATION_FIELDS = ("contract", "dialect", "base_url", "secret", "fiscal_url")
"""A contract's settings that decide which secret is sent where; a test goes through them all."""
CODE = "every_supplier_only"
_MESSAGE = (
    "Это меняет лишь сотрудник, которому открыты все организации, или команда supplier apply: "
    "так пароль банка не уйдёт по чужому адресу."
)


def find_restricted_changes(before: Supplier, after: Supplier) -> list[FieldError]:
    """Return the changes that need a person of every supplier, a setting each.

    A contract may go, or change places with another, and its methods and terms may change.
    """
    current = {merchant.contract: _secret_destination(merchant) for merchant in before.all_merchants}
    found = []
    for place, merchant in after.merchants_by_path().items():
        destination = _secret_destination(merchant)
        known = current.get(merchant.contract)
        changed = [name for name, value in destination.items() if known is not None and known[name] != value]
        found += [f"{place}.{name}" for name in (changed if known is not None else ["contract"])]
    if after.webhook is not None and (
        before.webhook is None or before.webhook.secret != after.webhook.secret
    ):
        found.append("webhook.secret")
    return [FieldError(field, CODE, _MESSAGE) for field in found]


def _secret_destination(merchant: Merchant) -> dict[str, str]:
    return {name: getattr(merchant, name) for name in SECRET_DESTINATION_FIELDS}
