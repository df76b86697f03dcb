"""Callbacks through the function's own door: late, doubled, reordered, forged, mismatched, unknown."""

import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlencode

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.accounts.supplier_model import Commission
from cabinet.identity.keys import profile_key
from cabinet.notifications.channels.email.rendering import render
from cabinet.payments.keys import merchants_partition
from cabinet.payments.providers.rbs.client import signature_base
from cabinet.payments.reconciliation import resolve_review
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.credentials import CALLBACK_KEY
from infra.simulators.bank.rbs import signed_query
from infra.simulators.bank.state import Faults, Payment, PaymentState
from tests.support.dynamo_cost import measured
from tests.support.payment_scenario import TOTAL, PaymentScenario

ACCOUNT = "uk-test:1234567899"
RBS = "http://127.0.0.1:8000/api/payments/rbs/callback"


@pytest.fixture
def url(scenario: PaymentScenario) -> str:
    return checked_out(scenario)


def checked_out(scenario: PaymentScenario, dialect: str = "rbs", faults: Faults | None = None) -> str:
    scenario.state.faults = faults or Faults()
    scenario.supplier(dialect=dialect)
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token)
    assert answer.status == 201, answer.body
    return str(answer.json["payment_url"])


def everything(scenario: PaymentScenario) -> list[object]:
    return [scenario.everything(f"{name}_TABLE") for name in ("PAYMENTS", "ACCOUNTS", "MESSAGES", "USERS")]


def test_a_paid_order_is_credited_once_however_often_it_is_told(scenario: PaymentScenario, url: str) -> None:
    scenario.complete_payment(url)
    calls = list(scenario.undelivered_callbacks)
    assert scenario.deliver() == [200, 200]
    for call in reversed(calls):
        assert scenario.hear(call).status == 200
    assert (
        scenario.ledger_total() == TOTAL == scenario.journal_total("uk-test-rbs") == scenario.state.balance()
    )
    assert len(scenario.emails()) == 1


def test_a_callback_by_post_counts_as_much(scenario: PaymentScenario, url: str) -> None:
    scenario.complete_payment(url)
    (first, _) = scenario.undelivered_callbacks
    answer = scenario.call("payment_callback", "POST", "/api/payments/rbs/callback", query=first.query)
    assert answer.status == 200
    assert scenario.ledger_total() == TOTAL


def test_a_forged_callback_is_refused_and_nothing_is_written(scenario: PaymentScenario, url: str) -> None:
    payment = scenario.payment(url)
    before = everything(scenario)
    genuine = signed_query(payment, "deposited")
    forged = [
        signed_query(payment, "deposited", key="guess"),
        genuine.replace(f"orderNumber={payment.number}", "orderNumber=P000000000"),
        genuine + "&extra=1",
        urlencode([(k, v) for k, v in parse_qsl(genuine) if k != "checksum"]),
        "",
        "checksum=" + "A" * 64,
    ]
    for query in forged:
        answer = scenario.hear(Call(RBS, query))
        assert (answer.status, answer.json["code"]) == (403, "forged")
    assert everything(scenario) == before


def signed(parameters: dict[str, str]) -> str:
    """Return a callback of any parameters, signed as the bank signs."""
    sign = hmac.new(CALLBACK_KEY.encode(), signature_base(parameters).encode(), hashlib.sha256)
    return urlencode(parameters | {"checksum": sign.hexdigest().upper()})


