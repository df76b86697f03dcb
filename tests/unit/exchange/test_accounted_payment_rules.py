"""Payments through the cabinet that billing brings back: whole, in parts, in any order, elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table
from cabinet.billing.amounts_due import payable_lines, pending_payments, remaining
from cabinet.billing.keys import payment_key, receipt_key
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.core.money import to_decimal_string
from cabinet.exchange.imports import import_job
from cabinet.exchange.imports.accounted_payment_rules import by_registry, sum_parts
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.payments.keys import order_key
from tests.support.factories.registries import (
    ACCOUNT,
    BALANCE,
    NUMBER,
    PAYMENT,
    SERVICE,
    SUPPLIER,
    RegistryImporter,
    apply_supplier,
    packed,
)
from tests.support.fault_injection import FAULTS, FaultInjector

DAY = "2026-10-01"
INN = "7451001232"
RECEIPT_ID = "2026-09-obedinennaya"


def billed(sums: list[int], number: str = NUMBER, period: str = "2026-09") -> dict[str, list[dict[str, str]]]:
    """An account with a receipt of so many services."""
    total = to_decimal_string(sum(sums))
    nothing = {"debt": "0", "paid": "0"}
    receipt = BALANCE | {"ls": number, "period": period, "issued": ""} | nothing
    services = [
        SERVICE
        | {"ls": number, "period": period, "service": f"Услуга {index}"}
        | nothing
        | {"charged": to_decimal_string(amount), "total": to_decimal_string(amount)}
        for index, amount in enumerate(sums)
    ]
    return {
        "accounts": [ACCOUNT | {"ls": number}],
        "balances": [receipt | {"charged": total, "total": total}],
        "services": services,
    }


def pay(sums: list[int], payment_id: str = "ord1", number: str = NUMBER) -> None:
    """What posting leaves behind: the ledger's row and the account's memory of it."""
    account_id, amount = f"{SUPPLIER}:{number}", sum(sums)
    payment = AccountPayment.model_validate(
        {
            "payment_id": payment_id, "order_id": payment_id, "kind": "оплата картой в личном кабинете",
            "received_on": DAY, "amount": amount, "status": "unaccounted",
        }
    )  # fmt: skip
    pk, sk = payment_key(account_id, DAY, payment_id)
    paid_at = f"{DAY}T10:00:00+00:00"
    dynamo.put(
        Table.ACCOUNTS, payment.model_dump(mode="json") | {"pk": pk, "sk": sk, "paid_at": paid_at},
        condition=IS_ABSENT, on_conflict=dynamo.conflict,
    )  # fmt: skip
    lines = [[RECEIPT_ID, INN, f"Услуга {index}", amount] for index, amount in enumerate(sums)]
    dynamo.update(
        Table.ACCOUNTS, account_key(account_id), "SET #unaccounted.#id = :entry",
        condition=IS_PRESENT, on_conflict=dynamo.conflict, names={"id": payment_id},
        entry={"paid_at": paid_at, "amount": amount, "received_on": DAY, "lines": lines},
    )  # fmt: skip


def back(*sums: int, payment_id: str = "ord1", number: str = NUMBER) -> dict[str, list[dict[str, str]]]:
    """Rows by which billing returns a payment."""
    row = PAYMENT | {"ls": number, "received": DAY, "processed": "2026-10-05", "order_id": payment_id}
    return {"payments": [row | {"sum": to_decimal_string(amount)} for amount in sums]}


def account(number: str = NUMBER) -> Account:
    found = dynamo.get(Table.ACCOUNTS, account_key(f"{SUPPLIER}:{number}"), consistent=True)
    return Account.model_validate(found)


def ledger(payment_id: str = "ord1", number: str = NUMBER) -> Item:
    key = payment_key(f"{SUPPLIER}:{number}", DAY, payment_id)
    row = dynamo.get(Table.ACCOUNTS, key, consistent=True)
    assert row is not None
    return row


def left_to_pay(supplier: Supplier, number: str = NUMBER, period: str = "2026-09") -> int:
    """What is left of the account's receipt, as the summary shows it."""
    key = receipt_key(f"{SUPPLIER}:{number}", period, "obedinennaya")
    receipt = Receipt.model_validate(dynamo.get(Table.ACCOUNTS, key, consistent=True))
    lines = payable_lines(receipt, supplier, pending_payments(account(number), receipt))
    return remaining(lines)


