"""Subscriptions in the table: repeated, taken over, ended, written against a session that ends."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, ServiceUnavailable
from cabinet.identity.credentials import change_password
from cabinet.identity.errors import SessionEnded
from cabinet.identity.keys import profile_key, push_key, push_owner_key, session_key
from cabinet.identity.model import User
from cabinet.identity.push_subscription_rules import (
    LIFETIME,
    MAX_SUBSCRIPTIONS,
    PushSubscription,
    SubscriptionInput,
)
from cabinet.identity.push_subscriptions import (
    end_subscriptions,
    erase_subscriptions,
    list_receiving,
    list_subscriptions,
    subscribe,
    unsubscribe,
)
from cabinet.identity.sessions import end_other_sessions, end_session
from tests.support.fault_injection import FAULTS, Fault, FaultInjector

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
BROWSER = SubscriptionInput("https://push.example.net/1", "key", "secret")

pytestmark = pytest.mark.usefixtures("aws")


def open_session(user_id: str, session_id: str) -> None:
    pk, sk = session_key(user_id, session_id)
    dynamo.put(
        Table.USERS,
        {"pk": pk, "sk": sk, "created_at": clock.timestamp(NOW), "seen_at": clock.epoch(NOW)},
        condition=IS_ABSENT,
        on_conflict=Conflict,
    )


def profile_of(user_id: str) -> dict[str, Any]:
    found = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def people(aws: object) -> None:
    for name in ("anna", "boris"):
        pk, sk = profile_key(name)
        row = {"pk": pk, "sk": sk, "user_id": name, "email": f"{name}@example.ru"}
        dynamo.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=Conflict)


def received_by(user_id: str) -> list[PushSubscription]:
    return list_receiving(profile_of(user_id))


def renew(user_id: str, session_id: str, given: SubscriptionInput = BROWSER, at: int = 0) -> PushSubscription:
    moment = NOW + timedelta(seconds=at)
    return subscribe(profile_of(user_id), session_id, given, "0", "Firefox", moment)


def test_a_repeated_subscription_is_one() -> None:
    open_session("anna", "s1")
    first = renew("anna", "s1")
    assert renew("anna", "s1") == first
    assert list_subscriptions("anna") == received_by("anna") == [first]


def test_the_same_browser_in_another_session_moves_to_it() -> None:
    open_session("anna", "s1")
    open_session("anna", "s2")
    renew("anna", "s1")
    moved = renew("anna", "s2", at=1)
    assert list_subscriptions("anna") == [moved]


def test_who_subscribes_last_in_a_browser_owns_what_it_shows() -> None:
    open_session("anna", "s1")
    open_session("boris", "s2")
    renew("anna", "s1")
    taken = renew("boris", "s2", at=1)
    assert received_by("anna") == []
    assert received_by("boris") == [taken]


def test_the_limit_ends_the_oldest() -> None:
    for number in range(MAX_SUBSCRIPTIONS + 1):
        open_session("anna", f"s{number}")
        renew("anna", f"s{number}", SubscriptionInput(f"https://push.example.net/{number}", "k", "s"), number)
    kept = {each.session_id for each in list_subscriptions("anna")}
    assert kept == {f"s{number}" for number in range(1, MAX_SUBSCRIPTIONS + 1)}


def test_an_ended_session_subscribes_to_nothing() -> None:
    with pytest.raises(SessionEnded):
        renew("anna", "s1")
    assert list_subscriptions("anna") == []


def test_a_session_that_is_ended_takes_its_subscription_along() -> None:
    for name in ("s1", "s2"):
        open_session("anna", name)
    renew("anna", "s1")
    kept = renew("anna", "s2", SubscriptionInput("https://push.example.net/2", "k", "s"))
    end_session("anna", "s1")
    assert list_subscriptions("anna") == [kept]


def test_a_session_that_ends_while_it_subscribes_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    open_session("anna", "s1")
    # The third call is the transaction; before it the profile and what there is are read.
    injector = FaultInjector(3, lambda: end_session("anna", "s1"))
    injector.patch(monkeypatch)
    with pytest.raises(SessionEnded):
        injector.process(lambda: renew("anna", "s1"))
    assert list_subscriptions("anna") == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_killed_at_any_call_and_repeated_it_is_subscribed_once(
    number: int, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_session("anna", "s0")
    open_session("anna", "s1")
    renew("anna", "s0")
    injector = FaultInjector(number, fault)
    injector.patch(monkeypatch)
    with suppress(ServiceUnavailable):
        injector.process(lambda: renew("anna", "s1", at=1))
    assert len(received_by("anna")) == 1
    repeated = renew("anna", "s1", at=1)
    assert list_subscriptions("anna") == received_by("anna") == [repeated]


def test_only_ones_own_is_ended_and_once() -> None:
    open_session("anna", "s1")
    name = renew("anna", "s1").subscription_id
    with pytest.raises(NotFound):
        unsubscribe("boris", name)
    unsubscribe("anna", name)
    with pytest.raises(NotFound):
        unsubscribe("anna", name)
    assert list_subscriptions("anna") == []


def test_a_renewed_subscription_is_not_ended_by_its_old_endpoint() -> None:
    open_session("anna", "s1")
    former = renew("anna", "s1")
    newer = renew("anna", "s1", SubscriptionInput("https://push.example.net/2", "k", "s"), 1)
    end_subscriptions("anna", [former])
    assert list_subscriptions("anna") == [newer]


def test_two_browsers_that_subscribe_at_once_are_not_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(MAX_SUBSCRIPTIONS + 1):
        open_session("anna", f"s{number}")
    for number in range(MAX_SUBSCRIPTIONS - 1):
        renew("anna", f"s{number}", SubscriptionInput(f"https://push.example.net/{number}", "k", "s"), number)
    last = [SubscriptionInput(f"https://push.example.net/{number}", "k", "s") for number in (11, 12)]
    injector = FaultInjector(3, lambda: renew("anna", "s12", last[1], 20))
    injector.patch(monkeypatch)
    with pytest.raises(Conflict):
        injector.process(lambda: renew("anna", "s11", last[0], 20))
    renew("anna", "s11", last[0], 21)
    assert len(list_subscriptions("anna")) == MAX_SUBSCRIPTIONS


def test_both_rows_end_after_a_year_without_a_visit() -> None:
    open_session("anna", "s1")
    name = renew("anna", "s1").subscription_id
    for key in (push_key("anna", "s1"), push_owner_key(name)):
        row = dynamo.get(Table.USERS, key, consistent=True)
        assert row is not None
        assert row["expires_at"] == clock.epoch(NOW + LIFETIME)


def run_out(session_id: str) -> None:
    dynamo.delete(Table.USERS, session_key("anna", session_id), condition=IS_PRESENT, on_conflict=Conflict)


def test_an_expired_session_gets_pushes_until_others_are_ended() -> None:
    for name in ("past", "current"):
        open_session("anna", name)
    past = renew("anna", "past", SubscriptionInput("https://push.example.net/2", "k", "s"))
    kept = renew("anna", "current", at=1)
    run_out("past")
    assert received_by("anna") == [kept, past]
    end_other_sessions("anna", "current", NOW + timedelta(seconds=2), "192.0.2.1")
    assert received_by("anna") == [kept]
    open_session("anna", "next")
    anew = renew("anna", "next", SubscriptionInput("https://push.example.net/2", "k", "s"), 3)
    assert received_by("anna") == [anew, kept]


def test_with_a_new_password_every_other_browser_falls_silent() -> None:
    for name in ("s1", "s2"):
        open_session("anna", name)
    renew("anna", "s1", SubscriptionInput("https://push.example.net/2", "k", "s"))
    kept = renew("anna", "s2", at=1)
    set_profile("anna", credentials=0, entries=0)
    user = User.model_validate(profile_of("anna"))
    change_password(user, "s2", "hash", NOW + timedelta(seconds=2), "192.0.2.1")
    assert received_by("anna") == [kept]


def set_profile(user_id: str, **values: int) -> None:
    for name, value in values.items():
        dynamo.update(
            Table.USERS, profile_key(user_id), f"SET #{name} = :value", condition=IS_PRESENT,
            on_conflict=Conflict, value=value,
        )  # fmt: skip


@pytest.mark.parametrize("number", [1, 2, 3])
def test_erased_after_a_kill_nothing_of_the_person_stays(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_session("anna", "s1")
    name = renew("anna", "s1").subscription_id
    injector = FaultInjector(number, "after")
    injector.patch(monkeypatch)
    injector.process(lambda: erase_subscriptions("anna"))
    erase_subscriptions("anna")
    assert list_subscriptions("anna") == []
    assert dynamo.get(Table.USERS, push_owner_key(name), consistent=True) is None


def test_a_browser_taken_over_stays_with_its_new_user() -> None:
    open_session("anna", "s1")
    open_session("boris", "s2")
    renew("anna", "s1")
    taken = renew("boris", "s2", at=1)
    erase_subscriptions("anna")
    assert received_by("boris") == [taken]
