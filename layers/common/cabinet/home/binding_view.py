"""A binding as the API shows it: in the list of accounts and on the first screen."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field

from cabinet.accounts.branding import palettes
from cabinet.accounts.holders import history_end_for, needs_surname
from cabinet.accounts.logo import size_from_name
from cabinet.accounts.model import Account
from cabinet.accounts.new_holder_rules import history_start_for
from cabinet.accounts.rules import PaperlessState, is_hidden, paperless_state
from cabinet.accounts.supplier_model import Branding, Feature, Supplier
from cabinet.aws.dynamo import Item
from cabinet.core.model import DeferredModel


class BindingMailings(DeferredModel):
    """«Рассылка уведомлений»: what the subscriber has agreed to receive about the account."""

    receipts: bool = False
    reminders: bool = False
    notices: bool = False


class BindingPhone(DeferredModel):
    """A telephone of the supplier."""

    title: str
    number: str
    hours: str


class BindingPalette(DeferredModel):
    """Colours of one theme, `#rrggbb`."""

    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str


class BindingLogo(DeferredModel):
    """A picture for the site's head, and its size in pixels."""

    url: str
    width: int
    height: int

    @classmethod
    def of(cls, supplier_id: str, name: str) -> Self | None:
        """Return it as the API shows it."""
        size = size_from_name(name)
        if size is None:
            return None
        width, height = size
        return cls(url=f"/api/suppliers/{supplier_id}/logo/{name}", width=width, height=height)


class BindingBranding(DeferredModel):
    """How the site looks while the account is chosen; without colours in the site's own."""

    name: str
    logo: BindingLogo | None
    phones: list[BindingPhone]
    light: BindingPalette | None
    dark: BindingPalette | None

    @classmethod
    def of(cls, supplier_id: str, branding: Branding) -> Self | None:
        """Return it as the API shows it."""
        if branding == Branding():
            return None
        light, dark = palettes(branding.accent) if branding.accent else (None, None)
        return cls.model_validate(
            {
                "name": branding.name,
                "logo": BindingLogo.of(supplier_id, branding.logo),
                "phones": branding.phones,
                "light": light,
                "dark": dark,
            },
            from_attributes=True,
        )


def _is_none(value: object) -> bool:
    return value is None


class Binding(DeferredModel):
    """One line of «Выбор лицевого счета».

    With `needs_surname` the account has another holder by now, and all else of it is refused until that
    holder's surname is given; charges and payments before `history_until` may still be read then, if it
    is given. With `history_from` there was another holder before, of whose time nothing is shown. `closed_on`
    is when the account was closed: it can be read for a year more.
    """

    account_id: str
    number: str
    address: str
    supplier_name: str
    primary: bool
    paperless: PaperlessState
    features: list[Feature]
    mailings: BindingMailings
    needs_surname: bool = False
    history_until: date | None = None
    history_from: date | None = None
    closed_on: date | None = None
    branding: Annotated[BindingBranding | None, Field(exclude_if=_is_none)] = None
    """Left out where the supplier has none."""

    @classmethod
    def of(cls, account: Account, supplier: Supplier, binding: Item, *, primary: bool) -> Self:
        """Return a binding as the list shows it; of another holder's account no more than where it is."""
        is_anothers = needs_surname(binding, account)
        end = history_end_for(binding, account, supplier)
        start = None if is_anothers else history_start_for(binding, account, supplier)
        return cls(
            account_id=account.account_id,
            number=account.number,
            address=account.address.line,
            supplier_name=supplier.name,
            primary=primary,
            paperless="unavailable" if is_anothers else paperless_state(supplier, binding),
            features=supplier.features,
            mailings=BindingMailings.model_validate(binding.get("mailings") or {}),
            needs_surname=is_anothers,
            history_until=end.ended_on if end else None,
            history_from=start.day if start else None,
            closed_on=None if is_anothers else account.closed_on,
            branding=BindingBranding.of(supplier.supplier_id, supplier.branding),
        )


class Bindings(DeferredModel):
    """All accounts of the subscriber, in the order of binding."""

    items: list[Binding]


def binding_views(
    bindings: Iterable[Item],
    accounts: Mapping[str, Account],
    suppliers: Mapping[str, Supplier],
    primary: str | None,
    today: date,
) -> list[Binding]:
    """Return bindings in their order, without accounts that were closed more than a year ago."""
    return [
        Binding.of(account, suppliers[account.supplier_id], binding, primary=account.account_id == primary)
        for binding in bindings
        if (account := accounts.get(binding["account_id"]))
        and account.supplier_id in suppliers
        and not is_hidden(account, today)
    ]
