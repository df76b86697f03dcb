"""Autopay with a moved clock: told a day before, charged once, left where it must be, off means off."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key, supplier_key
from cabinet.autopay import runner
from cabinet.autopay import store as rule_store
from cabinet.autopay.store import DueRule, StaleRule
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.billing.keys import receipt_key
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.identity.keys import profile_key
from cabinet.notifications.worker import autopay_off_token, autopay_skip_token
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from cabinet.payments.keys import autopay_shard, autopay_shards
from cabinet.payments.orders.card_charges import charge_attempt
from cabinet.payments.providers.base import RegistrationResult
from cabinet.profile.account_deletion import delete_account
from infra.simulators.bank.state import Card, Faults
from tests.support.fault_injection import Fragile
from tests.support.payment_scenario import TOTAL, Town, path_of, told

ACCOUNT = "uk-test:1234567899"
RULE = f"/api/autopay/{path_of(ACCOUNT)}"
VERSION = "2026-11-27"
METHODS = ("card", "saved_card")


@pytest.fixture
def town(town: Town) -> Town:
    """A user with a saved card whose account owes nothing but the receipt of August 2020."""
    town.supplier(merchant=town.merchant().model_copy(update={"methods": METHODS}))
    town.user("u1", town.account())
    town.state.cards["b1"] = Card("b1", "u1")
    card = {
        "saved_card_id": "c1",
        "merchant": town.merchant().model_dump(mode="json") | {"methods": list(METHODS)},
        "binding_id": "b1",
        "masked_pan": "…1234",
        "expires": "2030-08",
        "status": "active",
        "saved_at": clock.timestamp(clock.now()),
    }
    row = {"pk": "CARDS#u1", "sk": "CARDS", "user_id": "u1", "version": 1, "cards": {"c1": card}}
    dynamo.put(Table.PAYMENTS, row, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)
    return town


def change(table: Table, key: Key, **values: Any) -> None:
    row = dynamo.get(table, key, consistent=True) or {}
    dynamo.put(table, row | values, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)


def put(town: Town, **wish: Any) -> Any:
    body = {"saved_card_id": "c1", "limit": 10_000_00, "when": "receipt", "consent_version": VERSION}
    return town.call("cart", "PUT", RULE, town.sign_in(), body | wish)


def rule(town: Town) -> dict[str, Any]:
    (found,) = town.call("cart", "GET", "/api/autopay", town.sign_in()).json["items"]
    return dict(found)


def history(town: Town) -> list[str]:
    items = town.call("cart", "GET", f"{RULE}/history", town.sign_in()).json["items"]
    return [item["outcome"] for item in items]


def run(town: Town) -> None:
    """Do what the schedule does."""
    from reconciliation.app import handler
    from tests.support.lambda_context import Context

    handler({"schedule": "autopay"}, Context())  # type: ignore[arg-type]


def day(town: Town, days: int = 1) -> None:
    """Let days pass, each with a run in the morning."""
    for _ in range(days):
        town.wait(days=1)
        run(town)


def charges(town: Town) -> int:
    return town.state.cards["b1"].charges


def test_it_is_told_a_day_before_and_charged_once(town: Town) -> None:
    assert put(town).status == 200
    day(town)
    (letter,) = town.letters("autopay_planned")
    assert f'"amount": {TOTAL}' in letter["params"]
    shown = rule(town)
    assert shown["next"] == {"on": "2026-09-23", "amount": TOTAL}
    assert charges(town) == 0
    day(town)
    assert charges(town) == 1
    assert town.ledger_total() == town.state.balance() == TOTAL
    (order,) = town.orders()
    assert (order.status, order.method, order.payer_address) == ("paid", "saved_card", "")
    assert "Автоплатёж" in [event.what for event in order.timeline]
    (payment,) = town.state.payments.values()
    assert payment.is_unattended
    done = rule(town)
    assert (done["next"], done["last"]["outcome"], done["last"]["order_id"]) == (
        None,
        "charged",
        order.order_id,
    )
    assert history(town) == ["charged"]
    day(town, 40)
    assert (charges(town), len(town.letters("autopay_planned"))) == (1, 1)
    town.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"}, unaccounted={})
    day(town, 2)
    assert charges(town) == 2, "the next receipt is another one"


def test_on_a_day_of_the_month_it_waits_for_that_day(town: Town) -> None:
    assert put(town, when="day", day=31).status == 200
    assert rule(town)["next"] == {"on": "2026-09-30", "amount": None}
    day(town, 8)
    assert town.letters("autopay_planned") != []
    assert rule(town)["next"] == {"on": "2026-09-30", "amount": TOTAL}
    assert charges(town) == 0
    day(town)
    assert charges(town) == 1


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"limit": 0}, (422, "limit_invalid")),
        ({"limit": 500_000_01}, (422, "limit_invalid")),
        ({"when": "day"}, (422, "required")),
        ({"consent_version": "2020-01-01"}, (422, "consent_outdated")),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_field(
    town: Town, wish: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = put(town, **wish)
    assert (answer.status, answer.json["errors"][0]["code"]) == refusal


def test_a_rule_needs_a_card_of_ones_own_and_an_account_of_ones_own(town: Town) -> None:
    assert told(put(town, saved_card_id="nobodys")) == (409, "saved_card_unavailable")
    rival = town.user("u2", email="rival@example.com")
    body = {"saved_card_id": "c1", "limit": 100, "when": "receipt", "consent_version": VERSION}
    assert town.call("cart", "PUT", RULE, rival, body).status == 404
    other = town.account("1234567898")
    stranger = town.user("u3", other, email="third@example.com")
    path = f"/api/autopay/{path_of(other.account_id)}"
    assert told(town.call("cart", "PUT", path, stranger, body)) == (409, "saved_card_unavailable")
    assert town.call("cart", "POST", f"{RULE}/skip", rival).status == 404
    put(town)
    assert town.call("cart", "DELETE", RULE, rival).status == 404
    assert town.call("cart", "GET", f"{RULE}/history", rival).status == 404
    assert rule(town)["enabled"] is True, "another's rule is untouched"


def test_over_the_limit_nothing_is_taken_and_it_is_told_once(town: Town) -> None:
    put(town, limit=TOTAL - 1)
    day(town, 5)
    assert (charges(town), town.letters("autopay_planned")) == (0, [])
    (letter,) = town.letters("autopay_left")
    assert "больше вашего ограничения" in letter["params"]
    assert history(town) == ["over_limit"]


def test_a_skipped_charge_is_left_out_once(town: Town) -> None:
    put(town)
    day(town)
    skipped = town.call("cart", "POST", f"{RULE}/skip", town.sign_in()).json
    assert (skipped["next"], skipped["last"]["outcome"]) == (None, "skipped")
    day(town, 3)
    assert charges(town) == 0
    town.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"})
    day(town, 2)
    assert charges(town) == 1


def test_skipping_before_anything_is_planned_leaves_the_next_one_out(town: Town) -> None:
    put(town)
    assert town.call("cart", "POST", f"{RULE}/skip", town.sign_in()).json["skips_next"] is True
    day(town, 3)
    assert (charges(town), rule(town)["last"]["outcome"], rule(town)["skips_next"]) == (0, "skipped", False)


def skip_by_mail(town: Town, token: str) -> Any:
    return town.call("cart", "POST", "/api/autopay/skip", body={"token": token})


def mailed_token(town: Town) -> str:
    """Return the token of the link that the latest mail about a planned charge carries."""
    letter = max(town.letters("autopay_planned"), key=lambda one: one["created_at"])
    return autopay_skip_token("u1", ACCOUNT, json.loads(letter["params"])["plan"])


def test_a_link_of_the_mail_skips_the_charge_that_it_announced_and_no_other(town: Town) -> None:
    put(town)
    day(town)
    token = mailed_token(town)
    shown = town.call("cart", "GET", "/api/autopay/skip", query=f"token={token}")
    assert shown.json == {"number": "1234567899", "on": "2026-09-23"}
    assert rule(town)["next"] is not None, "looking changes nothing"
    for _ in range(2):
        assert skip_by_mail(town, token).status == 204
    day(town, 3)
    assert (charges(town), history(town), rule(town)["enabled"]) == (0, ["skipped"], True)
    town.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"})
    day(town)
    assert told(skip_by_mail(town, token)) == (409, "charge_not_planned"), (
        "the next one has a mail of its own"
    )
    day(town)
    assert charges(town) == 1


def test_a_link_of_a_charge_that_was_announced_anew_skips_nothing(town: Town) -> None:
    put(town)
    day(town)
    token = mailed_token(town)
    _replace(town)
    day(town)
    assert told(skip_by_mail(town, token)) == (409, "charge_not_planned")
    assert skip_by_mail(town, mailed_token(town)).status == 204
    day(town, 2)
    assert charges(town) == 0


@pytest.mark.parametrize("fault", ["", "busy"])
def test_a_charge_that_was_sent_is_not_called_skipped(town: Town, fault: str) -> None:
    put(town)
    day(town)
    token = mailed_token(town)
    town.state.faults = Faults(card=fault, lost=True)
    day(town)
    assert charges(town) == 1
    if fault:
        assert told(skip_by_mail(town, token)) == (409, "charge_sent")
        assert told(town.call("cart", "POST", f"{RULE}/skip", town.sign_in())) == (409, "charge_sent")
    else:
        assert told(skip_by_mail(town, token)) == (409, "charge_not_planned")
    assert "skipped" not in history(town)


def test_after_a_decline_the_later_tries_can_be_skipped_by_the_mail(town: Town) -> None:
    put(town)
    day(town)
    town.state.faults = Faults(card="decline")
    day(town)
    assert skip_by_mail(town, mailed_token(town)).status == 204
    day(town, 3)
    assert charges(town) == 1


def test_skipped_between_claim_and_sending_nothing_is_sent(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(town)
    day(town)
    town.wait(days=1)
    fragile = Fragile()
    fragile.patch(monkeypatch)
    assert _position_of_sending(town, fragile, lambda: skip_by_mail(town, mailed_token(town))) is not None
    assert "bank.paymentOrderBinding.do" not in fragile.calls
    assert (charges(town), history(town)) == (0, ["skipped"])


def test_sent_while_it_is_being_skipped_is_not_called_skipped(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The charge goes out after skipping has read its order, before the skip is written."""
    put(town)
    day(town)
    token = mailed_token(town)
    town.wait(days=1)
    fragile = Fragile()
    fragile.patch(monkeypatch)
    answers: list[tuple[int, str]] = []

    def skip_while_it_goes_out() -> None:
        skipping = Fragile()
        skipping.patch(monkeypatch)
        # Rule and order are read; the third call is the transaction.
        skipping.number, skipping.fault = 3, lambda: fragile.process(resume_run)
        answers.append(told(skipping.process(lambda: skip_by_mail(town, token))))

    def resume_run() -> None:
        order = next(iter(town.orders()))
        registered = RegistrationResult(next(iter(town.state.payments)), "")
        assert order.card is not None
        charge_attempt(order, order.card, registered, clock.now())

    assert _position_of_sending(town, fragile, skip_while_it_goes_out) is not None
    assert answers == [(409, "charge_sent")]
    assert charges(town) == 1
    assert "skipped" not in history(town)


