"""Refusals of paper for the supplier: a line when the account's state changes, by whomever and whatever."""

from typing import Any

import pytest

from cabinet.accounts import binding_store, paperless
from cabinet.accounts.errors import StaleBindings
from cabinet.accounts.paperless import StalePaperless
from cabinet.accounts.store import UserBindings
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.clock import local_date, now
from cabinet.core.errors import NotFound
from cabinet.exchange.exports.paperless import PAPERLESS_EXPORT
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

ACCOUNT_ID = "uk-test:1234567899"
REFUSED, PRINTED = "1", "0"


@pytest.fixture
def account(aws: Aws) -> None:
    bound_accounts.supplier()
    made = bound_accounts.account()
    for user_id in ("u1", "u2"):
        bound_accounts.user(user_id, made)


def decision(enabled: bool, at: str = "2026-10-20") -> dict[str, Any]:
    return {"enabled": enabled, "at": at, "version": "v1", "sha256": "ab", "address": "198.51.100.7"}


def refuse(user_id: str, at: str = "2026-10-20") -> None:
    binding_store.set_paperless(user_id, ACCOUNT_ID, decision(True, at))


def withdraw(user_id: str) -> None:
    binding_store.set_paperless(user_id, ACCOUNT_ID, decision(False))


def cabinet_of(user_id: str) -> UserBindings:
    rows = dynamo.query(Table.USERS, f"USER#{user_id}", consistent=True).items
    (profile,) = [row for row in rows if row["sk"] == "PROFILE"]
    return UserBindings(user_id, profile, [row for row in rows if row["sk"].startswith("BINDING#")])


def reported_states() -> list[str]:
    """Return the states of the account that are reported to the supplier, in their order."""
    made = PAPERLESS_EXPORT.export("uk-test", local_date(now(), "Asia/Yekaterinburg"), now())
    if made is None:
        return []
    return [row.split(";")[1] for row in made.content.decode("utf-8-sig").splitlines()[2:-1]]


def test_a_refusal_and_its_withdrawal_are_told_in_their_order(account: None) -> None:
    refuse("u1")
    withdraw("u1")
    refuse("u1")
    assert reported_states() == [REFUSED, PRINTED, REFUSED]


def test_the_same_wish_again_is_told_once(account: None) -> None:
    refuse("u1")
    refuse("u1", at="2026-10-21")
    withdraw("u2")
    assert reported_states() == [REFUSED]


def test_paper_resumes_when_the_last_opt_out_is_withdrawn(account: None) -> None:
    refuse("u1")
    refuse("u2")
    withdraw("u1")
    assert reported_states() == [REFUSED]
    withdraw("u2")
    assert [row["refused"] for row in waiting()] == [0]


def test_a_refusal_ends_with_the_binding(account: None) -> None:
    refuse("u1")
    binding_store.unbind(cabinet_of("u1"), ACCOUNT_ID)
    assert reported_states() == [REFUSED, PRINTED]
    binding_store.unbind(cabinet_of("u2"), ACCOUNT_ID)
    assert waiting() == [], "who had refused nothing withdraws nothing"


def test_a_refusal_made_while_the_account_is_unbound_is_not_left_behind(account: None) -> None:
    seen = cabinet_of("u1")
    refuse("u1")
    with pytest.raises(StaleBindings):
        binding_store.unbind(seen, ACCOUNT_ID)
    binding_store.unbind(cabinet_of("u1"), ACCOUNT_ID)
    assert reported_states() == [REFUSED, PRINTED]
    with pytest.raises(NotFound):
        refuse("u1")
    assert waiting() == []


def test_another_subscribers_wish_in_between_is_seen(account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse("u1")
    real, rivals = paperless.get_row, iter([True])

    def read(account_id: str) -> Any:
        stored = real(account_id)
        if next(rivals, False):
            refuse("u2")
        return stored

    monkeypatch.setattr(paperless, "get_row", read)
    withdraw("u1")
    assert reported_states() == [REFUSED], "u2 refuses still"


def test_rivals_without_end_are_told_as_a_conflict(account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paperless, "get_row", lambda _: {"turn": 7, "refused_by": {}})
    with pytest.raises(StalePaperless):
        refuse("u1")
    assert "paperless" not in cabinet_of("u1").bindings[0]


def waiting() -> list[dict[str, Any]]:
    return [
        row
        for shard in range(paperless.QUEUE_SHARDS)
        for row in dynamo.query_all(Table.ACCOUNTS, paperless.queue_partition("uk-test", shard))
    ]
