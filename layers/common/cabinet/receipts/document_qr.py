"""Builds the text of each payee's QR code from a payment document."""

from dataclasses import replace

from cabinet.core.periods import Period
from cabinet.receipts import qr_text
from cabinet.receipts.document import PayeeShare, PaymentDocument
from cabinet.receipts.qr_text import Encoding, PaymentCodeError, PaymentRequisites

HOUSING_SERVICES = "02"
"""Technical code of housing and utilities (ГОСТ Р 56042-2014, table of TechCode)."""


def payment_payload(document: PaymentDocument, share: PayeeShare) -> bytes:
    """Return the bytes of a payee's QR: UTF-8, or cp1251 where a long name would overflow the block.

    The standard leaves the payer optional: one whose texts neither encoding holds is left out.

    Raises
    ------
    PaymentCodeError
        Neither encoding can hold the requisites.
    """
    requisites = payment_requisites(document, share)
    without_payer = replace(requisites, last_name=None, payer_address=None)
    for candidate in (requisites, without_payer):
        for encoding in (Encoding.UTF8, Encoding.CP1251):
            try:
                return qr_text.build(candidate, encoding)
            except PaymentCodeError as error:
                refusal = error
    raise refusal


def payment_requisites(document: PaymentDocument, share: PayeeShare) -> PaymentRequisites:
    """Return the requisites for one payee; an overpayment asks for nothing, never for a negative sum."""
    payee = share.payee
    return PaymentRequisites(
        name=payee.name,
        personal_acc=payee.account,
        bank_name=payee.bank_name,
        bic=payee.bic,
        corresp_acc=payee.correspondent_account,
        payee_inn=payee.inn,
        kpp=payee.kpp or None,
        sum_kopecks=max(share.payable, 0),
        purpose=share.purpose,
        pers_acc=document.account_number,
        paym_period=period_text(document.period, document.qr_period_format),
        last_name=_one_line(document.payer.surname),
        payer_address=_one_line(document.payer.address),
        uin=document.document_id if document.is_registered else None,
        tech_code=HOUSING_SERVICES,
    )


def period_text(period: Period, pattern: str) -> str:
    """Write ``2019-09`` as the supplier's bank wants it: ``MMYYYY``, ``MMYY`` or ``MM.YYYY``."""
    year, month = period.split("-")
    return pattern.replace("YYYY", year).replace("YY", year[2:]).replace("MM", month)


def _one_line(text: str) -> str | None:
    """Registries may hold tabs and line breaks, which a code may not; nothing is left out as a field."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split()) or None
