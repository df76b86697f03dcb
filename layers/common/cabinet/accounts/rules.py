"""Decisions about accounts: whether an address fits, which becomes primary, the state of paperless. Pure."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.core.text import clean_account_number, normalise_house, number_key

MAX_BINDINGS = 20
"""Accounts in one cabinet: every list of them is read whole."""

SHOWN_AFTER_CLOSING = timedelta(days=365)
"""How long a closed account can still be read."""

type PaperlessState = Literal["on", "off", "unavailable"]


def normalise_account_number(typed: str) -> str:
    """Return the key that an account is found by, however its number is typed or pasted."""
    return number_key(clean_account_number(typed))


def address_matches(account: Account, house: str, flat: str) -> bool:
    """Tell whether the typed house and flat are the account's; both are compared in any case, in one time.

    A flat is required exactly where the account has one («обязательно в многоквартирных домах»).
    """
    house_fits = hmac.compare_digest(
        normalise_house(house).encode(), normalise_house(account.address.house).encode()
    )
    flat_fits = hmac.compare_digest(
        normalise_house(flat).encode(), normalise_house(account.address.flat).encode()
    )
    return house_fits and flat_fits


def is_closed(account: Account, today: date) -> bool:
    """Tell whether the account is closed: it is read-only from then on."""
    return account.closed_on is not None and account.closed_on <= today


def is_hidden(account: Account, today: date) -> bool:
    """Tell whether the account was closed so long ago that nobody sees it any more."""
    return account.closed_on is not None and account.closed_on + SHOWN_AFTER_CLOSING <= today


def next_primary(primary: str | None, unbound: str, bound: Sequence[str]) -> str | None:
    """Return the primary account after `unbound` has left `bound` (in the order of binding)."""
    left = [account_id for account_id in bound if account_id != unbound]
    if primary in left:
        return primary
    return left[0] if left else None


def paperless_state(supplier: Supplier, binding: dict[str, Any]) -> PaperlessState:
    """Return what the column «Отказаться от бумажного носителя» shows for a binding."""
    if not supplier.offers("paperless"):
        return "unavailable"
    paperless = binding.get("paperless") or {}
    return "on" if paperless.get("enabled") else "off"


def is_subscribed(binding: Mapping[str, Any] | None, mailing: str) -> bool:
    """Tell whether a subscriber wants `mailing` about the account of `binding` (None: no longer bound).

    A mailing needs a consent of its own (152-ФЗ, ст. 15): what was never chosen is not sent.
    """
    return binding is not None and bool((binding.get("mailings") or {}).get(mailing, False))


def is_paperless(binding: Mapping[str, Any] | None) -> bool:
    """Tell whether the subscriber has opted out of paper receipts for the account of `binding`."""
    return bool(((binding or {}).get("paperless") or {}).get("enabled"))


def sorted_by_bound_at(bindings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return bindings in the order in which they were made."""
    return sorted(bindings, key=lambda binding: (binding["bound_at"], binding["account_id"]))
