"""What of an account is restored when an import is undone, and what prevents it."""

from typing import Any

import pytest

from cabinet.exchange.imports.apply_meters import state_digest
from cabinet.exchange.imports.undo_log import LoggedAccount, LoggedRow
from cabinet.exchange.imports.undo_rules import (
    QueuedReadingChange,
    RowChange,
    UndoDecision,
    decide,
    exclude_removed_receipts,
    is_meter_state_field,
    removed_receipts,
    rows_of,
    unaccounted_before,
)
from tests.support.factories.receipts import receipt

PK = "ACCOUNT#center#740"
ACCOUNT, METER, PAYMENT = (PK, "ACCOUNT"), (PK, "METER#m"), (PK, "PAYMENT#2026-10-01#p")
READING, RECEIPT = (PK, "READING#2026-10#r"), (PK, "RECEIPT#2026-10#obedinennaya")
QUEUE, REFUSALS = ("EXPORT#center#1", "740"), ("PAPERLESS#center:740", "PAPERLESS")
OLD = {"mark": "before-1"}
OURS = {"mark": "try-7"}

type Row = dict[str, Any]


def kept(*rows: LoggedRow, attempt: str = "try") -> LoggedAccount:
    return LoggedAccount("740", attempt, list(rows))


def row(key: tuple[str, str], before: Row | None, **checks: Any) -> LoggedRow:
    return LoggedRow(key, before, checks)


def meter(value: str, **more: Any) -> Row:
    last = {"T1": {"reading_id": "r", "value": value, "taken_on": "2026-09-20", "source": "billing"}}
    return {"meter_id": "m", "number": "m", "service": "ХВС", "last": last} | more


def decided(current: dict[tuple[str, str], Row], *accounts: LoggedAccount) -> UndoDecision:
    return decide(list(accounts), current)


def only(undo: UndoDecision) -> RowChange:
    (change,) = undo.changes
    assert not undo.conflicts
    return change


# ------------------------------------------------------------------ rows


def test_a_row_of_the_import_is_restored() -> None:
    change = only(decided({PAYMENT: OURS | {"amount": 2}}, kept(row(PAYMENT, OLD | {"amount": 1}))))
    assert (change.key, change.current, change.target) == (PAYMENT, OURS | {"amount": 2}, OLD | {"amount": 1})
    assert change.fields is None, "the whole row"


def test_a_row_that_the_import_made_goes_away() -> None:
    assert only(decided({PAYMENT: OURS}, kept(row(PAYMENT, None)))).target is None


@pytest.mark.parametrize("before", [None, OLD])
def test_a_row_that_the_attempt_did_not_write_stays_without_a_word(before: Row | None) -> None:
    undo = decided({PAYMENT: before} if before else {}, kept(row(PAYMENT, before)))
    assert (undo.changes, undo.conflicts) == ([], set())


def test_a_row_changed_by_a_newer_registry_blocks_the_undo() -> None:
    undo = decided({PAYMENT: {"mark": "later-3"}}, kept(row(PAYMENT, OLD)))
    assert (undo.changes, undo.conflicts) == ([], {"newer_registry"})


@pytest.mark.parametrize("key", [PAYMENT, METER])
def test_a_row_that_a_person_has_taken_out_stays_out_without_a_word(key: tuple[str, str]) -> None:
    undo = decided({}, kept(row(key, OLD, memory="m")))
    assert (undo.changes, undo.conflicts) == ([], set())


def test_nobody_takes_out_a_reading() -> None:
    assert decided({}, kept(row(READING, OLD))).conflicts == {"newer_registry"}


def test_two_attempts_at_one_row_go_back_to_what_stood_before_both() -> None:
    first = kept(row(PAYMENT, OLD), attempt="one")
    second = kept(row(PAYMENT, {"mark": "one-1"}), attempt="two")
    assert only(decided({PAYMENT: {"mark": "two-1"}}, first, second)).target == OLD


def test_an_attempt_that_died_before_it_wrote_changes_nothing_of_that() -> None:
    died = kept(row(PAYMENT, OLD), attempt="died")
    second = kept(row(PAYMENT, OLD), attempt="two")
    assert only(decided({PAYMENT: {"mark": "two-1"}}, died, second)).target == OLD


@pytest.mark.parametrize("status", ["active", "replaced"])
def test_a_reading_goes_back_only_while_its_status_is_the_imports(status: str) -> None:
    undo = decided({READING: OURS | {"status": status}}, kept(row(READING, None, status="active")))
    assert (len(undo.changes), undo.conflicts) == (
        (1, set()) if status == "active" else (0, {"reading_since"})
    )