@pytest.mark.parametrize(
    "bank_status",
    [
        {"operation": "bindingCreated", "bindingId": "b1", "status": "1"},
        {"operation": "bindingActivityChanged", "bindingId": "b1", "status": "1"},
        {"operation": "bindingActivityChanged", "clientId": "u1", "status": "1"},
        {"operation": "bindingActivityChanged", "bindingId": "b" * 256, "clientId": "u1"},
        {"operation": "bindingActivityChanged", "bindingId": "b1", "clientId": "u" * 5_000},
        {"operation": "deposited", "mdOrder": "m1"},
        {"operation": "deposited", "mdOrder": "m1", "orderNumber": ""},
        {"operation": "deposited", "mdOrder": "m1", "orderNumber": "9" * 5_000},
        {"operation": "x" * 5_000},
        {f"name{n}": "1" for n in range(85)},
    ],
)
def test_a_genuine_callback_about_no_order_is_taken_and_writes_nothing(
    scenario: PaymentScenario, url: str, bank_status: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(scenario)
    assert scenario.hear(Call(RBS, signed(bank_status))).status == 200
    (line,) = [vars(entry) for entry in caplog.records if entry.getMessage() == "callback_without_order"]
    assert (line["contract"], line["operation"]) == ("uk-test-rbs", bank_status.get("operation", "")[:64])
    assert everything(scenario) == before
    assert scenario.hear(Call(RBS, signed(bank_status) + "&forged=1")).status == 403


@pytest.mark.parametrize("client_id", ["u1", "nobody", "😀", "CARDS#u1"])
def test_an_authentic_callback_about_an_unknown_card_writes_nothing(
    scenario: PaymentScenario, url: str, client_id: str
) -> None:
    before = everything(scenario)
    about = {"operation": "bindingActivityChanged", "bindingId": "b1", "clientId": client_id}
    assert scenario.hear(Call(RBS, signed(about))).status == 200
    assert everything(scenario) == before


def test_a_genuine_callback_of_85_parameters_or_with_an_end_of_line_pays(
    scenario: PaymentScenario, url: str
) -> None:
    payment = scenario.payment(url)
    scenario.complete_payment(url)
    scenario.undelivered_callbacks.clear()
    bank_status = {"orderNumber": payment.number, "operation": "deposited"} | {
        f"name{n}": "1" for n in range(83)
    }
    assert scenario.hear(Call(RBS, signed(bank_status) + "&\r\n")).status == 200
    assert scenario.ledger_total() == TOTAL


@pytest.mark.parametrize("bank_order_id", ["", "m" * 5_000])
def test_an_authentic_callback_of_an_unknown_order_is_stored(
    scenario: PaymentScenario, url: str, bank_order_id: str
) -> None:
    payment = scenario.payment(url)
    scenario.complete_payment(url)
    table = scenario.aws.table("PAYMENTS_TABLE")
    key = {"pk": f"ORDER#{payment.number}", "sk": "ORDER"}
    row = table.get_item(Key=key)["Item"]
    table.delete_item(Key=key)
    bank_status = {"orderNumber": payment.number, "mdOrder": bank_order_id, "operation": "deposited"}
    assert scenario.hear(Call(RBS, signed(bank_status))).status == 200
    table.put_item(Item=row)
    scenario.wait(hours=1)
    scenario.reconcile()
    assert scenario.ledger_total() == TOTAL


def test_a_callback_before_the_payment_changes_nothing(scenario: PaymentScenario, url: str) -> None:
    assert scenario.hear(Call(RBS, signed_query(scenario.payment(url), "deposited"))).status == 200
    (order,) = scenario.orders()
    assert order.status == "registered"
    assert scenario.ledger_total() == 0


@pytest.mark.parametrize("delta", [-1, 1, 100_000])
def test_another_amount_than_ordered_goes_to_a_person(scenario: PaymentScenario, delta: int) -> None:
    url = checked_out(scenario, faults=Faults(amount_delta=delta))
    scenario.complete_payment(url)
    assert scenario.deliver() == [200, 200]
    (order,) = scenario.orders()
    assert (order.status, order.review_reason) == ("review", "amount")
    assert scenario.ledger_total() == 0
    assert scenario.emails() == []
    from cabinet.payments.reconciliation import review_count

    assert review_count() == 1


def test_another_currency_than_rubles_goes_to_a_person(scenario: PaymentScenario, url: str) -> None:
    scenario.payment(url).currency = "840"
    scenario.complete_payment(url)
    scenario.deliver()
    (order,) = scenario.orders()
    assert (order.status, order.review_reason) == ("review", "currency")


def test_a_silent_bank_is_told_to_call_again_and_the_third_call_counts(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, faults=Faults(silent=True))
    scenario.complete_payment(url)
    (first, second) = scenario.undelivered_callbacks
    assert scenario.hear(first).status == 503
    (order,) = scenario.orders()
    assert order.status == "registered"
    scenario.payment(url).faults = Faults()
    assert scenario.hear(second).status == 200
    assert scenario.ledger_total() == TOTAL


def test_reordered_copied_and_forged_callbacks_come_to_one_payment(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, faults=Faults(copies=3, reorder=True, forge=True))
    scenario.complete_payment(url)
    assert sorted(scenario.deliver()) == [200] * 6 + [403]
    assert scenario.ledger_total() == TOTAL
    assert len(scenario.emails()) == 1


def test_a_callback_about_an_unknown_order_is_stored_and_matched_later(
    scenario: PaymentScenario, url: str
) -> None:
    payment = scenario.payment(url)
    scenario.complete_payment(url)
    table = scenario.aws.table("PAYMENTS_TABLE")
    key = {"pk": f"ORDER#{payment.number}", "sk": "ORDER"}
    row = table.get_item(Key=key)["Item"]
    table.delete_item(Key=key)
    assert scenario.deliver() == [200, 200]
    unmatched = [item for item in scenario.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]
    assert [callback["number"] for callback in unmatched] == [payment.number]
    scenario.wait(seconds=1)
    assert scenario.reconcile()["callbacks_matched"] == 0
    table.put_item(Item=row)
    scenario.wait(hours=1)
    assert scenario.reconcile()["callbacks_matched"] == 1
    assert scenario.ledger_total() == TOTAL
    assert not [item for item in scenario.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]


def test_a_callback_of_an_unknown_attempt_delays_no_other(scenario: PaymentScenario, url: str) -> None:
    payment = scenario.payment(url)
    stranger = Payment(
        "rbs", "b1", f"{payment.number}-9", TOTAL, "643", "", "", RBS, [], scenario.moment, Faults()
    )
    assert scenario.hear(Call(RBS, signed_query(stranger, "deposited"))).status == 200
    scenario.wait(seconds=1)
    assert scenario.reconcile()["callbacks_matched"] == 0
    scenario.wait(hours=1)
    assert scenario.reconcile()["callbacks_matched"] == 0
    unmatched = [item for item in scenario.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]
    assert [callback["number"] for callback in unmatched] == [stranger.number]


def test_a_contract_whose_key_is_gone_keeps_no_others_callback_out(
    scenario: PaymentScenario, url: str
) -> None:
    ended = scenario.merchant(contract="a0").model_dump(mode="json") | {"secret": "cabinet/bank/gone"}
    scenario.aws.table("PAYMENTS_TABLE").put_item(Item=ended | {"pk": merchants_partition("rbs"), "sk": "a0"})
    stranger = Payment("rbs", "b1", "P0", TOTAL, "643", "", "", RBS, [], scenario.moment, Faults())
    assert scenario.hear(Call(RBS, signed_query(stranger, "deposited"))).status == 200
    assert scenario.hear(Call(RBS, signed_query(stranger, "deposited", key="guess"))).status == 503


def test_an_unknown_order_that_nobody_has_signed_is_refused(scenario: PaymentScenario, url: str) -> None:
    before = everything(scenario)
    stranger = Payment("rbs", "b", "P0", 1, "643", "", "", RBS, [], scenario.moment, Faults())
    assert scenario.hear(Call(RBS, signed_query(stranger, "deposited", key="guess"))).status == 403
    assert everything(scenario) == before


def test_a_refund_and_its_callback_reduce_the_ledger(scenario: PaymentScenario, url: str) -> None:
    scenario.complete_payment(url)
    scenario.deliver()
    payment = scenario.payment(url)
    for part in (100_000, TOTAL - 100_000):
        scenario.state.refund(payment, part)
        scenario.simulator.notify(payment, ["refunded"])
        assert scenario.deliver() == [200]
    assert scenario.ledger_total() == 0 == scenario.state.balance() == scenario.journal_total("uk-test-rbs")
    (order,) = scenario.orders()
    assert order.status == "refunded"
    assert [row["amount"] for row in scenario.ledger(ACCOUNT)] == [TOTAL, -100_000, -(TOTAL - 100_000)]
    assert sum(entry["amount"] for entry in scenario.unaccounted(ACCOUNT).values()) == 0
    assert len(scenario.emails("payment_refunded")) == 2


def test_the_letter_names_the_commission_that_the_sum_includes(scenario: PaymentScenario) -> None:
    scenario.supplier(commission=Commission(text="1%", basis_points=100))
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    scenario.complete_payment(scenario.check_out(token).json["payment_url"])
    scenario.deliver()
    (email,) = scenario.emails()
    bank_status = json.loads(email["params"])
    assert bank_status["commission"] == 5_135
    assert (
        bank_status["amount"]
        == sum(item["amount"] for item in bank_status["items"]) + bank_status["commission"]
    )
    assert (
        "Комиссия: 51,35 руб."
        in render("payment_received", bank_status, {"site": "https://lk.example.ru"}).text
    )


def test_late_money_after_a_decline_is_credited(scenario: PaymentScenario, url: str) -> None:
    payment = scenario.payment(url)
    scenario.complete_payment(url, "decline")
    scenario.deliver()
    assert scenario.orders()[0].status == "declined"
    payment.payment_state = PaymentState.WAITING
    scenario.complete_payment(url)
    assert scenario.deliver() == [200, 200]
    assert scenario.orders()[0].status == "paid"
    assert scenario.ledger_total() == TOTAL


@pytest.mark.parametrize("gone", ["binding", "cabinet"])
def test_the_credit_posts_though_the_account_is_unbound_or_the_cabinet_deleted(
    scenario: PaymentScenario, url: str, gone: str
) -> None:
    users = scenario.aws.table("USERS_TABLE")
    for pk, sk in [binding_key("u1", ACCOUNT), *([profile_key("u1")] if gone == "cabinet" else [])]:
        users.delete_item(Key={"pk": pk, "sk": sk})
    scenario.complete_payment(url)
    assert scenario.deliver() == [200, 200]
    assert scenario.ledger_total() == TOTAL


def test_a_callback_costs_three_round_trips_at_most(scenario: PaymentScenario, url: str) -> None:
    scenario.complete_payment(url)
    with measured() as cost:
        assert scenario.hear(scenario.undelivered_callbacks[0]).status == 200
    assert cost.operations == ["GetItem", "TransactWriteItems"]


# ------------------------------------------------------------------ «Город»


def test_gorod_checks_and_pays(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, "gorod")
    assert scenario.complete_payment(url)
    (call,) = scenario.undelivered_callbacks
    answer = scenario.hear(call)
    text = answer.body.decode("windows-1251")
    (order,) = scenario.orders()
    assert answer.headers["content-type"] == "text/xml; charset=windows-1251"
    assert f"<Code>0</Code><Description>Оплата принята</Description><PlatID>{order.order_id}</PlatID>" in text
    assert "<Status>0</Status><Date>2026/09/21 10:00:00</Date>" in text
    assert scenario.hear(call).body == answer.body
    assert scenario.ledger_total() == TOTAL
    assert len(scenario.emails()) == 1
    another = call.query.replace("payid=", "payid=9")
    assert b"<Code>1</Code>" in scenario.hear(Call(call.url, another)).body
    assert scenario.orders()[0].duplicate_charges
    assert scenario.ledger_total() == TOTAL


def test_gorod_refuses_at_the_check_what_must_not_be_paid(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, "gorod", Faults(amount_delta=5))
    assert not scenario.complete_payment(url)
    assert scenario.state.balance() == 0
    scenario.payment(url).faults = Faults()
    scenario.wait(minutes=31)
    scenario.reconcile()
    assert scenario.orders()[0].status == "expired"
    scenario.payment(url).ends_at = scenario.moment.replace(year=2030)
    assert not scenario.complete_payment(url)
    assert scenario.state.balance() == 0


def test_gorod_with_a_wrong_password_is_refused(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, "gorod", Faults(forge=True))
    scenario.complete_payment(url)
    before = everything(scenario)
    assert scenario.hear(scenario.undelivered_callbacks[0]).status == 403
    assert everything(scenario) == before
    assert scenario.hear(scenario.undelivered_callbacks[1]).status == 200


def test_gorod_paid_with_another_sum_than_checked_goes_to_a_person(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, "gorod")
    scenario.complete_payment(url)
    (call,) = scenario.undelivered_callbacks
    wrong = call.query.replace(f"summ={TOTAL}", f"summ={TOTAL - 1}")
    assert b"<Code>1</Code>" in scenario.hear(Call(call.url, wrong)).body
    assert scenario.orders()[0].status == "review"
    assert scenario.ledger_total() == 0
    resolve_review(scenario.orders()[0], received=True, note="доплачено в кассе", now=scenario.moment)
    assert b"<Code>0</Code>" in scenario.hear(Call(call.url, wrong)).body
    assert scenario.orders()[0].duplicate_charges == []
    assert scenario.ledger_total() == TOTAL


def test_gorod_paid_by_a_number_that_no_attempt_has_is_kept_for_a_person(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, "gorod")
    scenario.complete_payment(url)
    (call,) = scenario.undelivered_callbacks
    number = scenario.payment(url).number
    unknown = call.query.replace(f"account={number}", f"account={number}-9")
    assert b"<Code>1</Code>" in scenario.hear(Call(call.url, unknown)).body
    unmatched = [item for item in scenario.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]
    assert [callback["number"] for callback in unmatched] == [f"{number}-9"]
    assert scenario.ledger_total() == 0


def test_a_genuine_gorod_call_of_85_parameters_or_with_an_end_of_line_pays(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, "gorod")
    scenario.complete_payment(url)
    (call,) = scenario.undelivered_callbacks
    more = "".join(f"&name{n}=1" for n in range(85))
    assert b"<Code>0</Code>" in scenario.hear(Call(call.url, f"{call.query}{more}&\r\n")).body
    assert scenario.ledger_total() == TOTAL


@pytest.mark.parametrize("number", ["", "9" * 5_000])
def test_a_gorod_payment_of_no_order_is_refused_and_an_alarm(
    scenario: PaymentScenario, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = checked_out(scenario, "gorod")
    scenario.complete_payment(url)
    (call,) = scenario.undelivered_callbacks
    before = everything(scenario)
    unknown = call.query.replace(f"account={scenario.payment(url).number}", f"account={number}")
    assert b"<Code>1</Code>" in scenario.hear(Call(call.url, unknown)).body
    assert everything(scenario) == before
    assert "callback_unmatched" in [entry.getMessage() for entry in caplog.records]
