"""Mail addresses and phone numbers: which are accepted, and which are the same."""

import hashlib
import unicodedata

from cabinet.core.errors import FieldError, InvalidFields


def canonical_email(email: str) -> str:
    """Return the form in which addresses are compared: case and the domain's spelling do not matter.

    Total: what is no address gets a form of its own, which belongs to nobody.
    """
    local, at, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = domain.casefold()
    return f"{local.casefold()}{at}{domain.lower()}"[:320]


def recipient_hash(email: str) -> str:
    """Return what stands for an address in keys and logs, where the address itself must not appear."""
    return hashlib.sha256(canonical_email(email).encode()).hexdigest()[:24]


def ascii_email(email: str) -> str:
    """Return the address as the mail system takes it: a Cyrillic domain in Punycode.

    Raises
    ------
    UnicodeError
        When the domain cannot be one (a ValueError).
    """
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{domain.encode('idna').decode()}"


def validate_email(email: str, field: str = "email") -> str:
    """Return the address in the person's own spelling of the domain; raises InvalidFields (`email_invalid`).

    Typed Punycode stays Punycode: nobody types it without a reason.
    """
    # Imported here: it costs a cold start 0.1 s, and a sign-in does not need it.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(email.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidFields(
            FieldError(field, "email_invalid", "Укажите адрес электронной почты, например name@example.ru.")
        ) from None
    domain = found.ascii_domain if email.strip().isascii() else found.domain
    return f"{found.local_part}@{domain}"


def validate_phone(phone: str, field: str = "phone") -> str:
    """Return the number in E.164 (``+79001234567``); raises InvalidFields (`phone_invalid`)."""
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, "RU")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidFields(
            FieldError(field, "phone_invalid", "Укажите номер сотового телефона, например +7 900 123-45-67.")
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
