"""One receipt, one order: another is made only by a deliberate step, and an order can be given up."""

from typing import Any

import pytest

from cabinet.accounts.model import Address
from infra.simulators.bank.state import Faults, PaymentState
from tests.support.factories import bound_accounts
from tests.support.payment_scenario import TOTAL, PaymentScenario
from tests.support.reservations import ACCOUNT, ANYWAY, of_order, ordered, reserved, two_owners
from tests.support.rivals import bank_answers_lost, elsewhere, rival_at_checkout


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


def test_a_second_order_for_a_receipt_is_told_of_the_first(scenario: PaymentScenario, token: str) -> None:
    first = ordered(scenario, token)
    second = scenario.check_out(token, "k2")
    assert (second.status, second.json["code"]) == (409, "already_being_paid")
    assert second.json["detail"] == f"Этот счёт уже оплачивается заказом № {first['order_id']}."
    (rival,) = second.json["orders"]
    assert rival == {
        "order_id": first["order_id"],
        "amount": TOTAL,
        "payment_url": first["payment_url"],
        "created_at": "2026-09-21T05:00:00+00:00",
        "is_yours": True,
    }
    assert len(scenario.orders()) == len(scenario.state.payments) == 1
    assert scenario.cart(token).json["count"] == 7, "nothing was taken out of the cart"
    gone_on = of_order(scenario, token, first["order_id"], "/payment")
    assert (gone_on.status, gone_on.json["payment_url"]) == (201, first["payment_url"])


def test_paying_all_the_same_is_a_second_step(scenario: PaymentScenario, token: str) -> None:
    first = ordered(scenario, token)
    assert scenario.check_out(token, "k2").status == 409
    second = scenario.check_out(token, "k2", ANYWAY)
    assert second.status == 201
    assert reserved(scenario) == sorted([first["order_id"], second.json["order_id"]])
    for url in (first["payment_url"], second.json["payment_url"]):
        scenario.complete_payment(url)
    scenario.deliver()
    assert scenario.ledger_total() == scenario.state.balance() == 2 * TOTAL
    assert reserved(scenario) == []


def test_an_order_of_another_user_of_the_account_is_told_without_its_link(scenario: PaymentScenario) -> None:
    mine, theirs = two_owners(scenario)
    first = scenario.check_out(mine).json
    scenario.add(theirs, ACCOUNT)
    answer = scenario.check_out(theirs)
    assert answer.json["code"] == "already_being_paid"
    assert "другого пользователя" in answer.json["detail"]
    (rival,) = answer.json["orders"]
    assert (rival["is_yours"], rival["payment_url"], rival["amount"]) == (False, None, TOTAL)
    assert of_order(scenario, theirs, first["order_id"], "/cancel", {}).status == 404
    assert scenario.check_out(theirs, body=ANYWAY).status == 201