def test_a_receipt_takes_its_row_in_the_list_of_documents_with_it() -> None:
    before = receipt(100).model_dump(mode="json") | OLD
    accounts = [kept(row(RECEIPT, before))]
    document = (PK, "DOCUMENT#2026-10#obedinennaya")
    assert set(rows_of(accounts)) == {RECEIPT, document}
    undo = decide(accounts, {RECEIPT: OURS, document: OURS})
    targets = {change.key: change.target for change in undo.changes}
    assert targets[RECEIPT] == before
    assert targets[document] is not None
    assert (targets[document]["mark"], targets[document]["title"]) == ("before-1", receipt(100).title)


def test_a_receipt_without_a_mark_or_without_a_predecessor_has_a_document_alike() -> None:
    before = receipt(100).model_dump(mode="json")
    newer = {RECEIPT: {"mark": "later"}, (PK, "DOCUMENT#2026-10#obedinennaya"): {"mark": "later"}}
    assert decide([kept(row(RECEIPT, before))], newer).conflicts == {"newer_registry"}
    unmarked = decide([kept(row(RECEIPT, before))], {})
    assert (unmarked.changes, unmarked.conflicts) == ([], set()), "taken away"
    assert decide([kept(row(RECEIPT, None))], {}).changes == []


# ------------------------------------------------------------------ meters


def test_undo_restores_meter_without_newer_reading() -> None:
    before, ours = meter("10") | OLD, meter("12") | OURS
    accounts = [kept(row(METER, before, memory=state_digest(ours)))]
    assert ACCOUNT in rows_of(accounts), "it tells of its meters"
    change = only(decide(accounts, {METER: ours}))
    assert (change.target, change.keeps_state) == (before, False)
    since = decide(accounts, {METER: meter("15") | OURS})
    assert (since.changes, since.conflicts) == ([], {"reading_since"})


def test_undo_of_a_meter_keeps_later_readings() -> None:
    before, ours = meter("10") | OLD, meter("10", place="кухня") | OURS
    accounts = [kept(row(METER, before, memory=state_digest(ours)))]
    since = meter("15", place="кухня", before={}, monthly={}) | OURS
    current = {METER: since, ACCOUNT: {"meter_terms": {"m": {}}}}
    undo = decide(accounts, current)
    assert only(undo).keeps_state
    assert undo.account == ACCOUNT
    summary = undo.meter_summaries["m"]
    assert summary is not None
    assert "place" not in summary
    assert summary["last"]["T1"]["taken_on"] == "2026-09-20"


def test_a_meter_that_the_import_made_goes_out_of_the_accounts_item() -> None:
    ours = meter("10") | OURS
    current = {METER: ours, ACCOUNT: {"meter_terms": {"m": {}}}}
    assert decide([kept(row(METER, None, memory=state_digest(ours)))], current).meter_summaries == {"m": None}


def test_an_account_from_before_there_were_terms_has_none_to_change() -> None:
    ours = meter("10") | OURS
    undo = decide([kept(row(METER, None, memory=state_digest(ours)))], {METER: ours, ACCOUNT: {}})
    assert (undo.account, undo.meter_summaries) == (None, {})
    assert is_meter_state_field("last")
    assert not is_meter_state_field("place")


# ------------------------------------------------------------------ the account's own item


def test_undo_restores_only_imported_account_fields_first() -> None:
    current = {PAYMENT: OURS, ACCOUNT: OURS | {"holder": "B", "unaccounted": {}}}
    undo = decide([kept(row(PAYMENT, None), row(ACCOUNT, OLD | {"holder": "A"}, fields=["holder"]))], current)
    assert [change.key for change in undo.changes] == [ACCOUNT, PAYMENT]
    assert undo.changes[0].fields == {"mark", "revision", "holder"}


def test_payments_that_the_import_accounted_are_on_their_way_again() -> None:
    before = OLD | {"unaccounted": {"p1": {"amount": 5}}}
    current = {ACCOUNT: OURS | {"unaccounted": {"p3": {"amount": 9}}}}
    change = only(decide([kept(row(ACCOUNT, before, payments=["p1", "p2"]))], current))
    assert change.payments == ("p1", "p2")
    assert change.fields == {"mark", "revision", "accounted", "returns"}
    assert unaccounted_before(change) == {"p1": {"amount": 5}, "p2": None}