def test_a_link_that_skips_is_forged_or_of_another_purpose_in_vain(town: Town) -> None:
    put(town)
    day(town)
    for token in ("forged", autopay_off_token("u1", ACCOUNT)):
        assert told(skip_by_mail(town, token)) == (422, "token_invalid")
    skip = mailed_token(town)
    assert told(town.call("cart", "POST", "/api/autopay/off", body={"token": skip})) == (422, "token_invalid")
    town.call("cart", "DELETE", RULE, town.sign_in())
    assert told(skip_by_mail(town, skip)) == (409, "charge_not_planned")


def test_a_decline_is_tried_again_on_five_following_days_then_told_and_rested(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="decline")
    day(town, 2)
    assert (charges(town), rule(town)["last"]["outcome"]) == (1, "declined")
    run(town)
    town.wait(hours=1)
    run(town)
    assert charges(town) == 1, "not twice on a day"
    day(town, 5)
    assert charges(town) == 6
    day(town, 3)
    assert charges(town) == 6
    assert (rule(town)["last"]["outcome"], rule(town)["suspended"]) == ("given_up", False)
    assert len(town.letters("autopay_left")) == 1
    assert town.ledger_total() == town.state.balance() == 0


def test_a_retry_that_succeeds_ends_the_retries(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="decline")
    day(town, 3)
    town.state.faults = Faults()
    day(town, 4)
    assert charges(town) == 3
    assert town.ledger_total() == town.state.balance() == TOTAL