def warnings(importer: RegistryImporter, item: Item) -> list[list[str]]:
    return [line for line in importer.report(item) if line[2] != "summary"]


# ------------------------------------------------------------------ whole and in part


def test_rows_of_each_service_together_account_for_the_payment(importer: RegistryImporter) -> None:
    supplier = apply_supplier()
    importer.import_file(packed(billed([40000, 25000, 35000])))
    pay([40000, 25000, 35000])
    item = importer.import_file(packed(back(40000, 25000, 35000), number=2))
    assert (item["counts"], warnings(importer, item)) == ({"payments.written": 1}, [])
    assert (ledger()["status"], ledger()["processed_on"]) == ("accounted", "2026-10-05")
    assert account().unaccounted == {}
    assert left_to_pay(supplier) == 0  # accounted, but in no receipt yet
    importer.import_file(packed(billed([100000], period="2026-10"), number=3, dated="2026-10-31"))
    assert left_to_pay(supplier, period="2026-10") == 100000
    assert account().accounted == {}


def test_a_part_is_accounted_and_named_with_its_line(importer: RegistryImporter) -> None:
    supplier = apply_supplier()
    importer.import_file(packed(billed([40000, 60000])))
    pay([40000, 60000])
    item = importer.import_file(packed(back(40000), number=2))
    ((line, field, code, message),) = warnings(importer, item)
    assert (line, field, code) == ("payments.csv:3", "sum", "payment_in_part")
    assert "ord1" in message
    assert "400,00 из 1\u00a0000,00" in message
    assert "600,00 остаётся неучтённой" in message
    assert (ledger()["status"], ledger()["accounted"]) == ("unaccounted", 40000)
    assert account().unaccounted["ord1"]["amount"] == 60000
    assert account().unaccounted["ord1"]["lines"] == [[RECEIPT_ID, INN, "Услуга 1", 60000]]
    assert left_to_pay(supplier) == 0
    # The next receipt knows of the part that is accounted, and not of the rest.
    importer.import_file(packed(billed([40000, 100000], period="2026-10"), number=3, dated="2026-10-31"))
    assert left_to_pay(supplier, period="2026-10") == 80000


def test_the_same_part_again_changes_nothing_under_any_name(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([40000, 40000, 20000])))
    pay([40000, 40000, 20000])
    content = packed(back(40000), number=2)
    importer.import_file(content)
    before = importer.stored()
    for name in ("registry.zip", "registry (1).zip"):
        item = importer.import_file(content, name)
        assert item["counts"] == {"payments.unchanged": 1}
    assert importer.stored() == before


def test_equal_sums_in_two_registries_are_two_services(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([50000, 50000])))
    pay([50000, 50000])
    importer.import_file(packed(back(50000), number=2))
    assert ledger()["accounted"] == 50000
    importer.import_file(packed(back(50000), number=3))
    assert (ledger()["status"], account().unaccounted) == ("accounted", {})


def test_a_registry_that_repeats_the_month_does_not_account_twice(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([10000, 40000, 50000])))
    pay([10000, 40000, 50000])
    for number, sums, accounted in (
        (2, [10000], 10000),
        (3, [10000], 10000),
        (4, [10000, 40000], 50000),
        (5, [10000, 40000, 50000], 100000),
    ):
        importer.import_file(packed(back(*sums), number=number))
        assert ledger()["accounted"] == accounted
    assert ledger()["status"] == "accounted"


def test_a_file_corrected_under_its_number_does_not_account_twice(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([40000, 60000])))
    pay([40000, 60000])
    importer.import_file(packed(back(40000), number=2))
    elsewhere = PAYMENT | {"sum": "1.00"}
    corrected = {"payments": [*back(40000)["payments"], elsewhere]}
    importer.import_file(packed(corrected, number=2))
    assert (ledger()["status"], ledger()["accounted"]) == ("unaccounted", 40000)


