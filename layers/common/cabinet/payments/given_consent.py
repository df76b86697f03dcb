"""A consent as it was given: apart from orders, so that a first screen does not read their models."""

from typing import Annotated

from pydantic import Field

from cabinet.core.model import FrozenModel
from cabinet.core.timestamps import Timestamp


class GivenConsent(FrozenModel):
    """A payer's consent that the bank keeps the card, or to autopay, as it was given."""

    version: str
    text_sha256: str
    agreed_at: Timestamp
    client_ip: Annotated[str, Field(alias="address")]
    """The payer's network address then."""