def test_a_rival_between_looking_and_writing_is_told_as_well(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = two_owners(scenario)
    scenario.add(theirs, ACCOUNT)
    rivals = rival_at_checkout(monkeypatch, lambda: scenario.check_out(theirs))
    answer = scenario.check_out(mine)
    assert [rival.status for rival in rivals] == [201]
    assert (answer.status, answer.json["code"]) == (409, "already_being_paid")
    assert len(scenario.orders()) == 1


def test_another_kind_of_receipt_of_the_account_is_no_rival(scenario: PaymentScenario, token: str) -> None:
    scenario.receipt(ACCOUNT, kind="repair", kind_title="Объединенная")
    scenario.check_out(token)
    assert scenario.add(token, ACCOUNT, "2020-08-repair").status == 201
    assert scenario.check_out(token, "k2").status == 201
    scenario.receipt(ACCOUNT, "2020-09")
    scenario.add(token, ACCOUNT, "2020-09-main")
    assert scenario.check_out(token, "k3").json["code"] == "already_being_paid", (
        "its debt has the older one in it"
    )


def test_a_cancelled_order_frees_its_receipts_and_its_page_is_closed(
    scenario: PaymentScenario, token: str
) -> None:
    first = ordered(scenario, token)
    assert of_order(scenario, token, first["order_id"]).json["can_cancel"] is True
    answer = of_order(scenario, token, first["order_id"], "/cancel")
    assert (answer.status, answer.json["status"], answer.json["can_cancel"]) == (200, "declined", False)
    assert answer.json["payment_url"] is None
    assert answer.json["timeline"][-1]["what"] == "Заказ отменён"
    assert scenario.payment(first["payment_url"]).payment_state is PaymentState.DECLINED
    assert not scenario.complete_payment(first["payment_url"])
    assert reserved(scenario) == []
    assert of_order(scenario, token, first["order_id"], "/cancel").status == 200, "once more changes nothing"
    assert scenario.check_out(token, "k2").status == 201


def test_an_order_that_was_paid_meanwhile_is_not_cancelled(scenario: PaymentScenario, token: str) -> None:
    first = ordered(scenario, token)
    scenario.complete_payment(first["payment_url"])
    scenario.undelivered_callbacks.clear()
    answer = of_order(scenario, token, first["order_id"], "/cancel")
    assert (answer.status, answer.json["status"]) == (200, "paid")
    assert scenario.ledger_total() == TOTAL
    again = of_order(scenario, token, first["order_id"], "/cancel")
    assert (again.status, again.json["code"]) == (409, "order_closed")


def test_a_payment_between_the_question_and_the_closing_of_the_page_counts(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.payments.orders import cancellation

    first = ordered(scenario, token)
    genuine = cancellation.sync_order

    def pay_after(*args: Any) -> Any:
        order = genuine(*args)
        monkeypatch.setattr(cancellation, "sync_order", genuine)
        scenario.complete_payment(first["payment_url"])
        return order

    monkeypatch.setattr(cancellation, "sync_order", pay_after)
    assert of_order(scenario, token, first["order_id"], "/cancel").json["status"] == "paid"
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()


def test_the_banks_word_of_the_page_that_was_closed_may_be_first(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.payments.orders import cancellation

    first = ordered(scenario, token)
    genuine = cancellation.write
    heard: list[Any] = []

    def write_after_the_callback(*args: Any) -> Any:
        monkeypatch.setattr(cancellation, "write", genuine)
        heard.extend(elsewhere(scenario.deliver))
        return genuine(*args)

    monkeypatch.setattr(cancellation, "write", write_after_the_callback)
    answer = of_order(scenario, token, first["order_id"], "/cancel")
    assert heard == [200], "the bank reports the page that it has closed"
    assert (answer.status, answer.json["status"]) == (200, "declined")
    assert [entry["what"] for entry in answer.json["timeline"]][-2:] == [
        "Банк отклонил оплату", "Заказ отменён",
    ]  # fmt: skip
    assert reserved(scenario) == []
    again = of_order(scenario, token, first["order_id"], "/cancel")
    assert again.json["timeline"] == answer.json["timeline"]


def test_a_silent_bank_cancels_nothing_and_a_lost_answer_is_found(
    scenario: PaymentScenario, token: str
) -> None:
    first = ordered(scenario, token)
    scenario.state.is_down = True
    answer = of_order(scenario, token, first["order_id"], "/cancel")
    assert (answer.status, answer.json["code"]) == (502, "bank_unavailable")
    assert "отменить" in answer.json["detail"]
    assert scenario.order(first["order_id"]).status == "registered"
    scenario.state.is_down = False
    scenario.state.decline(scenario.payment(first["payment_url"]))  # as after a lost answer to decline.do
    assert of_order(scenario, token, first["order_id"], "/cancel").json["status"] == "declined"
    assert reserved(scenario) == []


def test_an_order_whose_registration_died_is_cancelled_when_it_may_be(
    scenario: PaymentScenario, token: str
) -> None:
    with bank_answers_lost():
        assert scenario.check_out(token).status == 502
    (order,) = scenario.orders()
    assert of_order(scenario, token, order.order_id, "/cancel").json["status"] == "declined"
    assert reserved(scenario) == []


def test_a_gorod_order_is_cancelled_by_refusing_its_check(scenario: PaymentScenario) -> None:
    scenario.supplier(dialect="gorod")
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    first = ordered(scenario, token)
    assert of_order(scenario, token, first["order_id"], "/cancel").json["status"] == "declined"
    assert not scenario.complete_payment(first["payment_url"])
    assert scenario.state.balance() == 0


def test_a_page_that_the_bank_cannot_close_is_said(scenario: PaymentScenario) -> None:
    scenario.supplier(dialect="gorod_unified")
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    first = ordered(scenario, token)
    answer = of_order(scenario, token, first["order_id"], "/cancel")
    assert (answer.status, answer.json["code"]) == (409, "order_not_cancellable")
    assert scenario.order(first["order_id"]).status == "registered"


def test_a_lost_gorod_payment_warns_and_waits(scenario: PaymentScenario) -> None:
    """The bank has asked and taken the money; its `pay` was lost, and the protocol lets us ask nothing."""
    scenario.supplier(dialect="gorod")
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    first = ordered(scenario, token)
    scenario.complete_payment(first["payment_url"])
    lost = list(scenario.undelivered_callbacks)
    scenario.undelivered_callbacks.clear()
    shown = of_order(scenario, token, first["order_id"]).json
    assert (shown["can_pay"], shown["can_cancel"], shown["payment_url"]) == (False, False, None)
    for act in ("/payment", "/cancel"):
        answer = of_order(scenario, token, first["order_id"], act)
        assert (answer.status, answer.json["code"]) == (409, "payment_unconfirmed")
    assert scenario.check_out(token).json["code"] == "payment_unconfirmed", "the same key is the same order"
    assert scenario.check_out(token, "k2").json["code"] == "already_being_paid"
    assert len(scenario.orders()) == 1
    deliberate = of_order(scenario, token, first["order_id"], "/payment", ANYWAY)
    assert deliberate.json["payment_url"] == first["payment_url"]
    scenario.wait(hours=20)
    scenario.reconcile()
    token = scenario.sign_in()
    assert scenario.check_out(token, "k3").json["code"] == "already_being_paid"
    scenario.undelivered_callbacks.extend(lost)
    assert scenario.deliver()[0] == 200
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()
    assert reserved(scenario) == []


def test_an_abandoned_order_frees_its_receipts_when_it_expires(scenario: PaymentScenario, token: str) -> None:
    ordered(scenario, token)
    scenario.wait(minutes=31)
    scenario.reconcile()
    assert reserved(scenario) == []
    assert scenario.check_out(scenario.sign_in(), "k2").status == 201


def test_an_order_under_review_keeps_its_receipts(scenario: PaymentScenario, token: str) -> None:
    scenario.state.faults = Faults(amount_delta=5)
    first = ordered(scenario, token)
    scenario.complete_payment(first["payment_url"])
    scenario.deliver()
    assert scenario.order(first["order_id"]).status == "review"
    assert scenario.check_out(token, "k2").json["code"] == "already_being_paid"


def test_another_try_at_a_declined_order_asks_who_has_paid_since(
    scenario: PaymentScenario, token: str
) -> None:
    first = ordered(scenario, token)
    scenario.complete_payment(first["payment_url"], "decline")
    scenario.deliver()
    scenario.wait(seconds=1)
    second = scenario.check_out(token, "k2").json
    answer = of_order(scenario, token, first["order_id"], "/payment")
    assert answer.json["code"] == "already_being_paid"
    scenario.complete_payment(second["payment_url"])
    scenario.deliver()
    answer = of_order(scenario, token, first["order_id"], "/payment")
    assert answer.json["detail"] == f"Этот счёт уже оплачен заказом № {second['order_id']}."
    assert answer.json["orders"] == []
    assert of_order(scenario, token, first["order_id"], "/payment", ANYWAY).status == 201
    assert reserved(scenario) == [first["order_id"]]


def test_an_order_of_several_flats_names_them_here_and_at_the_bank(scenario: PaymentScenario) -> None:
    scenario.supplier()
    account = scenario.account()
    other = bound_accounts.account("2", address=Address(street="УЛ. МИРА", house="3", flat="7"))
    scenario.receipt(other.account_id)
    token = scenario.user("u1", account, other)
    scenario.add(token, ACCOUNT)
    scenario.add(token, other.account_id)
    answer = scenario.check_out(token).json
    items = of_order(scenario, token, answer["order_id"]).json["items"]
    assert [item["address"] for item in items] == ["УЛ. КЫШТЫМСКАЯ, 10 - 1010"] * 7 + ["УЛ. МИРА, 3 - 7"] * 7
    named = [name for name, _ in scenario.payment(answer["payment_url"]).lines]
    assert named[0] == "УЛ. КЫШТЫМСКАЯ, 10 - 1010: Капитальный ремонт"
    assert named[7] == "УЛ. МИРА, 3 - 7: Капитальный ремонт"
    assert max(len(name) for name in named) <= 100


def test_an_order_of_one_flat_names_the_services_alone(scenario: PaymentScenario, token: str) -> None:
    answer = scenario.check_out(token).json
    assert (
        of_order(scenario, token, answer["order_id"]).json["items"][0]["address"]
        == "УЛ. КЫШТЫМСКАЯ, 10 - 1010"
    )
    assert scenario.payment(answer["payment_url"]).lines[0][0] == "Капитальный ремонт"
