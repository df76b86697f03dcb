"""Rarely read settings of a supplier, in rows beside its profile: long texts and the logo.

Written together with the profile by `suppliers.apply`; read by the routes that show one of them.
"""

import base64
from dataclasses import dataclass

from cabinet.accounts.keys import logo_key, texts_key
from cabinet.accounts.logo import Logo
from cabinet.accounts.supplier_model import Supplier, SupplierTexts
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table, key_attributes


class SupplierSettings(Supplier):
    """All that the file of a supplier's settings may hold."""

    texts: SupplierTexts = SupplierTexts.model_construct()

    @property
    def profile(self) -> Supplier:
        """Return what every request reads."""
        return Supplier.model_validate(self.model_dump(exclude={"texts"}))


@dataclass(frozen=True, slots=True)
class TextsAndLogo:
    """What is written beside a profile, whole: what it lacks is no more."""

    texts: SupplierTexts
    logo: Logo | None

    def rows(self, supplier_id: str) -> list[Item]:
        """Return the rows as they are stored."""
        rows = []
        if self.texts != SupplierTexts():
            rows.append(key_attributes(texts_key(supplier_id)) | self.texts.model_dump())
        if self.logo is not None:
            content = base64.b64encode(self.logo.content).decode()
            rows.append({**key_attributes(logo_key(supplier_id)), "name": self.logo.name, "content": content})
        return rows


def load_texts(supplier_id: str) -> SupplierTexts:
    """Return a supplier's long texts; empty ones where it has none, or is not known."""
    return texts_from(dynamo.get(Table.ACCOUNTS, texts_key(supplier_id)))


def texts_from(row: Item | None) -> SupplierTexts:
    """Return the texts of a stored row."""
    return SupplierTexts.model_validate(row) if row else SupplierTexts()


def load_logo(supplier_id: str, name: str) -> Logo | None:
    """Return the logo that is served by this name; None once another one was applied."""
    row = dynamo.get(Table.ACCOUNTS, logo_key(supplier_id))
    if row is None or row["name"] != name:
        return None
    return Logo(name, base64.b64decode(row["content"]))