def test_more_than_was_paid_is_named_and_leaves_the_payment_as_it_was(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([15000])))
    pay([15000])
    item = importer.import_file(packed(back(16000), number=2))
    assert item["counts"] == {"payments.differing": 1}
    ((line, _, code, message),) = warnings(importer, item)
    assert (line, code) == ("payments.csv:3", "payment_differs")
    assert "ord1" in message
    assert "160,00" in message
    assert "150,00" in message
    assert account().unaccounted["ord1"]["amount"] == 15000


def test_what_is_taken_back_is_on_its_way_again(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([15000])))
    pay([15000])
    importer.import_file(packed(back(15000), number=2))
    importer.import_file(packed(back(-15000), number=3))
    assert (ledger()["status"], ledger()["accounted"]) == ("unaccounted", 0)
    assert account().unaccounted["ord1"]["amount"] == 15000


def test_a_refund_comes_back_in_negative_rows(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([15000])))
    pay([-5000, -2000], "ord1-r7000")
    importer.import_file(packed(back(-2000, payment_id="ord1-r7000"), number=2))
    assert account().unaccounted["ord1-r7000"]["amount"] == -5000
    importer.import_file(packed(back(-5000, payment_id="ord1-r7000"), number=3))
    assert account().unaccounted == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_import_that_dies_at_any_call_counts_each_part_once(
    importer: RegistryImporter, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer.import_file(packed(billed([30000, 30000, 40000])))
    injector = FaultInjector(fault=fault)
    injector.patch(monkeypatch)
    done, number = False, 0
    while not done:
        number += 1
        payment_id = f"ord{number}"
        pay([30000, 30000, 40000], payment_id)
        job = importer.job(
            importer.upload(packed(back(30000, 40000, payment_id=payment_id), number=number + 1))
        )
        injector.number, injector.calls = number, []
        injector.process(lambda job=job: _run(job))
        done = len(injector.calls) < number
        assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
        assert ledger(payment_id)["accounted"] == 70000
        assert account().unaccounted[payment_id]["amount"] == 30000
    assert number > 10


def _run(job: Any) -> object:
    try:
        return import_job.run(job, lambda: 900.0)
    except Exception:  # noqa: BLE001 - the queue brings the message again
        return None


# ------------------------------------------------------------------ whose payment it is


def order_of(number: str, order_id: str = "ord1", status: str = "paid") -> None:
    """An order as the cabinet keeps it, as far as a registry asks."""
    pk, sk = order_key(order_id)
    lines = [{"account_id": f"{SUPPLIER}:{number}", "amount": 100}]
    item = {"pk": pk, "sk": sk, "status": status, "lines": lines}
    dynamo.put(Table.PAYMENTS, item, condition=IS_ABSENT, on_conflict=dynamo.conflict)


@pytest.mark.parametrize("payment_id", ["ord1", "ord1-r500"])
def test_a_row_that_names_another_accounts_order_is_an_error(
    importer: RegistryImporter, payment_id: str
) -> None:
    importer.import_file(packed(billed([15000])))
    order_of("7400000002")
    before = importer.stored()
    item = importer.import_file(packed(back(15000, payment_id=payment_id), number=2))
    assert item["status"] == "refused"
    assert [line[:3] for line in warnings(importer, item)] == [
        ["payments.csv:3", "order_id", "order_of_another_account"]
    ]
    assert importer.stored() == before


@pytest.mark.parametrize(
    ("status", "field", "code", "said"),
    [
        ("registered", "order_id", "order_unpaid", "не оплачен"),
        ("review", "order_id", "order_unpaid", "не оплачен"),
        ("paid", "received", "payment_day", "в пределах года"),
    ],
)
def test_a_row_that_names_a_payment_which_its_account_has_not_is_an_error(
    importer: RegistryImporter, status: str, field: str, code: str, said: str
) -> None:
    importer.import_file(packed(billed([15000])))
    order_of(NUMBER, status=status)
    before = importer.stored()
    item = importer.import_file(packed(back(15000), number=2))
    ((line, *told, message),) = warnings(importer, item)
    assert (item["status"], line, told) == ("refused", "payments.csv:3", [field, code])
    assert said in message
    assert importer.stored() == before


def test_an_unknown_order_number_is_reported_as_one_payment(importer: RegistryImporter) -> None:
    importer.import_file(packed(billed([15000])))
    item = importer.import_file(packed(back(100, 200, payment_id="teller-17"), number=2))
    assert (item["status"], importer.codes(item)) == ("applied", ["unknown_order"])
    assert ledger("teller-17")["amount"] == 300
    again = importer.import_file(packed(back(100, 200, payment_id="teller-17"), number=3))
    assert again["counts"] == {"payments.unchanged": 1}


# ------------------------------------------------------------------ for any split


@st.composite
def splits(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, list[int]]]]:
    """The lines of a payment, and its rows over files: (number of the registry, sums) in order of arrival."""
    sums = draw(st.lists(st.sampled_from([100, 250, 250, 999]), min_size=1, max_size=5))
    where = [draw(st.tuples(st.integers(2, 4), st.integers(0, 1))) for _ in sums]
    files: dict[tuple[int, int], list[int]] = {}
    for amount, file in zip(sums, where, strict=True):
        files.setdefault(file, []).append(amount)
    arrived = draw(st.permutations(sorted(files.items())))
    distinct: list[tuple[int, list[int]]] = []
    for (registry, _), rows in arrived:
        # Two files of one registry with the same rows are one file sent twice.
        if (registry, rows) not in distinct:
            distinct.append((registry, rows))
    kept = [amount for _, rows in distinct for amount in rows]
    return kept, distinct


