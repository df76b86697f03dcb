"""What guests give and get."""

from typing import Annotated

from pydantic import StringConstraints

from cabinet.core.model import DeferredModel
from cabinet.identity.guest_search import GuestCaptcha
from cabinet.web.readings_form import NewReadings, ReadingsForm


class GuestLookup(DeferredModel):
    """«Передача показаний без регистрации»: number, house, and flat in blocks of flats."""

    account_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    house: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
    flat: Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)] | None = None
    captcha: GuestCaptcha | None = None


class GuestForm(ReadingsForm):
    """The form of a found account; `token` opens it for half an hour. No name, no debt, no history."""

    token: str


class GuestReadings(NewReadings):
    """The form submitted by a guest."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
