"""A contract and an order for the tests of the dialects."""

from cabinet.accounts.supplier_model import Merchant
from cabinet.payments.providers.base import Registration, RegistrationLine
from cabinet.payments.providers.credentials import Credentials
from infra.simulators.bank import credentials

CREDENTIALS = Credentials.model_validate(credentials.CREDENTIALS)


def merchant(base_url: str, dialect: str) -> Merchant:
    fields = {
        "contract": "c",
        "dialect": dialect,
        "base_url": base_url,
        "secret": "s",
        "service_number": "11501",
    }
    return Merchant.model_validate(fields)


def registration(number: str = "P1") -> Registration:
    return Registration(
        number=number,
        amount=329308,
        description="Оплата ЖКУ",
        payer="u1",
        return_url="http://127.0.0.1:8000/orders/P1",
        callback_url="http://127.0.0.1:8000/api/payments/rbs/callback",
        session_seconds=1200,
        lines=[RegistrationLine("Отопление", 329000), RegistrationLine("Пени", 308)],
    )
