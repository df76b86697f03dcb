"""Many autopay rules on one day: each charged once though workers are killed all the time, in flat memory.

``AUTOPAY_RULES=10000 ./cabinet test -k autopay_rules`` tries as many as the bar says.
"""

import multiprocessing
import os
import random
import resource
from collections.abc import Iterator
from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.payments.keys import autopay_shards
from infra.simulators.bank.state import Card
from tests.support import aws_calls
from tests.support.aws_calls import Call
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, FaultInjector
from tests.support.lambda_context import Context
from tests.support.payment_scenario import TOTAL, PaymentScenario
from tests.support.tables_process import tables_in_a_process

FLAT_KILOBYTES = 8 * 1024
"""What a worker's memory may vary after its first shards, whatever the number of rules."""
RULES = int(os.environ.get("AUTOPAY_RULES", "24"))


def add_rule(scenario: PaymentScenario, number: int) -> None:
    """One more user with an account, a card and a rule that is due at once."""
    user_id, name = f"u{number}", f"{number:010d}"
    made = bound_accounts.account(name, "uk-test")
    scenario.receipt(made.account_id)
    latest = {"main": "2020-08"}
    made = made.model_copy(update={"latest_periods": latest})
    row = dynamo.get(Table.ACCOUNTS, account_key(made.account_id)) or {}
    dynamo.put(
        Table.ACCOUNTS,
        row | {"latest": latest},
        condition=dynamo.IS_PRESENT,
        on_conflict=dynamo.conflict,
    )
    scenario.user(user_id, made, email=f"{user_id}@example.com")
    scenario.state.cards[f"b{number}"] = Card(f"b{number}", user_id)
    now = clock.timestamp(clock.now())
    merchant = scenario.merchant().model_dump(mode="json") | {"methods": ["card", "saved_card"]}
    card: dict[str, Any] = {
        "saved_card_id": "c1",
        "merchant": merchant,
        "binding_id": f"b{number}",
        "status": "active",
        "masked_pan": "…1234",
        "saved_at": now,
    }
    cards = {
        "pk": f"CARDS#{user_id}",
        "sk": "CARDS",
        "user_id": user_id,
        "version": 1,
        "cards": {"c1": card},
    }
    rule = {
        "pk": f"AUTOPAY#{user_id}",
        "sk": f"RULE#{made.account_id}",
        "user_id": user_id,
        "account_id": made.account_id,
        "enabled": True,
        "saved_card_id": "c1",
        "limit": TOTAL,
        "when": "receipt",
        "consent": {"version": "1", "text_sha256": "x", "agreed_at": now, "address": "198.51.100.7"},
        "revision": "r",
        "bound_at": (dynamo.get(Table.USERS, binding_key(user_id, made.account_id)) or {})["bound_at"],
        "looked_on": "2026-09-01",
        "due_at": now,
        "due_shard": f"AUTOPAY#{number % 16}",
    }
    for table, item in [(Table.PAYMENTS, cards), (Table.PAYMENTS, rule)]:
        dynamo.put(table, item, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)


@pytest.fixture(autouse=True)
def queues_take_everything() -> Iterator[None]:
    """What wakes the mailer goes nowhere: moto looks through a whole queue at each message sent."""

    def respond(call: Call) -> tuple[int, dict[str, Any]] | None:
        return (200, {"Successful": [], "Failed": []}) if call.service == "sqs" else None

    with aws_calls.answered_by(respond):
        yield


def prepare(scenario: PaymentScenario) -> None:
    """Let every rule be due at once."""
    methods = ("card", "saved_card")
    scenario.supplier(merchant=scenario.merchant().model_copy(update={"methods": methods}))
    for number in range(RULES):
        add_rule(scenario, number)


def work(shard: str) -> None:
    from reconciliation.app import handler

    handler({"Records": [{"body": f'{{"shard": "{shard}"}}'}]}, Context())  # type: ignore[arg-type]


def test_autopay_rules_on_a_day_are_charged_once_though_workers_die(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(scenario)
    injector, chance = FaultInjector(), random.Random(20260921)
    injector.patch(monkeypatch)
    killed = 0
    memory = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]
    for _ in range(2):
        for shard in autopay_shards():
            for _ in range(RULES // 16 // 8 + 2):
                injector.calls, injector.number = [], chance.randint(1, 60 if RULES > 100 else 6)
                injector.fault = chance.choice(FAULTS)
                try:
                    killed += injector.process(lambda shard=shard: work(shard) or True) is None  # type: ignore[misc]
                except Exception:  # noqa: BLE001 - a run that met no storage failed, and comes again
                    killed += 1
            injector.number = 0
            work(shard)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        scenario.wait(days=1)
    for shard in autopay_shards():
        work(shard)
        scenario.wait(minutes=40)
        scenario.reconcile_orders()
        work(shard)
    scenario.deliver()
    for _ in range(3):
        scenario.wait(days=1)
        scenario.reconcile_orders()
        for shard in autopay_shards():
            work(shard)
    with capsys.disabled():
        print(f"\n{RULES} rules, {killed} workers killed, memory {memory} MB")  # noqa: T201 - part of the result
    assert killed > 10
    assert {card.charges for card in scenario.state.cards.values()} == {1}
    assert scenario.state.balance() == scenario.ledger_total() == RULES * TOTAL
    assert len(scenario.emails("autopay_planned")) == RULES


def resident_kilobytes() -> int:
    """Return what this process holds in memory now."""
    with open("/proc/self/statm") as found:
        return int(found.read().split()[1]) * resource.getpagesize() // 1024


def work_and_measure(answers: Any) -> None:
    """Visit all shards in a process of its own, as a worker does; send its memory after each."""
    answers.put([(resident_kilobytes(), work(shard))[0] for shard in [*autopay_shards(), *autopay_shards()]])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_autopay_rules_of_a_day_take_flat_memory(
    scenario: PaymentScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables and bank are in other processes than the worker, whose memory alone is measured."""
    forked = multiprocessing.get_context("fork")
    taken = []
    with tables_in_a_process():
        prepare(scenario)
        for _ in range(2):
            answers = forked.SimpleQueue()
            worker = forked.Process(target=work_and_measure, args=(answers,))
            worker.start()
            worker.join()
            assert worker.exitcode == 0
            taken.append(answers.get())
            scenario.wait(days=1, hours=1)
        charged = [card.charges for card in scenario.state.cards.values()]
    with capsys.disabled():
        for name, kilobytes in zip(("planning", "charging"), taken, strict=True):
            megabytes = [round(each / 1024, 1) for each in kilobytes]
            print(f"\n{RULES} rules, {name}: {megabytes} MB after each shard")  # noqa: T201 - part of the result
    assert charged == [1] * RULES
    for kilobytes in taken:
        assert max(kilobytes[2:]) - min(kilobytes[2:]) < FLAT_KILOBYTES