def test_a_card_that_the_bank_will_never_take_stops_the_rule(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="decline_final")
    day(town, 4)
    assert (charges(town), rule(town)["suspended"]) == (1, True)
    assert len(town.letters("autopay_left")) == 1


def test_a_charge_whose_outcome_is_unknown_is_not_repeated(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="busy", lost=True)
    day(town, 2)
    town.wait(minutes=31)
    run(town)
    assert (charges(town), rule(town)["last"]["outcome"]) == (1, "pending")
    (payment,) = town.state.payments.values()
    town.state.faults = Faults()
    payment.faults = Faults()
    assert town.state.pay_late(payment)
    town.reconcile_orders()
    day(town, 3)
    assert charges(town) == 1
    assert town.ledger_total() == town.state.balance() == TOTAL


def _unbind(town: Town) -> None:
    dynamo.delete(
        Table.USERS, binding_key("u1", ACCOUNT), condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
    )


def _bind_anew(town: Town) -> None:
    change(Table.USERS, binding_key("u1", ACCOUNT), bound_at=clock.timestamp(clock.now()))


def _close(town: Town) -> None:
    change(Table.ACCOUNTS, account_key(ACCOUNT), closed_on="2026-09-01")


def _next_holder(town: Town) -> None:
    change(Table.ACCOUNTS, account_key(ACCOUNT), holder="Петров Пётр Петрович", holder_since="2026-09-22")
    change(Table.USERS, binding_key("u1", ACCOUNT), holder_key="the-former-ones")


