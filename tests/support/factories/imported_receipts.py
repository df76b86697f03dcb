"""Items as an import leaves them: the manual's September 2019 receipt, its meters and payments."""

from datetime import date
from typing import Any

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import ReceiptKind, Supplier
from cabinet.aws.dynamo import Table
from cabinet.billing.keys import payment_key, receipt_key
from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Preliminary, Receipt, ServiceLine
from cabinet.metering.keys import meter_key
from cabinet.metering.model import Meter, ZoneReading
from tests.support.factories import bound_accounts

OTHER_PAYEE = bound_accounts.PAYEE.model_copy(
    update={"name": "Фонд капитального ремонта", "inn": "7736520080", "kpp": ""}
)
SUPPLIER = Supplier(
    supplier_id="uk-test",
    name="ООО «УК Тест»",
    inn=bound_accounts.PAYEE.inn,
    payees=[bound_accounts.PAYEE, OTHER_PAYEE],
    receipt_kinds={"Объединённая": ReceiptKind(payee_inn=bound_accounts.PAYEE.inn)},
    dispatcher_phone="+7 (351) 200-10-10",
)
ACCOUNT = Account(
    account_id="uk-test:1234567899",
    supplier_id="uk-test",
    number="1234567899",
    holder="Иванов Иван Иванович",
    address=Address(street="УЛ. КЫШТЫМСКАЯ", house="10", flat="1010"),
    els="80АА123456",
    area="18.3",
    residents=1,
    registered=2,
    latest_periods={"united": "2019-09"},
)
LINES = [
    ServiceLine(service="Содержание", debt=141240, charged=27816, total=169056),
    ServiceLine(service="ХВС", payee_inn=bound_accounts.PAYEE.inn, debt=60372, charged=12530, total=72902),
    ServiceLine(service="Капремонт", payee_inn=OTHER_PAYEE.inn, debt=76380, charged=10970, total=87350),
]
RECEIPT = Receipt(
    kind="united",
    kind_title="Объединённая",
    period="2019-09",
    issued_on=date(2019, 9, 28),
    main=Amounts(debt=277992, charged=51316, total=329308),
    penalty=Amounts(),
    preliminary=Preliminary(period="2019-10", main=23522),
    services=LINES,
    charges=[
        ChargeLine(
            service="ХВС", operation="начисление", tariff="25.06 руб/м3", volume="5", unit="м3",
            calculation_period="Сентябрь 2019", amount=12530,
        ),
    ],
)  # fmt: skip
METER = Meter(
    meter_id="m1",
    number="757243",
    service="ХВС",
    place="Н/У",
    verify_until=date(2024, 2, 2),
    last={"T1": ZoneReading(reading_id="r2", value="17.5", taken_on=date(2019, 10, 22), source="subscriber")},
    before={"T1": ZoneReading(reading_id="r1", value="12.345", taken_on=date(2019, 9, 22), source="billing")},
)
PAYMENTS = [
    AccountPayment(
        payment_id=f"p{month}", kind='оплата "Город"', received_on=date(2019, month, 8), amount=month * 10000,
        status="accounted",
    )
    for month in (7, 8, 11)
]  # fmt: skip


def write_receipt(receipt: Receipt = RECEIPT, account: Account = ACCOUNT) -> None:
    """Write the receipt's item."""
    _write(receipt_key(account.account_id, receipt.period, receipt.kind), receipt.model_dump(mode="json"))


def write_all() -> Account:
    """Write supplier, account, receipt, meter and payments; return the account."""
    bound_accounts.supplier(**SUPPLIER.model_dump(exclude={"supplier_id"}))
    made = bound_accounts.account(**ACCOUNT.model_dump(exclude={"number", "supplier_id"}))
    write_receipt()
    _write(meter_key(made.account_id, METER.meter_id), METER.model_dump(mode="json"))
    for payment in PAYMENTS:
        key = payment_key(made.account_id, payment.received_on.isoformat(), payment.payment_id)
        _write(key, payment.model_dump(mode="json"))
    return made


def _write(key: tuple[str, str], item: dict[str, Any]) -> None:
    bound_accounts.write(Table.ACCOUNTS, {"pk": key[0], "sk": key[1]} | item)