@pytest.mark.parametrize(
    ("since", "codes"),
    [
        ({"unaccounted": {}}, set()),
        ({"unaccounted": {}, "bound": True}, {"account_bound"}),
        ({"unaccounted": {}, "reserved_version": 1}, {"order_since"}),
        ({"unaccounted": {"p": {}}, "bound": False}, {"account_bound", "order_since"}),
    ],
)
def test_an_account_that_the_import_made_goes_only_while_nobody_has_used_it(
    since: Row, codes: set[str]
) -> None:
    undo = decide([kept(row(ACCOUNT, None))], {ACCOUNT: OURS | since})
    assert undo.conflicts == codes
    assert unaccounted_before(undo.changes[0]) == {}


def test_an_account_changed_by_a_newer_registry_stands_in_the_way() -> None:
    accounts = [kept(row(ACCOUNT, OLD))]
    assert decide(accounts, {ACCOUNT: {"mark": "later"}}).conflicts == {"newer_registry"}
    assert decide(accounts, {}).conflicts == {"newer_registry"}
    assert decide(accounts, {ACCOUNT: OLD}).conflicts == set()


REACH = {"latest", "newest", "charged", "first_period", "last_period"}


@pytest.mark.parametrize(
    ("removed", "stored", "latest"),
    [
        ([], [], {"k": "2026-10"}),
        (["2026-10#k"], [("2026-10", "k")], {"k": "2026-10"}),
        (["2026-10#k"], [("2026-09", "k")], {"k": "2026-09"}),
        (["2026-10#k"], [], {}),
    ],
)
def test_the_accounts_item_tells_of_no_receipt_that_was_taken_away(
    removed: list[str], stored: list[tuple[str, str]], latest: Row
) -> None:
    current = {ACCOUNT: OURS | {"removed_receipts": removed}}
    before = OLD | {"latest": {"k": "2026-10"}, "newest": {}, "charged": ""}
    undo = decided(current, kept(row(ACCOUNT, before, fields=["holder"])))
    assert removed_receipts(undo) == [("2026-10", "k")] * len(removed)
    exclude_removed_receipts(undo, stored, {"k": {"period": "2026-09", "kind": "k"}} if stored else {})
    change = only(undo)
    assert change.target is not None
    assert change.target["latest"] == latest
    is_changed = latest != before["latest"]
    assert change.fields == {"mark", "revision", "holder"} | (REACH if is_changed else set())


def test_an_account_that_goes_with_the_import_tells_of_nothing() -> None:
    current = {ACCOUNT: OURS | {"unaccounted": {}, "removed_receipts": ["2026-10#k"]}}
    assert removed_receipts(decided(current, kept(row(ACCOUNT, None)))) == []
    assert removed_receipts(decided({PAYMENT: OURS}, kept(row(PAYMENT, None)))) == []


# ------------------------------------------------------------------ what waits for billing, refusals of paper


def line(reading_id: str) -> Row:
    return {"reading_id": reading_id}


def test_a_line_that_waits_for_billing_is_what_it_was_before_the_import() -> None:
    former = kept(row(QUEUE, {"m|T1": line("former")}, lines={"m|T1": "ours"}))
    assert decide([former], {QUEUE: {"m|T1": line("ours")}}).queued_readings == [
        QueuedReadingChange(QUEUE, "m|T1", line("former"))
    ]
    added = kept(row(QUEUE, None, lines={"m|T1": "ours", "m|T2": "other"}))
    undo = decide([added], {QUEUE: {"m|T1": line("ours"), "m|T2": line("since")}})
    assert undo.queued_readings == [QueuedReadingChange(QUEUE, "m|T1", None)]


def test_a_sent_reading_blocks_the_undo_of_its_meter_only() -> None:
    ours = meter("12") | OURS
    queue = row(QUEUE, None, lines={"m|T1": "ours"})
    assert decide([kept(queue)], {}).conflicts == set()
    undo = decide([kept(row(METER, None, memory=state_digest(ours)), queue)], {METER: ours})
    assert undo.conflicts == {"reading_exported"}


@pytest.mark.parametrize(
    ("current", "goes_back", "codes"),
    [
        (None, False, set()),
        ({"turn": 1, "refused_by": ["u"]}, False, set()),
        ({"turn": 2, "refused_by": ["u"]}, False, set()),
        ({"turn": 2, "refused_by": []}, True, set()),
        ({"turn": 3, "refused_by": []}, False, {"paper_refusal_since"}),
    ],
)
def test_refusals_of_paper_that_the_import_ended_hold_again(
    current: Row | None, goes_back: bool, codes: set[str]
) -> None:
    before = {"turn": 1, "refused_by": ["u"]}
    undo = decide([kept(row(REFUSALS, before, turn=2))], {REFUSALS: current} if current else {})
    assert undo.conflicts == codes
    assert undo.paperless == ({"turn": 2, "refused_by": ["u"]} if goes_back else None)