def _withdraw(town: Town) -> None:
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={})


def _replace(town: Town) -> None:
    row = next(r for r in town.everything("ACCOUNTS_TABLE", "RECEIPT#2020-08"))
    change(Table.ACCOUNTS, (row["pk"], row["sk"]), digest="another")


def _quiet_time(town: Town) -> None:
    row = next(r for r in town.everything("ACCOUNTS_TABLE", "RECEIPT#2020-08"))
    at = clock.timestamp(clock.now() + timedelta(hours=23, minutes=55))
    change(Table.ACCOUNTS, (row["pk"], row["sk"]), changed_at=at)


def _pay(town: Town) -> None:
    token = town.sign_in()
    town.add(token, ACCOUNT)
    town.settle(town.check_out(token).json["payment_url"])
    town.deliver()


def _delete_card(town: Town) -> None:
    assert town.call("cart", "DELETE", "/api/saved-cards/c1", town.sign_in()).status == 204


def _leave(town: Town) -> None:
    change(Table.USERS, profile_key("u1"), credentials=0, entries=0)
    delete_account("u1", clock.now())


def _switch_off(town: Town) -> None:
    assert town.call("cart", "DELETE", RULE, town.sign_in()).status == 204


def _switch_off_by_mail(town: Town) -> None:
    token = autopay_off_token("u1", ACCOUNT)
    shown = town.call("cart", "GET", "/api/autopay/off", query=f"token={token}")
    assert shown.json == {"number": "1234567899"}
    for _ in range(2):
        assert town.call("cart", "POST", "/api/autopay/off", body={"token": token}).status == 204


def _disable(town: Town) -> None:
    assert put(town, enabled=False).json["last"]["outcome"] == "switched_off"


