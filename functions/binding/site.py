"""Route of what the site shows before anybody has signed in: the ways in, and whom to call. Open to all."""

from fastapi import Response

from binding.schemas import SiteResponse, SiteSupplier
from cabinet.accounts.store import all_suppliers
from cabinet.core.settings import Settings
from cabinet.home.binding_view import BindingPhone
from cabinet.web.app import create_router

CACHED_SECONDS = 600
"""How long a browser keeps the answer: the same for everybody, it changes with the suppliers' settings."""

router = create_router(prefix="/api/site", tags=["site"])


class SignInSettings(Settings):
    """Which ways in there are; the details of Госуслуги are `identity.esia`'s own."""

    esia_client_id: str = ""
    """Empty: signing in through Госуслуги is off."""


@router.get("")
def get_site(response: Response) -> SiteResponse:
    """Return whether Госуслуги let one in here, and the telephones of the suppliers, by name."""
    response.headers["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    suppliers = [
        SiteSupplier(
            name=supplier.name,
            phones=[
                BindingPhone.model_validate(phone, from_attributes=True) for phone in supplier.branding.phones
            ],
        )
        for supplier in sorted(all_suppliers(), key=lambda supplier: supplier.name)
        if supplier.branding.phones
    ]
    return SiteResponse(esia=bool(SignInSettings.load().esia_client_id), suppliers=suppliers)