@pytest.fixture
def numbers() -> Iterator[int]:
    """Account numbers, a new one each time."""
    return iter(range(7400000100, 7400009999))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(split=splits(), paid=st.data())
def test_what_came_back_is_what_stands_as_accounted(
    importer: RegistryImporter,
    numbers: Iterator[int],
    split: tuple[list[int], list[tuple[int, list[int]]]],
    paid: st.DataObject,
) -> None:
    """And left = asked − accounted − unaccounted, at each step, whatever way the rows come."""
    sums, files = split
    number, supplier = str(next(numbers)), apply_supplier()
    more = paid.draw(st.integers(0, 3)) * 100
    importer.import_file(packed(billed([*sums, more] if more else sums, number)))
    pay(sums, number, number)
    came = 0
    for registry, rows in files:
        importer.import_file(packed(back(*rows, payment_id=number, number=number), number=registry))
        came += sum(rows)
        payment_state = account(number)
        unaccounted = sum(entry["amount"] for entry in payment_state.unaccounted.values())
        accounted = sum(
            line[3]
            for stamps in payment_state.accounted.values()
            for lines in stamps.values()
            for line in lines
        )
        assert ledger(number, number).get("accounted") == accounted == came
        assert unaccounted == sum(sums) - came
        assert left_to_pay(supplier, number) == sum(sums) + more - accounted - unaccounted
    assert ledger(number, number)["status"] == "accounted"


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6), st.data())
def test_lines_accounted_and_on_their_way_are_the_lines_paid(sums: list[int], data: st.DataObject) -> None:
    lines = [[RECEIPT_ID, INN, f"Услуга {index}", amount] for index, amount in enumerate(sums)]
    some = data.draw(st.lists(st.integers(1, 500), max_size=4))
    parts = {
        str(index): {"stamp": str(index), "rows": [[amount, DAY, None]]} for index, amount in enumerate(some)
    }
    rows = sum_parts(parts, sum(sums), lines)
    if rows is None:
        assert sum(some) > sum(sums)
        return
    accounted, on_the_way = by_registry(rows, lines)
    of_all = [line for found in accounted.values() for line in found] + on_the_way
    for index, amount in enumerate(sums):
        assert sum(line[3] for line in of_all if line[2] == f"Услуга {index}") == amount
    assert sum(row.amount for row in rows) == sum(sums) - sum(line[3] for line in on_the_way)
