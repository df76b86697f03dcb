"""What an account got after its first holder."""

from datetime import date

from cabinet.billing.model import AccountPayment, Amounts, Receipt, ServiceLine
from tests.support.factories import bound_accounts

ACCOUNT_ID = "uk-test:1234567899"


def import_next_months() -> None:
    """Receipts and payments of the holders that came after the first."""
    for period in ("2026-10", "2026-11"):
        lines = [ServiceLine(service="ХВС", payee_inn=bound_accounts.PAYEE.inn, charged=77777, total=77777)]
        amounts = Amounts(charged=77777, total=77777)
        receipt = Receipt(
            kind="zhku", kind_title="ЖКУ", period=period, main=amounts, penalty=Amounts(), services=lines
        )
        bound_accounts.receipt(ACCOUNT_ID, receipt)
    for day in ("2026-09-10", "2026-10-04", "2026-10-05", "2026-11-10"):
        paid = AccountPayment(
            payment_id=day, kind="оплата", received_on=date.fromisoformat(day), amount=5, status="accounted"
        )
        bound_accounts.payment(ACCOUNT_ID, paid)
