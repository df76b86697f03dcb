"""Money back: once however often it is asked for, from the lines that were named, whatever the bank does."""

import json
from typing import Any

import pytest

from cabinet.audit.store import entries, list_about
from cabinet.payments import refunds
from cabinet.payments.model import Refund
from cabinet.payments.providers.base import ProviderPaymentState, ProviderPaymentStatus
from cabinet.payments.providers.credentials import CredentialsMissing
from cabinet.payments.refund_rules import apply_bank_refund
from infra.__main__ import main
from infra.cli import environment
from infra.simulators.bank.state import Faults, Payment, PaymentState, State
from tests.support.payment_scenario import TOTAL, PaymentScenario

ACCOUNT = "uk-test:1234567899"
PART = 3_527


def bought(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, delta: int = 0, dialect: str = "rbs"
) -> str:
    """Return an order that was paid at the bank and heard of here."""
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    scenario.state.faults = Faults(amount_delta=delta)
    scenario.supplier(dialect=dialect)
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token).json
    scenario.complete_payment(answer["payment_url"])
    scenario.deliver()
    if dialect != "rbs":
        scenario.wait(minutes=2)
        scenario.reconcile()
    return str(answer["order_id"])


@pytest.fixture
def order_id(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> str:
    return bought(scenario, monkeypatch)


def only(scenario: PaymentScenario) -> Payment:
    (payment,) = scenario.state.payments.values()
    return payment


def refund(order_id: str, *more: str, reason: str = "начислено дважды") -> int:
    return main(["orders", "refund", order_id, "--reason", reason, "--yes", *more])


def books(scenario: PaymentScenario) -> tuple[int, int, int]:
    return scenario.ledger_total(), scenario.journal_total("uk-test-rbs"), scenario.state.balance()


def params(email: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(email["params"])
    return found


def test_the_payer_hears_of_a_part_and_of_the_whole(scenario: PaymentScenario, order_id: str) -> None:
    refund(order_id, "--amount", "35,27")
    refund(order_id, reason="отказ от услуг")
    part, rest = sorted(
        (params(row) for row in scenario.emails("payment_refunded")), key=lambda each: each["amount"]
    )
    assert (part["amount"], part["is_whole"], part["left"], part["reason"]) == (
        PART, False, TOTAL - PART, "начислено дважды",
    )  # fmt: skip
    assert (rest["amount"], rest["is_whole"], rest["left"], rest["reason"]) == (
        TOTAL - PART, False, 0, "отказ от услуг",
    )  # fmt: skip
    assert {row["kind"] for row in scenario.ledger(ACCOUNT)} == {
        "оплата картой в личном кабинете", "возврат оплаты картой",
    }  # fmt: skip


def test_money_of_a_review_that_is_given_back_is_told(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(scenario, monkeypatch, delta=7)
    assert refund(order_id, reason="списано не то") == 0
    (email,) = scenario.emails("payment_refunded")
    assert (params(email)["amount"], params(email)["reason"]) == (TOTAL + 7, "списано не то")
    assert scenario.ledger_total() == 0


def test_a_refund_that_the_bank_made_first_is_told_once(scenario: PaymentScenario, order_id: str) -> None:
    scenario.state.refunds_lost = 1
    refund(order_id)
    scenario.deliver()
    assert len(scenario.emails("payment_refunded")) == 1
    assert scenario.emails("refund_refused") == []


def test_a_refund_typed_twice_is_one(
    scenario: PaymentScenario, order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refund(order_id, "--amount", "35,27") == 0
    assert refund(order_id, "--amount", "35,27") == 0
    assert "nothing to do" in capsys.readouterr().out
    assert books(scenario) == (TOTAL - PART,) * 3
    assert refund(order_id, "--amount", "35,27", reason="ещё раз") == 0
    assert books(scenario) == (TOTAL - 2 * PART,) * 3
    assert len(scenario.emails("payment_refunded")) == 2


def test_a_lost_answer_gives_back_once(scenario: PaymentScenario, order_id: str) -> None:
    scenario.state.refunds_lost = 1
    assert refund(order_id, "--amount", "35,27") == 1
    assert only(scenario).refunded == PART
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(scenario) == (TOTAL - PART,) * 3


def test_what_a_silent_bank_was_not_asked_is_asked_by_reconciliation(
    scenario: PaymentScenario, order_id: str
) -> None:
    scenario.state.refunds_lost = 1
    assert refund(order_id, "--amount", "35,27") == 1
    only(scenario).refunded, only(scenario).payment_state = (
        0,
        PaymentState.PAID,
    )  # the bank has not done it after all
    only(scenario).refunds.clear()
    scenario.undelivered_callbacks.clear()
    scenario.wait(minutes=2)
    scenario.reconcile()
    assert books(scenario) == (TOTAL - PART,) * 3
    assert [r.status for r in scenario.order(order_id).refunds] == ["done"]


def test_nothing_is_written_or_sent_while_the_bank_is_silent(
    scenario: PaymentScenario, order_id: str
) -> None:
    scenario.state.is_down = True
    assert refund(order_id, "--amount", "35,27") == 1
    assert scenario.order(order_id).refunds == []
    scenario.state.is_down = False
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(scenario) == (TOTAL - PART,) * 3


def test_one_open_refund_at_a_time(
    scenario: PaymentScenario, order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.state.refunds_lost = 1
    refund(order_id, "--amount", "35,27")
    only(scenario).refunded, only(scenario).payment_state = 0, PaymentState.PAID
    scenario.undelivered_callbacks.clear()
    assert refund(order_id, "--amount", "10,00", reason="другое") == 1
    assert "Сначала должен завершиться возврат" in capsys.readouterr().err
    assert [r.amount for r in scenario.order(order_id).refunds] == [PART]


def test_a_refund_of_lines_shows_in_timeline_and_to_the_subscriber(
    scenario: PaymentScenario, order_id: str
) -> None:
    assert refund(order_id, "--line", "4=1000,00", "--line", "2=5,65") == 0
    work = [row for row in scenario.everything("PAYMENTS_TABLE") if row["pk"].startswith("PAYOUT#")]
    (back,) = [row for row in work if row["status"] == "refunded"]
    lines = {line["service"]: line["amount"] for line in back["lines"]}
    assert lines == {"ВО в целях сод.ОИ": -565, "Охрана": -100_000}
    assert refund(order_id, "--line", "2=0,01", reason="ещё") == 1, "nothing is left of this line"
    token = scenario.sign_in()
    shown = scenario.call("cart", "GET", f"/api/orders/{order_id}", token).json
    assert "Часть оплаты возвращена: 1\u00a0005,65 руб." in [entry["what"] for entry in shown["timeline"]]
    (bank_status,) = shown["refunds"]
    assert (bank_status["amount"], bank_status["status"], bank_status["reason"]) == (
        100_565,
        "done",
        "начислено дважды",
    )
    assert refund(order_id, reason="остальное") == 0
    assert books(scenario) == (0, 0, 0)
    assert scenario.order(order_id).status == "refunded"


@pytest.mark.parametrize(
    "more",
    [["--amount", "0"], ["--amount", "9999,99"], ["--line", "9=1,00"], ["--line", "1"], ["--id", "а б"]],
)
def test_a_wrong_wish_is_refused_and_nothing_is_sent(
    scenario: PaymentScenario, order_id: str, more: list[str]
) -> None:
    assert refund(order_id, *more) == 1
    assert only(scenario).refunded == 0
    assert scenario.order(order_id).refunds == []


def test_a_refund_wants_a_reason_and_a_confirmation(scenario: PaymentScenario, order_id: str) -> None:
    with pytest.raises(SystemExit):
        main(["orders", "refund", order_id, "--amount", "1,00", "--yes"])
    assert main(["orders", "refund", order_id, "--amount", "1,00", "--reason", "р"]) == 1
    assert only(scenario).refunded == 0


def test_a_bank_without_refunds_says_so(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(scenario, monkeypatch, dialect="gorod_unified")
    assert refund(order_id) == 1
    assert "письмом в банк" in capsys.readouterr().err
    assert scenario.order(order_id).refunds == []


def test_a_bank_that_refuses_ends_the_refund_and_another_may_follow(
    scenario: PaymentScenario, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(State, "refund_once", lambda *_: False)
        assert refund(order_id, "--amount", "35,27") == 1
    (ended,) = scenario.order(order_id).refunds
    assert (ended.status, ended.error) == ("refused", "7")
    (email,) = scenario.emails("refund_refused")
    assert email["to"] == "subscriber@example.com"
    assert (params(email)["amount"], params(email)["reason"]) == (PART, "начислено дважды")
    assert scenario.emails("payment_refunded") == []
    assert refund(order_id, "--amount", "35,27", "--id", "r2") == 0
    assert books(scenario) == (TOTAL - PART,) * 3


def test_a_refund_that_the_bank_made_meanwhile_counts_beside_ours(
    scenario: PaymentScenario, order_id: str
) -> None:
    scenario.state.refund(only(scenario), 100)
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(scenario) == (TOTAL - PART - 100,) * 3
    assert sorted(r.amount for r in scenario.order(order_id).refunds) == [100, PART]


# ------------------------------------------------------------------ other sums than ordered


def settle(order_id: str, outcome: str = "paid", *more: str) -> int:
    return main(["orders", "settle", order_id, "--as", outcome, "--note", "сверено, Петрова", *more])


def test_settling_posts_what_the_bank_holds_when_that_is_less(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(scenario, monkeypatch, delta=-5_000)
    main(["orders", "show", order_id])
    assert "bank: took 5085.27, holds 5085.27" in capsys.readouterr().out
    (shown,) = entries(list_about(f"order:{order_id}"))
    assert (shown.action, shown.role) == ("ORDER_SHOWN", "command")
    assert settle(order_id) == 0
    assert books(scenario) == (TOTAL - 5_000,) * 3
    assert scenario.order(order_id).timeline[-1].what == "Оплата получена: 5\u00a0085,27 руб."
    assert refund(order_id) == 0
    assert books(scenario) == (0, 0, 0)
    assert scenario.order(order_id).status == "refunded"


def test_a_stated_sum_is_posted_and_never_more_than_the_bank_holds(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(scenario, monkeypatch, delta=-5_000)
    assert settle(order_id, "paid", "--amount", "5085,28") == 1
    assert scenario.order(order_id).status == "review"
    assert settle(order_id, "paid", "--amount", "5000,00") == 0
    assert (scenario.ledger_total(), scenario.order(order_id).surplus) == (500_000, 8_527)
    assert scenario.journal_total("uk-test-rbs") == scenario.state.balance()


@pytest.mark.parametrize("by_bank", [True, False])
def test_a_surplus_given_back_debits_nobody(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, by_bank: bool
) -> None:
    order_id = bought(scenario, monkeypatch, delta=10_000)
    assert settle(order_id) == 0
    assert scenario.ledger_total() == TOTAL
    if by_bank:
        scenario.state.refund(only(scenario), 10_000)
        scenario.simulator.notify(only(scenario), ["refunded"])
        scenario.deliver()
    else:
        assert refund(order_id, "--surplus") == 0
    assert books(scenario) == (TOTAL,) * 3
    (email,) = scenario.emails("payment_refunded")
    assert (params(email)["amount"], params(email)["is_surplus"], params(email)["items"]) == (
        10_000,
        True,
        [],
    )
    order = scenario.order(order_id)
    assert (order.status, order.refunded_from_posted, order.surplus) == ("paid", 0, 0)
    assert order.timeline[-1].what == "Возвращено списанное сверх заказа: 100,00 руб."
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(scenario) == (TOTAL - PART,) * 3


def test_what_was_given_back_under_review_is_settled_for_the_rest(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(scenario, monkeypatch, delta=10_000)
    scenario.state.refund(only(scenario), 10_000)
    assert settle(order_id) == 0
    assert books(scenario) == (TOTAL,) * 3
    assert scenario.order(order_id).surplus == 0


def test_a_review_whose_money_is_given_back_closes_and_stays_closed(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(scenario, monkeypatch, delta=7)
    assert settle(order_id, "declined") == 1
    assert "сначала верните" in capsys.readouterr().err
    assert refund(order_id, reason="списано не то") == 0
    assert only(scenario).refunded == TOTAL + 7
    assert (scenario.order(order_id).status, scenario.ledger_total()) == ("declined", 0)
    for _ in range(3):
        scenario.wait(days=1)
        scenario.reconcile()
    assert scenario.order(order_id).status == "declined"
    assert main(["orders", "ask", order_id]) == 0
    assert (scenario.order(order_id).status, *books(scenario)) == ("declined", 0, 0, 0)


@pytest.mark.parametrize("delta", [0, 7])
def test_declined_by_a_person_after_the_bank_gave_all_back_stays_declined(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, delta: int
) -> None:
    order_id = bought(scenario, monkeypatch, delta=7)
    only(scenario).faults = Faults(amount_delta=delta)
    scenario.state.refund(only(scenario), only(scenario).taken)
    from cabinet.payments.reconciliation import resolve_review as decide

    decide(scenario.order(order_id), received=False, note="банк вернул", now=scenario.moment)
    for _ in range(3):
        scenario.wait(days=1)
        scenario.reconcile()
    assert (scenario.order(order_id).status, scenario.ledger_total()) == ("declined", 0)


def test_a_review_is_not_settled_while_its_money_is_being_given_back(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(scenario, monkeypatch, delta=-5_000)
    scenario.state.refunds_lost = 1
    assert refund(order_id, reason="списано не то") == 1
    scenario.undelivered_callbacks.clear()
    only(scenario).refunded, only(scenario).payment_state = 0, PaymentState.PAID  # the bank will do it later
    only(scenario).refunds.clear()
    assert settle(order_id) == 1
    assert "Сначала должен завершиться возврат" in capsys.readouterr().err
    scenario.wait(minutes=1)
    assert refund(order_id, reason="списано не то") == 0
    assert (scenario.order(order_id).status, *books(scenario)) == ("declined", 0, 0, 0)


def test_a_refund_of_before_the_settling_comes_off_the_lines(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for as beyond anything posted, and is done after a posting, debits what was posted."""
    order_id = bought(scenario, monkeypatch, delta=-5_000)
    assert settle(order_id) == 0
    order = scenario.order(order_id)
    held = TOTAL - 5_000
    asked = Refund(refund_id="r", amount=held, unposted_amount=held, lines=[], reason="р", at=scenario.moment)
    back = ProviderPaymentStatus(ProviderPaymentState.REFUNDED, amount=held, refunded=held)
    booked = apply_bank_refund(order.with_refund(asked), back, scenario.moment)
    assert booked is not None
    changed, posting = booked
    assert (changed.status, changed.refunded_from_posted, sum(amount for _, amount in posting.lines)) == (
        "refunded",
        held,
        -held,
    )


def test_a_deposited_part_that_is_given_back_is_not_credited_as_the_whole(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(scenario, monkeypatch, delta=-5_000)
    scenario.state.refund(only(scenario), TOTAL - 5_000)
    scenario.wait(days=1)
    assert main(["orders", "ask", order_id]) == 0
    assert (scenario.order(order_id).status, *books(scenario)) == ("declined", 0, 0, 0)


def test_reconciliation_goes_on_with_a_refund_of_an_order_under_review(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(scenario, monkeypatch, delta=-5_000)
    scenario.state.refunds_lost = 1
    assert refund(order_id, reason="списано не то") == 1
    scenario.undelivered_callbacks.clear()
    only(scenario).refunded, only(scenario).payment_state = (
        0,
        PaymentState.PAID,
    )  # the bank has not done it after all
    only(scenario).refunds.clear()
    scenario.wait(minutes=2)
    scenario.reconcile()
    assert only(scenario).refunded == TOTAL - 5_000
    assert (scenario.order(order_id).status, *books(scenario)) == ("declined", 0, 0, 0)


def test_money_of_an_older_attempt_under_review_is_given_back_from_that_payment(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    first = scenario.check_out(token).json
    order_id = str(first["order_id"])
    scenario.wait(minutes=21)
    scenario.reconcile()
    assert scenario.order(order_id).status == "expired"
    assert scenario.call("cart", "POST", f"/api/orders/{order_id}/payment", token).status == 201
    older = scenario.payment(first["payment_url"])
    older.faults = Faults(amount_delta=-5_000)
    older.payment_state, older.paid_at = PaymentState.PAID, scenario.moment
    scenario.simulator.notify(older, ["deposited"])
    scenario.deliver()
    assert scenario.order(order_id).status == "review"
    assert refund(order_id, reason="списано не то") == 0
    assert older.refunded == TOTAL - 5_000


def test_an_empty_sum_gives_nothing_back(scenario: PaymentScenario, order_id: str) -> None:
    assert refund(order_id, "--amount", "") == 1
    assert refund(order_id, "--line", "1=1,00", "--line", "1=2,00") == 1
    assert only(scenario).refunded == 0


def test_a_contract_without_its_secret_is_said(
    scenario: PaymentScenario,
    order_id: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def missing(_: object) -> None:
        raise CredentialsMissing

    monkeypatch.setattr(refunds, "get_provider", missing)
    assert refund(order_id) == 1
    assert "no answer from the bank" in capsys.readouterr().err


# ------------------------------------------------------------------ reversals


def test_a_reversal_after_payment_is_a_refund_and_is_told(scenario: PaymentScenario, order_id: str) -> None:
    assert scenario.state.reverse(only(scenario))
    scenario.simulator.notify(only(scenario), ["reversed"])
    assert scenario.deliver() == [200]
    assert books(scenario) == (0, 0, 0)
    assert scenario.order(order_id).status == "refunded"
    assert len(scenario.emails("payment_refunded")) == 1


def test_a_reversal_whose_callback_was_lost_is_found(scenario: PaymentScenario, order_id: str) -> None:
    scenario.state.reverse(only(scenario))
    scenario.wait(days=1)
    scenario.reconcile()
    assert (*books(scenario), scenario.order(order_id).status) == (0, 0, 0, "refunded")


def test_a_reversal_is_possible_until_midnight_alone(scenario: PaymentScenario, order_id: str) -> None:
    scenario.wait(days=1)
    assert not scenario.state.reverse(only(scenario))
