"""What residents pay reaches the payees that were named, to the kopeck, for any receipts and payments."""

import csv
import io
import zipfile
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cabinet.accounts.model import Account
from cabinet.accounts.store import accounts_and_suppliers
from cabinet.accounts.supplier_model import ReceiptKind
from cabinet.billing.model import Receipt
from cabinet.core import clock
from cabinet.core.money import parse_rubles
from cabinet.exchange.exports.payments import PAYMENTS
from tests.support.factories.bound_accounts import PAYEE
from tests.support.factories.receipts import KIND, RECEIPTS
from tests.support.payment_scenario import REPAIR, START, PaymentScenario

INNS = {payee.name: payee.inn for payee in (PAYEE, REPAIR)}


def handed_out() -> Counter[str]:
    """Take the next registry of payments; return its sums by payee, each compared with its control row."""
    made = PAYMENTS.export("uk-test", START.date(), clock.now())
    sums: Counter[str] = Counter()
    if made is None:
        return sums
    PAYMENTS.mark_delivered(made.registry, clock.now())
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8-sig")
            _, titles, *rows, control = csv.reader(io.StringIO(text), delimiter=";")
            inn = name.removeprefix("payments_").removesuffix(".csv")
            sums[inn] = sum(parse_rubles(row[titles.index("sum")]) for row in rows)
            assert control == ["#control", str(len(rows)), control[2]]
            assert parse_rubles(control[2]) == sums[inn]
    return sums


def shown_by_payee(scenario: PaymentScenario, token: str) -> Counter[str]:
    """Return what the cart tells the resident that each payee gets."""
    sums: Counter[str] = Counter()
    for group in scenario.cart(token).json["groups"]:
        for receipt in group["receipts"]:
            for payee in receipt["payees"]:
                sums[INNS[payee["payee"]]] += sum(item["amount"] for item in payee["items"])
    return sums


def owed_again(accounts: list[Account]) -> Counter[str]:
    """Return by payee what accounts owe again for what the bank gave back: negative, as it is handed out."""
    sums: Counter[str] = Counter()
    current, _ = accounts_and_suppliers([account.account_id for account in accounts])
    for account in current.values():
        for entry in account.unaccounted.values():
            if entry["amount"] < 0:
                for _, inn, _, amount in entry["lines"]:
                    sums[inn] += amount
    return sums


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(RECEIPTS, min_size=1, max_size=2),
    st.sampled_from([None, PAYEE.inn, REPAIR.inn]),
    st.booleans(),
    st.lists(st.integers(1, 30_000), max_size=2),
)
def test_payees_get_what_residents_paid_for_them_and_nobody_else(
    scenario: PaymentScenario, receipts: list[Receipt], of_kind: str | None, ahead: bool, returns: list[int]
) -> None:
    scenario.empty()
    scenario.supplier(receipt_kinds={KIND: ReceiptKind(payee_inn=of_kind)} if of_kind else {})
    accounts = [scenario.account(str(number)) for number, _ in enumerate(receipts, 1)]
    token = scenario.user("u1", *accounts)
    for account, receipt in zip(accounts, receipts, strict=True):
        scenario.receipt(
            account.account_id, **{name: getattr(receipt, name) for name in Receipt.model_fields}
        )
        scenario.add(token, account.account_id, receipt.receipt_id, with_preliminary=ahead)
    named = {line.payee_inn for receipt in receipts for line in receipt.services} | {of_kind}
    offered = shown_by_payee(scenario, token)
    if not offered:
        assert handed_out() == Counter()
        return
    scenario.complete_payment(scenario.check_out(token).json["payment_url"])
    scenario.deliver()
    assert handed_out() == offered
    assert offered.keys() <= named & set(INNS.values())
    (payment,) = scenario.state.payments.values()
    assert payment.amount == offered.total()
    back = 0
    for amount in returns:
        if back + amount <= payment.amount:
            back += amount
            scenario.state.refund(payment, amount)
            scenario.simulator.notify(payment, ["refunded"])
            scenario.deliver()
    given_back = handed_out()
    assert given_back == owed_again(accounts)
    assert given_back.total() == -back
    assert all(-offered[inn] <= amount <= 0 for inn, amount in given_back.items())
    assert scenario.ledger_total() == offered.total() - back
