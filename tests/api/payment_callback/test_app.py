"""Callbacks through the function's own door: late, doubled, reordered, forged, mismatched, unknown."""

import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlencode

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.accounts.model import Commission
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
from tests.support.payment_scenario import TOTAL, Town

ACCOUNT = "uk-test:1234567899"
RBS = "http://127.0.0.1:8000/api/payments/rbs/callback"


@pytest.fixture
def url(town: Town) -> str:
    return checked_out(town)


def checked_out(town: Town, dialect: str = "rbs", faults: Faults | None = None) -> str:
    town.state.faults = faults or Faults()
    town.supplier(dialect=dialect)
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    answer = town.check_out(token)
    assert answer.status == 201, answer.body
    return str(answer.json["payment_url"])


def everything(town: Town) -> list[object]:
    return [town.everything(f"{name}_TABLE") for name in ("PAYMENTS", "ACCOUNTS", "MESSAGES", "USERS")]


def test_a_paid_order_is_credited_once_however_often_it_is_told(town: Town, url: str) -> None:
    town.settle(url)
    calls = list(town.held)
    assert town.deliver() == [200, 200]
    for call in reversed(calls):
        assert town.hear(call).status == 200
    assert town.ledger_total() == TOTAL == town.journal_total("uk-test-rbs") == town.state.balance()
    assert len(town.letters()) == 1


def test_a_callback_by_post_counts_as_much(town: Town, url: str) -> None:
    town.settle(url)
    (first, _) = town.held
    answer = town.call("payment_callback", "POST", "/api/payments/rbs/callback", query=first.query)
    assert answer.status == 200
    assert town.ledger_total() == TOTAL


def test_a_forged_callback_is_refused_and_nothing_is_written(town: Town, url: str) -> None:
    payment = town.payment(url)
    before = everything(town)
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
        answer = town.hear(Call(RBS, query))
        assert (answer.status, answer.json["code"]) == (403, "forged")
    assert everything(town) == before


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
    town: Town, url: str, bank_status: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(town)
    assert town.hear(Call(RBS, signed(bank_status))).status == 200
    (line,) = [vars(entry) for entry in caplog.records if entry.getMessage() == "callback_unplaced"]
    assert (line["contract"], line["operation"]) == ("uk-test-rbs", bank_status.get("operation", "")[:64])
    assert everything(town) == before
    assert town.hear(Call(RBS, signed(bank_status) + "&forged=1")).status == 403


@pytest.mark.parametrize("client_id", ["u1", "nobody", "😀", "CARDS#u1"])
def test_a_genuine_callback_about_a_card_that_we_do_not_have_writes_nothing(
    town: Town, url: str, client_id: str
) -> None:
    before = everything(town)
    about = {"operation": "bindingActivityChanged", "bindingId": "b1", "clientId": client_id}
    assert town.hear(Call(RBS, signed(about))).status == 200
    assert everything(town) == before


def test_a_genuine_callback_of_85_parameters_or_with_an_end_of_line_pays(town: Town, url: str) -> None:
    payment = town.payment(url)
    town.settle(url)
    town.held.clear()
    bank_status = {"orderNumber": payment.number, "operation": "deposited"} | {
        f"name{n}": "1" for n in range(83)
    }
    assert town.hear(Call(RBS, signed(bank_status) + "&\r\n")).status == 200
    assert town.ledger_total() == TOTAL


@pytest.mark.parametrize("bank_order_id", ["", "m" * 5_000])
def test_a_genuine_callback_about_an_unknown_order_is_kept_whatever_its_identifier(
    town: Town, url: str, bank_order_id: str
) -> None:
    payment = town.payment(url)
    town.settle(url)
    table = town.aws.table("PAYMENTS_TABLE")
    key = {"pk": f"ORDER#{payment.number}", "sk": "ORDER"}
    row = table.get_item(Key=key)["Item"]
    table.delete_item(Key=key)
    bank_status = {"orderNumber": payment.number, "mdOrder": bank_order_id, "operation": "deposited"}
    assert town.hear(Call(RBS, signed(bank_status))).status == 200
    table.put_item(Item=row)
    town.wait(hours=1)
    town.reconcile()
    assert town.ledger_total() == TOTAL