NEVER = [
    _unbind, _bind_anew, _close, _next_holder, _withdraw, _replace, _quiet_time, _pay, _delete_card, _leave,
    _switch_off, _switch_off_by_mail, _disable,
]  # fmt: skip


@pytest.mark.parametrize("happens", NEVER)
def test_after_it_was_planned_nothing_is_charged_when_that_happens(town: Town, happens: Any) -> None:
    put(town)
    day(town)
    assert town.letters("autopay_planned") != []
    happens(town)
    day(town)
    assert charges(town) == 0
    if happens not in (_replace, _quiet_time):
        day(town, 6)
        assert charges(town) == 0


@pytest.mark.parametrize("happens", [_replace, _quiet_time])
def test_what_has_changed_is_told_anew_and_charged_a_day_later(town: Town, happens: Any) -> None:
    put(town)
    day(town)
    happens(town)
    day(town, 2 if happens is _replace else 3)
    assert len(town.letters("autopay_planned")) == 2
    assert charges(town) == 1


RIVALS = [_unbind, _bind_anew, _switch_off, _switch_off_by_mail, _disable, _leave]


@pytest.mark.parametrize("happens", [*RIVALS, "card"])
def test_switched_off_between_claim_and_sending_nothing_is_sent(
    town: Town, happens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival comes at the very line: after the bank registered the order, before what sends is written."""
    put(town)
    day(town)
    town.wait(days=1)
    fragile = Fragile()
    fragile.patch(monkeypatch)

    def rival() -> None:
        if happens == "card":
            card_service.delete_card("u1", card_store.load("u1"), "c1", clock.now())
        else:
            happens(town)

    probe = _position_of_sending(town, fragile, rival)
    assert probe is not None
    assert "bank.register.do" in fragile.calls
    assert "bank.paymentOrderBinding.do" not in fragile.calls
    assert charges(town) == 0
    assert [order.status for order in town.orders()] == ["declined"]
    day(town, 8)
    assert charges(town) == 0


def _position_of_sending(town: Town, fragile: Fragile, rival: Any) -> int | None:
    """Run with the rival before the call that follows `register.do`: the transaction that sends."""
    armed: list[int] = []
    enter = fragile.enter

    def watching(name: str) -> bool:
        if fragile.is_running and fragile.calls and fragile.calls[-1] == "bank.register.do" and not armed:
            armed.append(len(fragile.calls) + 1)
            fragile.number, fragile.fault = armed[0], rival
        return enter(name)

    fragile.enter = watching  # type: ignore[method-assign]
    fragile.process(lambda: runner.run(autopay_shards(), clock.now(), lambda: True))
    return armed[0] if armed else None


def test_two_workers_at_once_charge_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    put(town)
    day(town)
    town.wait(days=1)
    fragile = Fragile()
    fragile.patch(monkeypatch)
    number = 1
    while True:
        before = charges(town)
        fragile.calls, fragile.number = [], number
        fragile.fault = lambda: runner.run(autopay_shards(), clock.now(), lambda: True)
        fragile.process(lambda: runner.run(autopay_shards(), clock.now(), lambda: True))
        if number > len(fragile.calls) or before:
            break
        number += 1
    assert charges(town) == 1
    assert town.ledger_total() == town.state.balance() == TOTAL


def test_each_rule_costs_few_round_trips(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three to plan, five to charge, two to wait; and two pages for the run itself."""
    fragile = Fragile()
    fragile.patch(monkeypatch)

    def calls_of_a_run() -> list[str]:
        fragile.calls = []
        fragile.process(lambda: runner.run([autopay_shard("u1")], clock.now(), lambda: True))
        own = [name.removeprefix("dynamodb.") for name in fragile.calls if name.startswith("dynamodb.")]
        assert own.count("Query") == 2
        return [name for name in own if name != "Query"]

    put(town)
    town.wait(days=1)
    assert calls_of_a_run() == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    town.wait(days=1)
    assert calls_of_a_run() == ["BatchGetItem", *["TransactWriteItems"] * 4]
    assert charges(town) == 1
    town.wait(days=1)
    assert calls_of_a_run() == ["BatchGetItem", "TransactWriteItems"]


def test_what_the_index_says_late_decides_nothing(town: Town) -> None:
    """It names a receipt and an order of another time: read ahead in vain, and what counts is read."""
    put(town)
    town.wait(days=1)
    late = DueRule("u1", ACCOUNT, ("2020-07-main", "2020-06-main"), "AAAAAAAAAA")
    runner.visit(late, clock.now())
    assert len(town.letters("autopay_planned")) == 1
    town.wait(days=1)
    runner.visit(DueRule("u1", ACCOUNT), clock.now())
    assert charges(town) == 1
    runner.visit(late, clock.now())
    assert (charges(town), town.state.balance()) == (1, TOTAL)


@pytest.mark.parametrize("number", [1, 2])
def test_a_receipt_replaced_around_the_read_is_not_charged(
    town: Town, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Before the batch, or between it and the claim: what was mailed is not what stands."""
    put(town)
    day(town)
    town.wait(days=1)
    found = DueRule("u1", ACCOUNT, ("2020-08-main",))
    fragile = Fragile()
    fragile.patch(monkeypatch)
    fragile.number = number
    fragile.fault = lambda: change(Table.ACCOUNTS, receipt_key(ACCOUNT, "2020-08", "main"), digest="another")
    with suppress(Conflict):
        fragile.process(lambda: runner.visit(found, clock.now()))
    assert (charges(town), town.state.balance()) == (0, 0)


def test_a_stale_rule_is_written_by_nobody(town: Town) -> None:
    put(town)
    seen = rule_store.load("u1", ACCOUNT)
    assert seen is not None
    put(town, limit=5_00)
    with pytest.raises(StaleRule):
        rule_store.save(seen, seen.model_copy(update={"limit": 1}))
    rule_store.delete(seen)
    assert rule(town)["limit"] == 5_00


def test_the_first_screen_says_what_is_charged_when(town: Town) -> None:
    def said() -> list[dict[str, Any]]:
        return list(town.call("queries", "GET", "/api/home", town.sign_in()).json["autopay"])

    assert said() == []
    put(town)
    assert [(one["state"], one["on"]) for one in said()] == [("waiting", None)]
    day(town)
    assert said() == [
        {"account_id": ACCOUNT, "state": "planned", "on": "2026-09-23", "amount": TOTAL, "text": None}
    ]
    _switch_off(town)
    assert said() == []


def test_an_account_unbound_meanwhile_gets_no_rule(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    fragile = Fragile()
    fragile.patch(monkeypatch)
    # The rival comes before the transaction, the last call of the request.
    fragile.process(lambda: put(town))
    fragile.number, fragile.calls = len(fragile.calls), []
    fragile.fault = lambda: _unbind(town)
    town.call("cart", "DELETE", RULE, town.sign_in())
    answer = fragile.process(lambda: put(town))
    assert answer is not None
    assert answer.status == 404
    assert town.everything("PAYMENTS_TABLE", "RULE#") == []


def test_a_card_shows_which_accounts_it_pays_by_itself(town: Town) -> None:
    put(town)
    (card,) = town.call("cart", "GET", "/api/saved-cards", town.sign_in()).json["items"]
    assert card["used_by"] == [ACCOUNT]
    read = town.call("cart", "GET", "/api/autopay/consent", town.sign_in()).json
    (agreed,) = town.everything("USERS_TABLE", "AGREED#autopay-")
    assert (agreed["version"], agreed["text_sha256"]) == (read["version"], read["sha256"])


def test_where_saved_cards_pay_nothing_there_is_no_rule(town: Town) -> None:
    merchant = town.merchant().model_dump(mode="json")
    change(Table.ACCOUNTS, supplier_key("uk-test"), merchant=merchant)
    assert told(put(town)) == (409, "feature_unavailable")


def test_a_link_that_is_forged_switches_nothing_off(town: Town) -> None:
    put(town)
    assert told(town.call("cart", "POST", "/api/autopay/off", body={"token": "forged"})) == (
        422,
        "token_invalid",
    )
    assert rule(town)["enabled"] is True
