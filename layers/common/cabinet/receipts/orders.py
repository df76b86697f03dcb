"""From a payment document to the payment order of each payee's QR code."""

from cabinet.periods import Period
from cabinet.receipts.document import PayeeShare, PaymentDocument
from cabinet.receipts.qr import PaymentOrder

HOUSING_SERVICES = "02"
"""Technical code of housing and utilities (ГОСТ Р 56042-2014, table of TechCode)."""


def payment_order(document: PaymentDocument, share: PayeeShare) -> PaymentOrder:
    """Return what the QR of one payee says; an overpayment asks for nothing, never for a negative sum."""
    payee = share.payee
    return PaymentOrder(
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
        last_name=document.payer.surname or None,
        payer_address=document.payer.address or None,
        uin=document.document_id,
        tech_code=HOUSING_SERVICES,
    )


def period_text(period: Period, pattern: str) -> str:
    """Write ``2019-09`` as the supplier's bank wants it: ``MMYYYY``, ``MMYY`` or ``MM.YYYY``."""
    year, month = period.split("-")
    return pattern.replace("YYYY", year).replace("YY", year[2:]).replace("MM", month)
