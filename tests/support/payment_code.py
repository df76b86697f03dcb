"""A payment QR code read as a bank reads it: the standard's keys, apart from the code that writes them."""

from cabinet.receipts.qr_text import PaymentRequisites

_ENCODINGS = {b"ST00011|": "cp1251", b"ST00012|": "utf-8"}
_NAMES = {
    "Name": "name", "PersonalAcc": "personal_acc", "BankName": "bank_name", "BIC": "bic",
    "CorrespAcc": "corresp_acc", "PayeeINN": "payee_inn", "KPP": "kpp", "Sum": "sum_kopecks",
    "Purpose": "purpose", "PersAcc": "pers_acc", "PaymPeriod": "paym_period", "LastName": "last_name",
    "PayerAddress": "payer_address", "UIN": "uin", "TechCode": "tech_code",
}  # fmt: skip


def read_code(payload: bytes) -> PaymentRequisites:
    """Return what the code asks for; a KeyError or TypeError tells of a code that no bank reads."""
    pairs = [pair.split("=", 1) for pair in payload[8:].decode(_ENCODINGS[payload[:8]]).split("|")]
    texts = {_NAMES[key]: value for key, value in pairs}
    assert len(texts) == len(pairs)
    amounts = {name: int(text) for name, text in texts.items() if name == "sum_kopecks"}
    return PaymentRequisites(**texts | amounts)  # type: ignore[arg-type]
