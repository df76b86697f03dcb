"""Routes of a supplier's settings: read, changed as the file is, their history, the check of banks."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field, StringConstraints

from cabinet.accounts import branding, settings_history, supplier_settings
from cabinet.accounts.supplier_model import Branding
from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import Conflict, InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.payments import contract_check_requests
from cabinet.web.app import Identifier, create_router
from cabinet.web.staff_auth import CurrentStaff

router = create_router(prefix="/api/staff", tags=["desk"])


class SettingsVersion(DeferredModel):
    """Who set a version, and when; empty for the settings from before there was a history."""

    revision: int
    at: str
    by: str


class SettingsResponse(DeferredModel):
    """A supplier's settings as its file names them; sums in kopecks."""

    supplier_id: str
    revision: int
    settings: dict[str, Any]
    versions: list[SettingsVersion]
    warnings: list[str]
    """What may be set, and that residents would notice; after a change."""


class SettingsForm(DeferredModel):
    """All the settings, and the revision that they were made of."""

    revision: Annotated[int, Field(ge=0, le=10**9)]
    settings: dict[str, Any]


class OldSettings(SettingsVersion):
    """A version with its settings."""

    settings: dict[str, Any]


class BankCheckLine(DeferredModel):
    """Whether one thing about a contract is right, and a sentence about it."""

    is_right: bool
    text: str


class BankCheck(DeferredModel):
    """The last check of a supplier's contracts; `never` when there was none."""

    state: Literal["never", "asked", "done"]
    asked_at: str | None
    asked_by: str | None
    checked_at: str | None
    findings: list[BankCheckLine]

    @classmethod
    def of(cls, row: Item | None) -> "BankCheck":
        """Return a stored check."""
        found = row or {"state": "never", "findings": []}
        return cls.model_validate({name: found.get(name) for name in cls.model_fields})


class Theme(DeferredModel):
    """Colours of one theme."""

    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str


class BrandingPreview(DeferredModel):
    """What a supplier's own colour comes to; why it cannot be taken, in `refusal`."""

    light: Theme
    dark: Theme
    refusal: str | None


@router.get("/branding-preview")
def get_branding_preview(
    staff: CurrentStaff,
    accent: Annotated[str, Query(pattern=r"^#[0-9a-f]{6}$"), StringConstraints(max_length=7)],
) -> BrandingPreview:
    """Show the colours that a supplier's own colour would give, in both themes."""
    wrong = branding.find_issues(Branding(accent=accent))
    light, dark = (Theme.model_validate(each, from_attributes=True) for each in branding.palettes(accent))
    return BrandingPreview(light=light, dark=dark, refusal=wrong[0].message if wrong else None)


@router.get("/suppliers/{supplier_id}")
@raises(NotFound)
def get_supplier(supplier_id: Identifier, staff: CurrentStaff) -> SettingsResponse:
    """Show a supplier's settings and who set them."""
    staff.require_supplier(supplier_id)
    return _settings_response(supplier_id, [])


@router.put("/suppliers/{supplier_id}")
@raises(NotFound, Conflict, InvalidFields)
def put_supplier(supplier_id: Identifier, form: SettingsForm, staff: CurrentStaff) -> SettingsResponse:
    """Set them whole, by the same validation as the file; a stale revision is a conflict."""
    staff.require_supplier(supplier_id)
    warnings = supplier_settings.change(
        staff.author, supplier_id, form.revision, form.settings, may_name_secrets=staff.sees_every_supplier
    )
    return _settings_response(supplier_id, warnings)


@router.get("/suppliers/{supplier_id}/versions/{revision}")
@raises(NotFound)
def get_version(supplier_id: Identifier, revision: int, staff: CurrentStaff) -> OldSettings:
    """Show the settings of an earlier version."""
    staff.require_supplier(supplier_id)
    if not 0 <= revision < 10**9:
        raise NotFound
    row = settings_history.require(supplier_id, revision)
    return OldSettings(revision=revision, at=row["at"], by=row["by"], settings=row["content"])


@router.post("/suppliers/{supplier_id}/check-bank")
@raises(NotFound, Conflict)
def post_bank_check(supplier_id: Identifier, staff: CurrentStaff) -> BankCheck:
    """Have the contracts with banks tried: the secret, the sign-in, the address that banks call."""
    staff.require_supplier(supplier_id)
    supplier_settings.read(supplier_id)
    return BankCheck.of(contract_check_requests.request(staff.author, supplier_id, clock.now()))


@router.get("/suppliers/{supplier_id}/check-bank")
@raises(NotFound)
def get_bank_check(supplier_id: Identifier, staff: CurrentStaff) -> BankCheck:
    """Show what the last check has found."""
    staff.require_supplier(supplier_id)
    return BankCheck.of(contract_check_requests.find(supplier_id))


def _settings_response(supplier_id: str, warnings: list[str]) -> SettingsResponse:
    revision, content = supplier_settings.read(supplier_id)
    versions = [
        SettingsVersion(revision=int(row["revision"]), at=row["at"], by=row["by"])
        for row in settings_history.recent(supplier_id)
    ]
    return SettingsResponse(
        supplier_id=supplier_id, revision=revision, settings=content, versions=versions, warnings=warnings
    )
