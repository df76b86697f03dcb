"""What an import does with money: totals, payees, penalty, payments that come back from billing."""

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Table
from cabinet.billing.keys import payment_key
from cabinet.billing.model import AccountPayment, Receipt
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    PAYMENT,
    SERVICE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    apply_supplier,
    packed,
    section_file,
    under,
)


def _paid_in_the_cabinet(order_id: str, received_on: str, amount: int) -> None:
    payment = AccountPayment.model_validate(
        {
            "payment_id": order_id, "order_id": order_id, "kind": "оплата картой в личном кабинете",
            "received_on": received_on, "amount": amount, "status": "unaccounted",
        }
    )  # fmt: skip
    pk, sk = payment_key(ACCOUNT_ID, received_on, order_id)
    dynamo.put(
        Table.ACCOUNTS, payment.model_dump(mode="json") | {"pk": pk, "sk": sk},
        condition=IS_ABSENT, on_conflict=dynamo.conflict,
    )  # fmt: skip
    dynamo.update(
        Table.ACCOUNTS, account_key(ACCOUNT_ID), "SET #unaccounted.#id = :entry",
        condition=IS_PRESENT, on_conflict=dynamo.conflict, names={"id": order_id},
        entry={"paid_at": f"{received_on}T10:00:00+00:00", "amount": amount, "received_on": received_on},
    )  # fmt: skip


def test_a_payment_through_the_cabinet_comes_back_accounted(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    _paid_in_the_cabinet("ord1", "2026-10-01", 15000)
    row = PAYMENT | {"received": "2026-10-02", "processed": "2026-10-05", "sum": "150.00", "order_id": "ord1"}
    for number in (2, 3):
        item = importer.import_file(packed({"payments": [PAYMENT, row]}, number=number))
        assert item["status"] == "applied"
    ledger = AccountPayment.model_validate(under("PAYMENT#2026-10-01#ord1"))
    assert (ledger.status, str(ledger.processed_on)) == ("accounted", "2026-10-05")
    assert account_item()["unaccounted"] == {}
    assert len([key for key in importer.stored() if key[1].startswith("PAYMENT#")]) == 2


def test_an_order_that_comes_back_with_another_sum_stays_unaccounted(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    _paid_in_the_cabinet("ord1", "2026-10-01", 15000)
    row = PAYMENT | {"received": "2026-10-01", "sum": "149.00", "order_id": "ord1"}
    item = importer.import_file(packed({"payments": [row]}, number=2))
    assert item["counts"] == {"payments.differing": 1}
    assert list(account_item()["unaccounted"]) == ["ord1"]


def test_an_import_of_the_account_leaves_unaccounted_payments_alone(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    _paid_in_the_cabinet("ord1", "2026-10-01", 15000)
    importer.import_file(packed(WHOLE | {"accounts": [ACCOUNT | {"fio": "Иванова Анна"}]}, number=2))
    assert account_item()["holder"] == "Иванова Анна"
    assert list(account_item()["unaccounted"]) == ["ord1"]


def test_equal_payments_of_one_day_are_two(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": [ACCOUNT], "payments": [PAYMENT, PAYMENT]}))
    assert len([key for key in importer.stored() if key[1].startswith("PAYMENT#")]) == 2


def test_totals_that_differ_from_the_formula_are_kept_and_reported(importer: RegistryImporter) -> None:
    february = BALANCE | {"debt": "0", "paid": "-485.28", "charged": "539.20", "total": "539.20"}
    item = importer.import_file(packed({"accounts": [ACCOUNT], "balances": [february]}))
    assert (item["status"], item["warnings"]) == ("applied", 1)
    assert importer.codes(item) == ["total_differs"]
    assert Receipt.model_validate(under("RECEIPT#2026-09#obedinennaya")).main.total == 53920


def test_a_line_of_an_unknown_payee_rejects_the_account(importer: RegistryImporter) -> None:
    wrong = SERVICE | {"payee_inn": "7451001233"}
    item = importer.import_file(packed({"accounts": [ACCOUNT], "balances": [BALANCE], "services": [wrong]}))
    assert (item["status"], importer.codes(item)) == ("refused", ["payee_unknown"])
    assert importer.stored() == {}
    apply_supplier(registry_errors_share=50)
    other = {"ls": "7400000002"}
    rows = {
        "accounts": [ACCOUNT, ACCOUNT | other],
        "balances": [BALANCE, BALANCE | other],
        "services": [wrong, SERVICE | other],
    }
    item = importer.import_file(packed(rows))
    assert item["status"] == "applied"
    accounts = {key[0] for key in importer.stored() if key[0].startswith("ACCOUNT#")}
    assert accounts == {f"ACCOUNT#{SUPPLIER}#7400000002"}


def test_what_no_payee_is_named_for_is_said_once_for_each_kind_of_receipt(importer: RegistryImporter) -> None:
    apply_supplier(receipt_kinds={})
    other = {"ls": "7400000002"}
    rows = {
        "accounts": [ACCOUNT, ACCOUNT | other],
        "balances": [BALANCE, BALANCE | other | {"total": "160.50"}],
        "services": [SERVICE | {"payee_inn": ""}, SERVICE | other],
    }
    item = importer.import_file(packed(rows))
    assert (item["status"], importer.codes(item)) == (
        "applied", ["total_differs", "services_differ", "payee_unsaid"],
    )  # fmt: skip
    (said,) = [line for line in importer.report(item) if line[2] == "payee_unsaid"]
    assert "160,50 руб. (лицевых счетов: 2)" in said[3]
    apply_supplier()
    assert "payee_unsaid" not in importer.codes(importer.import_file(packed(rows, number=2)))


def test_a_total_that_the_services_do_not_explain_is_reported_with_both_sums(
    importer: RegistryImporter,
) -> None:
    rows = {
        "accounts": [ACCOUNT],
        "balances": [BALANCE | {"debt": "0", "paid": "0", "charged": "500.00", "total": "500.00"}],
        "services": [SERVICE | {"debt": "0", "paid": "0", "charged": "100.00", "total": "100.00"}],
    }
    item = importer.import_file(packed(rows))
    (said,) = [line for line in importer.report(item) if line[2] == "services_differ"]
    assert (item["status"], said[0]) == ("applied", "balances.csv:3")
    assert "500,00" in said[3]
    assert "100,00" in said[3]


def test_services_without_a_balance_are_compared_with_the_stored_one(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    less = SERVICE | {"debt": "0", "paid": "0", "charged": "100.00", "total": "100.00"}
    item = importer.import_file(section_file("services", [less], number=2), "services.csv")
    assert item["counts"]["receipts.services_differ"] == 1
    assert any("сумма услуг не равна итогу 1" in line[3] for line in importer.report(item))


def test_the_registry_tells_what_a_penalty_is(importer: RegistryImporter) -> None:
    rows = WHOLE | {
        "services": [
            SERVICE | {"penalty": "нет"},
            SERVICE | {"service": "Начисления по ст. 155", "penalty": "да"},
            SERVICE | {"service": "Обращение с ТКО"},
        ]
    }
    assert importer.import_file(packed(rows))["status"] == "applied"
    receipt = under("RECEIPT#2026-09#obedinennaya")
    assert receipt is not None
    assert [line.get("is_penalty") for line in receipt["services"]] == [False, True, None]