def test_a_callback_before_the_payment_changes_nothing(town: Town, url: str) -> None:
    assert town.hear(Call(RBS, signed_query(town.payment(url), "deposited"))).status == 200
    (order,) = town.orders()
    assert order.status == "registered"
    assert town.ledger_total() == 0


@pytest.mark.parametrize("delta", [-1, 1, 100_000])
def test_another_amount_than_ordered_goes_to_a_person(town: Town, delta: int) -> None:
    url = checked_out(town, faults=Faults(amount_delta=delta))
    town.settle(url)
    assert town.deliver() == [200, 200]
    (order,) = town.orders()
    assert (order.status, order.review_reason) == ("review", "amount")
    assert town.ledger_total() == 0
    assert town.letters() == []
    from cabinet.payments.reconciliation import review_count

    assert review_count() == 1


def test_another_currency_than_rubles_goes_to_a_person(town: Town, url: str) -> None:
    town.payment(url).currency = "840"
    town.settle(url)
    town.deliver()
    (order,) = town.orders()
    assert (order.status, order.review_reason) == ("review", "currency")


def test_a_silent_bank_is_told_to_call_again_and_the_third_call_counts(town: Town) -> None:
    url = checked_out(town, faults=Faults(silent=True))
    town.settle(url)
    (first, second) = town.held
    assert town.hear(first).status == 503
    (order,) = town.orders()
    assert order.status == "registered"
    town.payment(url).faults = Faults()
    assert town.hear(second).status == 200
    assert town.ledger_total() == TOTAL


def test_reordered_copied_and_forged_callbacks_come_to_one_payment(town: Town) -> None:
    url = checked_out(town, faults=Faults(copies=3, reorder=True, forge=True))
    town.settle(url)
    assert sorted(town.deliver()) == [200] * 6 + [403]
    assert town.ledger_total() == TOTAL
    assert len(town.letters()) == 1


def test_a_genuine_callback_about_an_unknown_order_is_kept_and_matched_later(town: Town, url: str) -> None:
    payment = town.payment(url)
    town.settle(url)
    table = town.aws.table("PAYMENTS_TABLE")
    key = {"pk": f"ORDER#{payment.number}", "sk": "ORDER"}
    row = table.get_item(Key=key)["Item"]
    table.delete_item(Key=key)
    assert town.deliver() == [200, 200]
    strays = [item for item in town.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]
    assert [stray["number"] for stray in strays] == [payment.number]
    town.wait(seconds=1)
    assert town.reconcile()["strays_matched"] == 0
    table.put_item(Item=row)
    town.wait(hours=1)
    assert town.reconcile()["strays_matched"] == 1
    assert town.ledger_total() == TOTAL
    assert not [item for item in town.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]


def test_a_callback_about_an_unknown_attempt_waits_for_a_person_and_holds_up_no_other(
    town: Town, url: str
) -> None:
    payment = town.payment(url)
    stranger = Payment(
        "rbs", "b1", f"{payment.number}-9", TOTAL, "643", "", "", RBS, [], town.moment, Faults()
    )
    assert town.hear(Call(RBS, signed_query(stranger, "deposited"))).status == 200
    town.wait(seconds=1)
    assert town.reconcile()["strays_matched"] == 0
    town.wait(hours=1)
    assert town.reconcile()["strays_matched"] == 0
    strays = [item for item in town.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]
    assert [stray["number"] for stray in strays] == [stranger.number]


