"""What the desk does with orders: asks the bank, settles, gives money back once, with another's approval."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from cabinet.staff.model import Role
from infra.simulators.bank.state import Faults
from tests.support import desk_scenarios
from tests.support.aws import clear_caches
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import ACCOUNT, SUPPLIER
from tests.support.fault_injection import FaultInjector

ORDERS = "/api/staff/orders"
PART = {"amount": 10_000, "reason": "Оплачено дважды"}


@pytest.fixture
def accountant(desk: Desk) -> Person:
    """An accountant who has just entered a code again."""
    desk_scenarios.world()
    return colleague(desk)


def colleague(desk: Desk) -> Person:
    person = desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))
    desk.confirm_code(person)
    return person


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def refund(person: Person, order_id: str, form: dict[str, Any], key: str = "k1") -> Any:
    return person.browser.post(f"{ORDERS}/{order_id}/refunds", json=form, headers={"Idempotency-Key": key})


def approve(person: Person, order_id: str, refund_id: str) -> Any:
    return person.browser.post(f"{ORDERS}/{order_id}/refunds/{refund_id}/approve")


def limit(desk: Desk, kopecks: int | None) -> None:
    """Set above which sum a refund needs a second person."""
    desk.aws.table("ACCOUNTS_TABLE").update_item(
        Key={"pk": f"SUPPLIER#{SUPPLIER}", "sk": "PROFILE"},
        UpdateExpression="SET refund_approval_over = :limit",
        ExpressionAttributeValues={":limit": kopecks},
    )


def silence(desk: Desk) -> None:
    """Let the bank answer no question about the payments that it has."""
    desk.bank.state.faults = Faults(silent=True)
    for payment in desk.bank.state.payments.values():
        payment.faults = desk.bank.state.faults


def actions(desk: Desk) -> list[str]:
    return [each.action for each in desk.audit()]


# ------------------------------------------------------------------ the bank asked


def test_the_banks_words_are_shown_and_count_at_once(desk: Desk, accountant: Person) -> None:
    order = desk.bank.order()
    desk.bank.complete_payment(order.attempt.payment_url)  # type: ignore[union-attr,arg-type]
    clear_caches()  # a process of the staff's own has not read the bank's credentials yet
    answer = accountant.browser.post(f"{ORDERS}/{order.order_id}/ask").json()
    assert answer["order"]["status"] == "paid"
    (word,) = answer["bank"]
    assert (word["state"], word["amount"], word["held"], word["currency"]) == ("paid", 50_500, 50_500, "643")
    assert desk.last_entry().action == "BANK_ASKED"


def test_a_silent_bank_is_told_of_and_changes_nothing(desk: Desk, accountant: Person) -> None:
    order = desk.bank.order()
    silence(desk)
    answer = accountant.browser.post(f"{ORDERS}/{order.order_id}/ask").json()
    assert answer["bank"][0]["state"] is None
    assert answer["order"]["status"] == "registered"


# ------------------------------------------------------------------ a review settled


def test_a_review_is_settled_by_what_the_bank_holds(desk: Desk, accountant: Person) -> None:
    order = desk.bank.under_review(delta=-10_000)
    path = f"{ORDERS}/{order.order_id}/settle"
    shown = accountant.browser.post(path, json={"as": "paid", "reason": "Взял меньше"}).json()
    assert (shown["status"], shown["posted"], shown["taken"]) == ("paid", 40_500, 40_500)
    assert desk.bank.ledger_total() == 40_500
    assert shown["timeline"][-1] == {
        "at": shown["timeline"][-1]["at"], "what": "Петрова Анна: Взял меньше", "is_decision": True,
    }  # fmt: skip
    entry = desk.last_entry()
    assert (entry.action, entry.reason) == ("ORDER_SETTLED", "Взял меньше")
    assert problem(accountant.browser.post(path, json={"as": "paid", "reason": "Ещё раз"})) == (
        409, "settling_impossible",
    )  # fmt: skip


def test_money_that_the_bank_holds_is_not_declined(desk: Desk, accountant: Person) -> None:
    order = desk.bank.under_review()
    path = f"{ORDERS}/{order.order_id}/settle"
    answer = accountant.browser.post(path, json={"as": "declined", "reason": "Нет"})
    assert problem(answer) == (409, "settling_impossible")
    assert "сначала верните их" in answer.json()["detail"]
    stale = accountant.browser.post(path, json={"as": "paid", "reason": "Да", "version": order.version - 1})
    assert problem(stale) == (409, "conflict")
    assert desk.bank.ledger_total() == 0


# ------------------------------------------------------------------ money back


def test_a_small_refund_is_given_at_once_and_once(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    for _ in range(2):
        answer = refund(accountant, order.order_id, PART)
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert [(each["amount"], each["status"]) for each in shown["refunds"]] == [(10_000, "done")]
    assert desk.bank.at_bank(order).refunded == 10_000
    assert desk.bank.ledger_total() == 40_000
    assert actions(desk).count("REFUND_REQUESTED") == 1
    other_body = refund(accountant, order.order_id, PART | {"amount": 5_000})
    assert problem(other_body) == (409, "idempotency_conflict")


def test_chosen_lines_give_the_money(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    form = {"lines": [{"position": 1, "amount": 15_000}], "reason": "Услуга не оказана"}
    shown = refund(accountant, order.order_id, form).json()
    assert [each["returned"] for each in shown["items"]] == [0, 15_000]
    too_much = {"lines": [{"position": 1, "amount": 6_000}], "reason": "Ещё"}
    assert problem(refund(accountant, order.order_id, too_much, "k2")) == (409, "refund_impossible")
    twice = {"lines": [{"position": 0, "amount": 1}] * 2, "reason": "Ещё"}
    assert refund(accountant, order.order_id, twice, "k3").json()["errors"][0]["code"] == "line_twice"
    both = form | {"amount": 1}
    assert refund(accountant, order.order_id, both, "k4").json()["errors"][0]["code"] == "amount_and_lines"


def test_a_silent_bank_is_asked_before_anything_is_written(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    silence(desk)
    assert problem(refund(accountant, order.order_id, PART)) == (502, "bank_not_answering")
    assert desk.bank.orders()[0].refunds == []


def test_above_the_limit_another_person_approves(desk: Desk, accountant: Person) -> None:
    limit(desk, 5_000)
    order = desk.bank.paid()
    shown = refund(accountant, order.order_id, PART).json()
    assert shown["refunds"] == []
    (waiting,) = shown["approvals"]
    assert (waiting["state"], waiting["requested_name"]) == ("waiting", "Петрова Анна")
    assert refund(accountant, order.order_id, PART).json()["approvals"] == [waiting]
    assert problem(approve(accountant, order.order_id, waiting["refund_id"])) == (409, "refund_own")
    other = colleague(desk)
    listed = other.browser.get("/api/staff/refund-approvals").json()["items"]
    assert [each["refund_id"] for each in listed] == [waiting["refund_id"]]
    approved = approve(other, order.order_id, waiting["refund_id"]).json()
    assert [each["status"] for each in approved["refunds"]] == ["done"]
    assert approved["approvals"][0]["state"] == "approved"
    assert desk.bank.at_bank(order).refunded == 10_000
    assert problem(approve(other, order.order_id, waiting["refund_id"])) == (409, "refund_decided")
    assert other.browser.get("/api/staff/refund-approvals").json()["items"] == []
    trail = [(each.action, each.name) for each in desk.audit() if each.action.startswith("REFUND")]
    assert sorted(action for action, _ in trail) == ["REFUND_APPROVAL_ASKED", "REFUND_APPROVED"]
    assert desk.bank.at_bank(order).refunded == 10_000


def test_small_refunds_of_one_order_add_up_to_the_limit(desk: Desk, accountant: Person) -> None:
    limit(desk, 15_000)
    order = desk.bank.paid()
    assert refund(accountant, order.order_id, PART, "k1").json()["approvals"] == []
    shown = refund(accountant, order.order_id, PART, "k2").json()
    assert [each["state"] for each in shown["approvals"]] == ["waiting"]


def test_a_request_is_taken_back_or_rejected_with_a_reason(desk: Desk, accountant: Person) -> None:
    waiting = desk.bank.waiting_refund()
    path = f"{ORDERS}/{waiting.order_id}/refunds/{waiting.refund_id}"
    assert accountant.browser.post(f"{path}/reject", json={"reason": " "}).status_code == 422
    shown = accountant.browser.post(f"{path}/reject", json={"reason": "Не подтвердилось"}).json()
    (rejected,) = shown["approvals"]
    assert (rejected["state"], rejected["note"]) == ("rejected", "Не подтвердилось")
    assert problem(approve(accountant, waiting.order_id, waiting.refund_id)) == (409, "refund_decided")
    assert desk.last_entry().reason == "Не подтвердилось"


def test_a_request_expires(desk: Desk, accountant: Person) -> None:
    waiting = desk.bank.waiting_refund()
    desk.wait(days=3)
    accountant.sign_in()
    desk.wait(seconds=31)
    desk.confirm_code(accountant)
    assert accountant.browser.get("/api/staff/refund-approvals").json()["items"] == []
    assert problem(approve(accountant, waiting.order_id, waiting.refund_id)) == (409, "refund_decided")
    shown = accountant.browser.get(f"{ORDERS}/{waiting.order_id}").json()
    assert shown["approvals"][0]["state"] == "expired"
    assert shown["refunds"] == []


def test_what_is_no_longer_there_is_not_given_though_approved(desk: Desk, accountant: Person) -> None:
    waiting = desk.bank.waiting_refund(amount=45_000)
    assert refund(accountant, waiting.order_id, PART).status_code == 201
    assert problem(approve(accountant, waiting.order_id, waiting.refund_id)) == (409, "refund_impossible")


# ------------------------------------------------------------------ races


def races(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, act: Callable[[Any], Any], rival: Callable[[Any], Any],
    prepare: Callable[[], Any],
) -> int:  # fmt: skip
    """Let the rival act before each call of `act`; the money goes back once. Return how many were tried."""
    for number in itertools.count(1):
        prepared = prepare()
        injector = FaultInjector(number=number, fault=lambda prepared=prepared: rival(prepared))
        with monkeypatch.context() as patched:
            injector.patch(patched)
            injector.process(lambda prepared=prepared: act(prepared))
        order = desk.bank.order_of(prepared.order_id)
        assert desk.bank.at_bank(order).refunded in (0, 10_000)
        assert sum(each.amount for each in order.refunds if each.status == "done") in (0, 10_000)
        assert order.refunded_total == desk.bank.at_bank(order).refunded
        if len(injector.calls) < number:
            return number
    raise AssertionError


def test_two_who_approve_at_once_give_the_money_once(
    desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = colleague(desk)
    tried = races(
        desk, monkeypatch,
        lambda waiting: approve(accountant, waiting.order_id, waiting.refund_id),
        lambda waiting: approve(other, waiting.order_id, waiting.refund_id),
        desk.bank.waiting_refund,
    )  # fmt: skip
    assert tried > 5
    assert actions(desk).count("REFUND_APPROVED") == tried


def test_one_who_rejects_while_another_approves_leaves_one_decision(
    desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = colleague(desk)
    path = f"{ORDERS}/{{}}/refunds/{{}}/reject"
    tried = races(
        desk, monkeypatch,
        lambda waiting: approve(accountant, waiting.order_id, waiting.refund_id),
        lambda waiting: other.browser.post(
            path.format(waiting.order_id, waiting.refund_id), json={"reason": "Нет"}
        ),
        desk.bank.waiting_refund,
    )  # fmt: skip
    decided = actions(desk)
    assert decided.count("REFUND_APPROVED") + decided.count("REFUND_REJECTED") == tried


def test_a_button_pressed_twice_at_once_gives_the_money_once(
    desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = races(
        desk, monkeypatch,
        lambda order: refund(accountant, order.order_id, PART, f"k-{order.order_id}"),
        lambda order: refund(accountant, order.order_id, PART, f"k-{order.order_id}"),
        desk.bank.paid,
    )  # fmt: skip
    assert tried > 5
    assert actions(desk).count("REFUND_REQUESTED") == tried


def test_the_resident_hears_of_the_refund(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    refund(accountant, order.order_id, PART)
    (email,) = desk.bank.emails("payment_refunded")
    assert json.loads(email["params"])["reason"] == "Оплачено дважды"
    assert desk.bank.ledger(ACCOUNT)[-1]["amount"] == -10_000
