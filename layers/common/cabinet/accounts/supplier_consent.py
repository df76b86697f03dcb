"""«Согласие на обработку персональных данных» to a supplier, beside the one to the cabinet's own operator."""

import hashlib

from cabinet.accounts.supplier_model import Supplier, SupplierTexts
from cabinet.core.errors import FieldError, InvalidFields
from cabinet.identity.consent import Consent
from cabinet.identity.errors import consent_outdated

_TITLE = "Согласие на обработку персональных данных: {name}"


def consent_to(supplier: Supplier, texts: SupplierTexts) -> Consent | None:
    """Return what a supplier asks for when its account is bound; a changed text is a new version."""
    if not texts.consent:
        return None
    digest = hashlib.sha256(texts.consent.encode()).hexdigest()
    return Consent(digest[:16], _TITLE.format(name=supplier.name), texts.consent, digest)


def consent_given(
    asked: Consent | None, version: str | None, at: str, client_ip: str
) -> dict[str, str] | None:
    """Return the record of an agreement given at `at` from `client_ip`; None where nothing is asked.

    Raises InvalidFields: `consent_required`, or `consent_outdated` for another text than that in force.
    """
    if asked is None:
        return None
    if version is None:
        message = "Без согласия на обработку персональных данных привязать этот лицевой счёт нельзя."
        raise InvalidFields(FieldError("consent", "consent_required", message))
    if version != asked.version:
        raise consent_outdated()
    return {"version": version, "text_sha256": asked.sha256, "agreed_at": at, "address": client_ip}