def test_a_contract_whose_key_is_gone_keeps_no_others_callback_out(town: Town, url: str) -> None:
    ended = town.merchant(contract="a0").model_dump(mode="json") | {"secret": "cabinet/bank/gone"}
    town.aws.table("PAYMENTS_TABLE").put_item(Item=ended | {"pk": merchants_partition("rbs"), "sk": "a0"})
    stranger = Payment("rbs", "b1", "P0", TOTAL, "643", "", "", RBS, [], town.moment, Faults())
    assert town.hear(Call(RBS, signed_query(stranger, "deposited"))).status == 200
    assert town.hear(Call(RBS, signed_query(stranger, "deposited", key="guess"))).status == 503


def test_an_unknown_order_that_nobody_has_signed_is_refused(town: Town, url: str) -> None:
    before = everything(town)
    stranger = Payment("rbs", "b", "P0", 1, "643", "", "", RBS, [], town.moment, Faults())
    assert town.hear(Call(RBS, signed_query(stranger, "deposited", key="guess"))).status == 403
    assert everything(town) == before


def test_a_refund_and_its_callback_reduce_the_ledger(town: Town, url: str) -> None:
    town.settle(url)
    town.deliver()
    payment = town.payment(url)
    for part in (100_000, TOTAL - 100_000):
        town.state.refund(payment, part)
        town.simulator.notify(payment, ["refunded"])
        assert town.deliver() == [200]
    assert town.ledger_total() == 0 == town.state.balance() == town.journal_total("uk-test-rbs")
    (order,) = town.orders()
    assert order.status == "refunded"
    assert [row["amount"] for row in town.ledger(ACCOUNT)] == [TOTAL, -100_000, -(TOTAL - 100_000)]
    assert sum(entry["amount"] for entry in town.unaccounted(ACCOUNT).values()) == 0
    assert len(town.letters("payment_refunded")) == 2


def test_the_letter_names_the_commission_that_the_sum_includes(town: Town) -> None:
    town.supplier(commission=Commission(text="1%", basis_points=100))
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    town.settle(town.check_out(token).json["payment_url"])
    town.deliver()
    (letter,) = town.letters()
    bank_status = json.loads(letter["params"])
    assert bank_status["commission"] == 5_135
    assert (
        bank_status["amount"]
        == sum(item["amount"] for item in bank_status["items"]) + bank_status["commission"]
    )
    assert (
        "Комиссия: 51,35 руб."
        in render("payment_received", bank_status, {"site": "https://lk.example.ru"}).text
    )


def test_late_money_after_a_decline_is_credited(town: Town, url: str) -> None:
    payment = town.payment(url)
    town.settle(url, "decline")
    town.deliver()
    assert town.orders()[0].status == "declined"
    payment.payment_state = PaymentState.WAITING
    town.settle(url)
    assert town.deliver() == [200, 200]
    assert town.orders()[0].status == "paid"
    assert town.ledger_total() == TOTAL


@pytest.mark.parametrize("gone", ["binding", "cabinet"])
def test_the_credit_posts_though_the_account_is_unbound_or_the_cabinet_deleted(
    town: Town, url: str, gone: str
) -> None:
    users = town.aws.table("USERS_TABLE")
    for pk, sk in [binding_key("u1", ACCOUNT), *([profile_key("u1")] if gone == "cabinet" else [])]:
        users.delete_item(Key={"pk": pk, "sk": sk})
    town.settle(url)
    assert town.deliver() == [200, 200]
    assert town.ledger_total() == TOTAL


def test_a_callback_costs_three_round_trips_at_most(town: Town, url: str) -> None:
    town.settle(url)
    with measured() as cost:
        assert town.hear(town.held[0]).status == 200
    assert cost.operations == ["GetItem", "TransactWriteItems"]


# ------------------------------------------------------------------ «Город»


