"""A supplier's settings as the desk finds them, and a call of each of their routes that succeeds."""

from collections.abc import Callable
from typing import Any

from cabinet.accounts import supplier_settings
from tests.support.desk import COMMAND, Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall

WITHOUT_BANK = {"features": ["requests", "notices"]}
"""The scenarios' supplier has no contract with a bank, so it cannot take payments."""
PATH = f"/api/staff/suppliers/{SUPPLIER}"


def changed() -> dict[str, Any]:
    """The form that gives the supplier another office each time."""
    revision, content = supplier_settings.read(SUPPLIER)
    if content["merchant"] is not None:
        # Settings outside the local stack take no bank on the loopback.
        content["merchant"] |= {"base_url": "https://bank.example.ru"}
    return {"revision": revision, "settings": content | WITHOUT_BANK | {"office": f"каб. {revision}"}}


def _put(desk: Desk, person: Person) -> DeskCall:
    return DeskCall(PATH, changed(), names_subject=True)


def _version(desk: Desk, person: Person) -> DeskCall:
    form = changed()
    supplier_settings.change(COMMAND, SUPPLIER, form["revision"], form["settings"], may_name_secrets=True)
    return DeskCall(f"{PATH}/versions/{form['revision'] + 1}", names_subject=True)


SUPPLIER_SCENARIOS: dict[str, Callable[[Desk, Person], Any]] = {
    "GET /api/staff/branding-preview": lambda desk, person: DeskCall(
        "/api/staff/branding-preview?accent=%237a2f0b"
    ),
    "GET /api/staff/suppliers/{supplier_id}": lambda desk, person: DeskCall(PATH, names_subject=True),
    "PUT /api/staff/suppliers/{supplier_id}": _put,
    "GET /api/staff/suppliers/{supplier_id}/versions/{revision}": _version,
    "GET /api/staff/suppliers/{supplier_id}/check-bank": lambda desk, person: DeskCall(
        f"{PATH}/check-bank", names_subject=True
    ),
    "POST /api/staff/suppliers/{supplier_id}/check-bank": lambda desk, person: DeskCall(
        f"{PATH}/check-bank", names_subject=True
    ),
}
