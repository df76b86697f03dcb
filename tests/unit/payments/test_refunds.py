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
from tests.support.payment_scenario import TOTAL, Town

ACCOUNT = "uk-test:1234567899"
PART = 3_527


def bought(town: Town, monkeypatch: pytest.MonkeyPatch, delta: int = 0, dialect: str = "rbs") -> str:
    """Return an order that was paid at the bank and heard of here."""
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    town.state.faults = Faults(amount_delta=delta)
    town.supplier(dialect=dialect)
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    answer = town.check_out(token).json
    town.settle(answer["payment_url"])
    town.deliver()
    if dialect != "rbs":
        town.wait(minutes=2)
        town.reconcile()
    return str(answer["order_id"])


@pytest.fixture
def order_id(town: Town, monkeypatch: pytest.MonkeyPatch) -> str:
    return bought(town, monkeypatch)


def only(town: Town) -> Payment:
    (payment,) = town.state.payments.values()
    return payment


def refund(order_id: str, *more: str, reason: str = "начислено дважды") -> int:
    return main(["orders", "refund", order_id, "--reason", reason, "--yes", *more])


def books(town: Town) -> tuple[int, int, int]:
    return town.ledger_total(), town.journal_total("uk-test-rbs"), town.state.balance()


def params(letter: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(letter["params"])
    return found


def test_the_payer_hears_of_a_part_and_of_the_whole(town: Town, order_id: str) -> None:
    refund(order_id, "--amount", "35,27")
    refund(order_id, reason="отказ от услуг")
    part, rest = sorted(
        (params(row) for row in town.letters("payment_refunded")), key=lambda each: each["amount"]
    )
    assert (part["amount"], part["is_whole"], part["left"], part["reason"]) == (
        PART, False, TOTAL - PART, "начислено дважды",
    )  # fmt: skip
    assert (rest["amount"], rest["is_whole"], rest["left"], rest["reason"]) == (
        TOTAL - PART, False, 0, "отказ от услуг",
    )  # fmt: skip
    assert {row["kind"] for row in town.ledger(ACCOUNT)} == {
        "оплата картой в личном кабинете", "возврат оплаты картой",
    }  # fmt: skip


def test_money_of_a_review_that_is_given_back_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = bought(town, monkeypatch, delta=7)
    assert refund(order_id, reason="списано не то") == 0
    (letter,) = town.letters("payment_refunded")
    assert (params(letter)["amount"], params(letter)["reason"]) == (TOTAL + 7, "списано не то")
    assert town.ledger_total() == 0


def test_a_refund_that_the_bank_made_first_is_told_once(town: Town, order_id: str) -> None:
    town.state.refunds_lost = 1
    refund(order_id)
    town.deliver()
    assert len(town.letters("payment_refunded")) == 1
    assert town.letters("refund_refused") == []


def test_a_refund_typed_twice_is_one(town: Town, order_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refund(order_id, "--amount", "35,27") == 0
    assert refund(order_id, "--amount", "35,27") == 0
    assert "nothing to do" in capsys.readouterr().out
    assert books(town) == (TOTAL - PART,) * 3
    assert refund(order_id, "--amount", "35,27", reason="ещё раз") == 0
    assert books(town) == (TOTAL - 2 * PART,) * 3
    assert len(town.letters("payment_refunded")) == 2


def test_a_lost_answer_gives_back_once(town: Town, order_id: str) -> None:
    town.state.refunds_lost = 1
    assert refund(order_id, "--amount", "35,27") == 1
    assert only(town).refunded == PART
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(town) == (TOTAL - PART,) * 3


def test_what_a_silent_bank_was_not_asked_is_asked_by_reconciliation(town: Town, order_id: str) -> None:
    town.state.refunds_lost = 1
    assert refund(order_id, "--amount", "35,27") == 1
    only(town).refunded, only(town).payment_state = 0, PaymentState.PAID  # the bank has not done it after all
    only(town).refunds.clear()
    town.held.clear()
    town.wait(minutes=2)
    town.reconcile()
    assert books(town) == (TOTAL - PART,) * 3
    assert [r.status for r in town.order(order_id).refunds] == ["done"]


def test_nothing_is_written_or_sent_while_the_bank_is_silent(town: Town, order_id: str) -> None:
    town.state.is_down = True
    assert refund(order_id, "--amount", "35,27") == 1
    assert town.order(order_id).refunds == []
    town.state.is_down = False
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(town) == (TOTAL - PART,) * 3


def test_one_open_refund_at_a_time(town: Town, order_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    town.state.refunds_lost = 1
    refund(order_id, "--amount", "35,27")
    only(town).refunded, only(town).payment_state = 0, PaymentState.PAID
    town.held.clear()
    assert refund(order_id, "--amount", "10,00", reason="другое") == 1
    assert "Сначала должен завершиться возврат" in capsys.readouterr().err
    assert [r.amount for r in town.order(order_id).refunds] == [PART]


def test_the_named_lines_are_reduced_and_the_timeline_and_the_subscriber_see_the_sum(
    town: Town, order_id: str
) -> None:
    assert refund(order_id, "--line", "4=1000,00", "--line", "2=5,65") == 0
    work = [row for row in town.everything("PAYMENTS_TABLE") if row["pk"].startswith("PAYOUT#")]
    (back,) = [row for row in work if row["status"] == "refunded"]
    lines = {line["service"]: line["amount"] for line in back["lines"]}
    assert lines == {"ВО в целях сод.ОИ": -565, "Охрана": -100_000}
    assert refund(order_id, "--line", "2=0,01", reason="ещё") == 1, "nothing is left of this line"
    token = town.sign_in()
    shown = town.call("cart", "GET", f"/api/orders/{order_id}", token).json
    assert "Часть оплаты возвращена: 1\u00a0005,65 руб." in [entry["what"] for entry in shown["timeline"]]
    (bank_status,) = shown["refunds"]
    assert (bank_status["amount"], bank_status["status"], bank_status["reason"]) == (
        100_565,
        "done",
        "начислено дважды",
    )
    assert refund(order_id, reason="остальное") == 0
    assert books(town) == (0, 0, 0)
    assert town.order(order_id).status == "refunded"


@pytest.mark.parametrize(
    "more",
    [["--amount", "0"], ["--amount", "9999,99"], ["--line", "9=1,00"], ["--line", "1"], ["--id", "а б"]],
)
def test_a_wrong_wish_is_refused_and_nothing_is_sent(town: Town, order_id: str, more: list[str]) -> None:
    assert refund(order_id, *more) == 1
    assert only(town).refunded == 0
    assert town.order(order_id).refunds == []


def test_a_refund_wants_a_reason_and_a_confirmation(town: Town, order_id: str) -> None:
    with pytest.raises(SystemExit):
        main(["orders", "refund", order_id, "--amount", "1,00", "--yes"])
    assert main(["orders", "refund", order_id, "--amount", "1,00", "--reason", "р"]) == 1
    assert only(town).refunded == 0


def test_a_bank_without_refunds_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(town, monkeypatch, dialect="gorod_unified")
    assert refund(order_id) == 1
    assert "письмом в банк" in capsys.readouterr().err
    assert town.order(order_id).refunds == []


def test_a_bank_that_refuses_ends_the_refund_and_another_may_follow(
    town: Town, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(State, "refund_once", lambda *_: False)
        assert refund(order_id, "--amount", "35,27") == 1
    (ended,) = town.order(order_id).refunds
    assert (ended.status, ended.error) == ("refused", "7")
    (letter,) = town.letters("refund_refused")
    assert letter["to"] == "subscriber@example.com"
    assert (params(letter)["amount"], params(letter)["reason"]) == (PART, "начислено дважды")
    assert town.letters("payment_refunded") == []
    assert refund(order_id, "--amount", "35,27", "--id", "r2") == 0
    assert books(town) == (TOTAL - PART,) * 3


def test_a_refund_that_the_bank_made_meanwhile_counts_beside_ours(town: Town, order_id: str) -> None:
    town.state.refund(only(town), 100)
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(town) == (TOTAL - PART - 100,) * 3
    assert sorted(r.amount for r in town.order(order_id).refunds) == [100, PART]


# ------------------------------------------------------------------ other sums than ordered


def settle(order_id: str, outcome: str = "paid", *more: str) -> int:
    return main(["orders", "settle", order_id, "--as", outcome, "--note", "сверено, Петрова", *more])


def test_settling_posts_what_the_bank_holds_when_that_is_less(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(town, monkeypatch, delta=-5_000)
    main(["orders", "show", order_id])
    assert "bank: took 5085.27, holds 5085.27" in capsys.readouterr().out
    (shown,) = entries(list_about(f"order:{order_id}"))
    assert (shown.action, shown.role) == ("ORDER_SHOWN", "command")
    assert settle(order_id) == 0
    assert books(town) == (TOTAL - 5_000,) * 3
    assert town.order(order_id).timeline[-1].what == "Оплата получена: 5\u00a0085,27 руб."
    assert refund(order_id) == 0
    assert books(town) == (0, 0, 0)
    assert town.order(order_id).status == "refunded"


def test_a_stated_sum_is_posted_and_never_more_than_the_bank_holds(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(town, monkeypatch, delta=-5_000)
    assert settle(order_id, "paid", "--amount", "5085,28") == 1
    assert town.order(order_id).status == "review"
    assert settle(order_id, "paid", "--amount", "5000,00") == 0
    assert (town.ledger_total(), town.order(order_id).surplus) == (500_000, 8_527)
    assert town.journal_total("uk-test-rbs") == town.state.balance()


@pytest.mark.parametrize("by_bank", [True, False])
def test_a_surplus_given_back_debits_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch, by_bank: bool
) -> None:
    order_id = bought(town, monkeypatch, delta=10_000)
    assert settle(order_id) == 0
    assert town.ledger_total() == TOTAL
    if by_bank:
        town.state.refund(only(town), 10_000)
        town.simulator.notify(only(town), ["refunded"])
        town.deliver()
    else:
        assert refund(order_id, "--surplus") == 0
    assert books(town) == (TOTAL,) * 3
    (letter,) = town.letters("payment_refunded")
    assert (params(letter)["amount"], params(letter)["is_surplus"], params(letter)["items"]) == (
        10_000,
        True,
        [],
    )
    order = town.order(order_id)
    assert (order.status, order.refunded, order.surplus) == ("paid", 0, 0)
    assert order.timeline[-1].what == "Возвращено списанное сверх заказа: 100,00 руб."
    assert refund(order_id, "--amount", "35,27") == 0
    assert books(town) == (TOTAL - PART,) * 3


def test_what_was_given_back_under_review_is_settled_for_the_rest(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(town, monkeypatch, delta=10_000)
    town.state.refund(only(town), 10_000)
    assert settle(order_id) == 0
    assert books(town) == (TOTAL,) * 3
    assert town.order(order_id).surplus == 0


def test_a_review_whose_money_is_given_back_closes_and_stays_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(town, monkeypatch, delta=7)
    assert settle(order_id, "declined") == 1
    assert "сначала верните" in capsys.readouterr().err
    assert refund(order_id, reason="списано не то") == 0
    assert only(town).refunded == TOTAL + 7
    assert (town.order(order_id).status, town.ledger_total()) == ("declined", 0)
    for _ in range(3):
        town.wait(days=1)
        town.reconcile()
    assert town.order(order_id).status == "declined"
    assert main(["orders", "ask", order_id]) == 0
    assert (town.order(order_id).status, *books(town)) == ("declined", 0, 0, 0)


@pytest.mark.parametrize("delta", [0, 7])
def test_declined_by_a_person_after_the_bank_gave_all_back_stays_declined(
    town: Town, monkeypatch: pytest.MonkeyPatch, delta: int
) -> None:
    order_id = bought(town, monkeypatch, delta=7)
    only(town).faults = Faults(amount_delta=delta)
    town.state.refund(only(town), only(town).taken)
    from cabinet.payments.reconciliation import resolve_review as decide

    decide(town.order(order_id), received=False, note="банк вернул", now=town.moment)
    for _ in range(3):
        town.wait(days=1)
        town.reconcile()
    assert (town.order(order_id).status, town.ledger_total()) == ("declined", 0)


def test_a_review_is_not_settled_while_its_money_is_being_given_back(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = bought(town, monkeypatch, delta=-5_000)
    town.state.refunds_lost = 1
    assert refund(order_id, reason="списано не то") == 1
    town.held.clear()
    only(town).refunded, only(town).payment_state = 0, PaymentState.PAID  # the bank will do it later
    only(town).refunds.clear()
    assert settle(order_id) == 1
    assert "Сначала должен завершиться возврат" in capsys.readouterr().err
    town.wait(minutes=1)
    assert refund(order_id, reason="списано не то") == 0
    assert (town.order(order_id).status, *books(town)) == ("declined", 0, 0, 0)


def test_a_refund_of_before_the_settling_comes_off_the_lines(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for as beyond anything posted, and is done after a posting, debits what was posted."""
    order_id = bought(town, monkeypatch, delta=-5_000)
    assert settle(order_id) == 0
    order = town.order(order_id)
    held = TOTAL - 5_000
    asked = Refund(refund_id="r", amount=held, beyond=held, lines=[], reason="р", at=town.moment)
    back = ProviderPaymentStatus(ProviderPaymentState.REFUNDED, amount=held, refunded=held)
    booked = apply_bank_refund(order.with_refund(asked), back, town.moment)
    assert booked is not None
    changed, posting = booked
    assert (changed.status, changed.refunded, sum(amount for _, amount in posting.lines)) == (
        "refunded",
        held,
        -held,
    )


def test_a_deposited_part_that_is_given_back_is_not_credited_as_the_whole(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(town, monkeypatch, delta=-5_000)
    town.state.refund(only(town), TOTAL - 5_000)
    town.wait(days=1)
    assert main(["orders", "ask", order_id]) == 0
    assert (town.order(order_id).status, *books(town)) == ("declined", 0, 0, 0)


def test_reconciliation_goes_on_with_a_refund_of_an_order_under_review(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = bought(town, monkeypatch, delta=-5_000)
    town.state.refunds_lost = 1
    assert refund(order_id, reason="списано не то") == 1
    town.held.clear()
    only(town).refunded, only(town).payment_state = 0, PaymentState.PAID  # the bank has not done it after all
    only(town).refunds.clear()
    town.wait(minutes=2)
    town.reconcile()
    assert only(town).refunded == TOTAL - 5_000
    assert (town.order(order_id).status, *books(town)) == ("declined", 0, 0, 0)


def test_money_of_an_older_attempt_under_review_is_given_back_from_that_payment(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    town.supplier()
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    first = town.check_out(token).json
    order_id = str(first["order_id"])
    town.wait(minutes=21)
    town.reconcile()
    assert town.order(order_id).status == "expired"
    assert town.call("cart", "POST", f"/api/orders/{order_id}/payment", token).status == 201
    older = town.payment(first["payment_url"])
    older.faults = Faults(amount_delta=-5_000)
    older.payment_state, older.paid_at = PaymentState.PAID, town.moment
    town.simulator.notify(older, ["deposited"])
    town.deliver()
    assert town.order(order_id).status == "review"
    assert refund(order_id, reason="списано не то") == 0
    assert older.refunded == TOTAL - 5_000


def test_an_empty_sum_gives_nothing_back(town: Town, order_id: str) -> None:
    assert refund(order_id, "--amount", "") == 1
    assert refund(order_id, "--line", "1=1,00", "--line", "1=2,00") == 1
    assert only(town).refunded == 0


def test_a_contract_without_its_secret_is_said(
    town: Town, order_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: object) -> None:
        raise CredentialsMissing

    monkeypatch.setattr(refunds, "get_provider", missing)
    assert refund(order_id) == 1
    assert "no answer from the bank" in capsys.readouterr().err


# ------------------------------------------------------------------ reversals


def test_a_reversal_after_payment_is_a_refund_and_is_told(town: Town, order_id: str) -> None:
    assert town.state.reverse(only(town))
    town.simulator.notify(only(town), ["reversed"])
    assert town.deliver() == [200]
    assert books(town) == (0, 0, 0)
    assert town.order(order_id).status == "refunded"
    assert len(town.letters("payment_refunded")) == 1


def test_a_reversal_whose_callback_was_lost_is_found(town: Town, order_id: str) -> None:
    town.state.reverse(only(town))
    town.wait(days=1)
    town.reconcile()
    assert (*books(town), town.order(order_id).status) == (0, 0, 0, "refunded")


def test_a_reversal_is_possible_until_midnight_alone(town: Town, order_id: str) -> None:
    town.wait(days=1)
    assert not town.state.reverse(only(town))