def test_gorod_checks_and_pays(town: Town) -> None:
    url = checked_out(town, "gorod")
    assert town.settle(url)
    (call,) = town.held
    answer = town.hear(call)
    text = answer.body.decode("windows-1251")
    (order,) = town.orders()
    assert answer.headers["content-type"] == "text/xml; charset=windows-1251"
    assert f"<Code>0</Code><Description>Оплата принята</Description><PlatID>{order.order_id}</PlatID>" in text
    assert "<Status>0</Status><Date>2026/09/21 10:00:00</Date>" in text
    assert town.hear(call).body == answer.body
    assert town.ledger_total() == TOTAL
    assert len(town.letters()) == 1
    another = call.query.replace("payid=", "payid=9")
    assert b"<Code>1</Code>" in town.hear(Call(call.url, another)).body
    assert town.orders()[0].duplicate_charges
    assert town.ledger_total() == TOTAL


def test_gorod_refuses_at_the_check_what_must_not_be_paid(town: Town) -> None:
    url = checked_out(town, "gorod", Faults(amount_delta=5))
    assert not town.settle(url)
    assert town.state.balance() == 0
    town.payment(url).faults = Faults()
    town.wait(minutes=31)
    town.reconcile()
    assert town.orders()[0].status == "expired"
    town.payment(url).ends_at = town.moment.replace(year=2030)
    assert not town.settle(url)
    assert town.state.balance() == 0


def test_gorod_with_a_wrong_password_is_refused(town: Town) -> None:
    url = checked_out(town, "gorod", Faults(forge=True))
    town.settle(url)
    before = everything(town)
    assert town.hear(town.held[0]).status == 403
    assert everything(town) == before
    assert town.hear(town.held[1]).status == 200


def test_gorod_paid_with_another_sum_than_checked_goes_to_a_person(town: Town) -> None:
    url = checked_out(town, "gorod")
    town.settle(url)
    (call,) = town.held
    wrong = call.query.replace(f"summ={TOTAL}", f"summ={TOTAL - 1}")
    assert b"<Code>1</Code>" in town.hear(Call(call.url, wrong)).body
    assert town.orders()[0].status == "review"
    assert town.ledger_total() == 0
    resolve_review(town.orders()[0], received=True, note="доплачено в кассе", now=town.moment)
    assert b"<Code>0</Code>" in town.hear(Call(call.url, wrong)).body
    assert town.orders()[0].duplicate_charges == []
    assert town.ledger_total() == TOTAL


def test_gorod_paid_by_a_number_that_no_attempt_has_is_kept_for_a_person(town: Town) -> None:
    url = checked_out(town, "gorod")
    town.settle(url)
    (call,) = town.held
    number = town.payment(url).number
    unknown = call.query.replace(f"account={number}", f"account={number}-9")
    assert b"<Code>1</Code>" in town.hear(Call(call.url, unknown)).body
    strays = [item for item in town.everything("PAYMENTS_TABLE") if item["pk"].startswith("STRAY#")]
    assert [stray["number"] for stray in strays] == [f"{number}-9"]
    assert town.ledger_total() == 0


def test_a_genuine_gorod_call_of_85_parameters_or_with_an_end_of_line_pays(town: Town) -> None:
    url = checked_out(town, "gorod")
    town.settle(url)
    (call,) = town.held
    more = "".join(f"&name{n}=1" for n in range(85))
    assert b"<Code>0</Code>" in town.hear(Call(call.url, f"{call.query}{more}&\r\n")).body
    assert town.ledger_total() == TOTAL


@pytest.mark.parametrize("number", ["", "9" * 5_000])
def test_a_gorod_payment_of_no_order_is_refused_and_an_alarm(
    town: Town, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = checked_out(town, "gorod")
    town.settle(url)
    (call,) = town.held
    before = everything(town)
    unknown = call.query.replace(f"account={town.payment(url).number}", f"account={number}")
    assert b"<Code>1</Code>" in town.hear(Call(call.url, unknown)).body
    assert everything(town) == before
    assert "callback_stray" in [entry.getMessage() for entry in caplog.records]
