"""What a browser may subscribe with, what makes room, to whom a push goes."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from cabinet.identity.push_subscription_rules import (
    MAX_SUBSCRIPTIONS,
    PushSubscription,
    SubscriptionInput,
    field_errors,
    receiving,
    subscriptions_to_drop,
)
from cabinet.web_push.encryption import point_of, to_base64url

POINT = to_base64url(point_of(ec.generate_private_key(ec.SECP256R1()).public_key()))
SECRET = to_base64url(bytes(16))


def stored(session: int, browser: int, renewed: int = 0) -> PushSubscription:
    return PushSubscription(
        subscription_id=f"browser-{browser}", session_id=f"session-{session}", endpoint="https://push.example.net/1",
        p256dh=POINT, auth=SECRET, key_id="0", user_agent="", renewed_at=f"2026-11-01T10:00:{renewed:02d}",
    )  # fmt: skip


def test_what_a_browser_gives_is_taken_and_its_id_follows_from_the_endpoint() -> None:
    subscription = SubscriptionInput("https://push.example.net/1", POINT, SECRET)
    assert field_errors(subscription) == []
    assert (
        subscription.subscription_id
        == SubscriptionInput("https://push.example.net/1", "", "").subscription_id
    )
    assert (
        subscription.subscription_id
        != SubscriptionInput("https://push.example.net/2", "", "").subscription_id
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "http://push.example.net/1"}, "endpoint"),
        ({"endpoint": "https://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": ""}, "endpoint"),
        ({"p256dh": ""}, "keys"),
        ({"p256dh": to_base64url(b"\x04" + bytes(64))}, "keys"),
        ({"p256dh": "ключ"}, "keys"),
        ({"auth": to_base64url(bytes(15))}, "keys"),
        ({"auth": "*"}, "keys"),
    ],
)
def test_what_cannot_be_sent_to_is_refused(changes: dict[str, str], field: str) -> None:
    fields = {"endpoint": "https://push.example.net/1", "p256dh": POINT, "auth": SECRET} | changes
    assert [each.field for each in field_errors(SubscriptionInput(**fields))] == [field]


def test_a_browser_that_signs_in_anew_replaces_its_own() -> None:
    assert subscriptions_to_drop(stored(2, 1), [stored(1, 1), stored(3, 2)]) == [stored(1, 1)]
    assert subscriptions_to_drop(stored(1, 1), [stored(1, 1)]) == []


def test_beyond_the_limit_the_one_renewed_longest_ago_makes_room() -> None:
    full = [stored(number, number, number) for number in range(MAX_SUBSCRIPTIONS)]
    assert subscriptions_to_drop(stored(50, 50, 59), full) == [full[0]]
    assert subscriptions_to_drop(stored(50, 5, 59), full) == [full[5]], "its own row makes room already"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 59)), max_size=40), st.sets(st.integers(0, 20)))
def test_each_browser_of_the_user_gets_one_push(rows: list[tuple[int, int]], own: set[int]) -> None:
    every = [stored(number, browser, at) for number, (browser, at) in enumerate(rows)]
    owners = {f"browser-{browser}": "me" if browser in own else "another" for browser, _ in rows}
    found = receiving(every, owners, {"user_id": "me"})
    named = [each.subscription_id for each in found]
    assert len(named) == len(set(named)) == min(MAX_SUBSCRIPTIONS, len({b for b, _ in rows if b in own}))
    assert all(owners[name] == "me" for name in named)


def test_a_browser_without_an_owner_gets_nothing() -> None:
    assert receiving([stored(1, 1)], {}, {"user_id": "me"}) == []


def test_ending_all_pushes_keeps_only_the_current_session() -> None:
    every = [stored(1, 1, 10), stored(2, 2, 20), stored(3, 3, 30), stored(4, 4, 31)]
    owners = {each.subscription_id: "me" for each in every}
    ended = {"at": "2026-11-01T10:00:30", "but": "session-1"}
    found = receiving(every, owners, {"user_id": "me", "push_ended": ended})
    assert found == [every[3], every[0]]


def test_the_local_push_service_is_taken_where_there_is_one() -> None:
    local = SubscriptionInput("http://127.0.0.1:8000/local/push/service/a", POINT, SECRET)
    assert field_errors(local, "http://127.0.0.1:8000") == []
    assert [each.field for each in field_errors(local)] == ["endpoint"]
    assert [each.field for each in field_errors(local, "http://127.0.0.1:80")] == ["endpoint"]
