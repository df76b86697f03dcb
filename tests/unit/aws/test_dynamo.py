"""Conditional writes, transactions and their retries: what a refusal means, and what a lost answer does."""

from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Table, Transaction
from cabinet.core.errors import Conflict, NotFound, ServiceUnavailable
from tests.support.aws_calls import Recorder, heard_by
from tests.support.weaker_engines import ENGINES, answering

KEY = ("USER#1", "PROFILE")
ITEM = {
    "pk": KEY[0],
    "sk": KEY[1],
    "name": "a",
    "kopecks": 329308,
    "tags": ["x"],
    "deep": {"n": None, "b": True},
}


CONFLICT = {
    "Error": {"Code": "TransactionCanceledException", "Message": ""},
    "CancellationReasons": [{"Code": "TransactionConflict"}],
}
THROTTLED = {"Error": {"Code": "ThrottlingException", "Message": "slow"}}


@pytest.fixture(params=[None, *ENGINES], ids=str, autouse=True)
def engine(request):
    """Every test is run on each engine."""
    with answering(request.param):
        yield


def refuse(monkeypatch, *answers):
    """AWS gives these refusals first. Raised before the call is sent, so that nothing is written by it."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    waiting = list(answers)

    def before_send(**_):
        if waiting:
            raise ClientError(waiting.pop(0), "any")

    dynamo.dynamodb_client().meta.events.register("before-send.dynamodb", before_send)


def test_an_item_comes_back_as_it_was_stored(aws):
    dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
    assert dynamo.get(Table.USERS, KEY, consistent=True) == ITEM


@pytest.mark.parametrize("value", [1.5, {"deep": [0.1]}, object()])
def test_a_float_is_never_stored(aws, value):
    with pytest.raises(TypeError, match="cannot be stored"):
        dynamo.put(Table.USERS, ITEM | {"value": value}, condition=IS_ABSENT, on_conflict=Conflict)


def test_a_refused_condition_is_the_domain_error_that_the_write_named(aws):
    with pytest.raises(NotFound):
        dynamo.update(Table.USERS, KEY, "SET #name = :n", condition=IS_PRESENT, on_conflict=NotFound, n="b")


def test_an_error_can_depend_on_the_existing_item(aws):
    dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
    with pytest.raises(ValueError, match="taken by a"):
        dynamo.put(
            Table.USERS,
            ITEM,
            condition=IS_ABSENT,
            on_conflict=lambda old: ValueError(f"taken by {old['name']}"),
        )


def test_a_transaction_writes_all_or_nothing(aws):
    dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
    both = Transaction()
    both.put(Table.PAYMENTS, {"pk": "ORDER#1", "sk": "ORDER"}, condition=IS_ABSENT, on_conflict=Conflict)
    both.update(
        Table.USERS, KEY, "SET #name = :n", condition="#name = :old", on_conflict=NotFound, n="c", old="other"
    )
    with pytest.raises(NotFound):
        both.commit()
    assert dynamo.get(Table.PAYMENTS, ("ORDER#1", "ORDER"), consistent=True) is None


def test_a_commit_repeated_after_a_lost_answer_is_success(aws):
    for _ in range(2):
        once = Transaction(mark="the-same")
        once.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
        once.commit()
    assert dynamo.get(Table.USERS, KEY)["mark"] == "the-same"


def test_a_repeated_commit_succeeds_though_a_row_has_changed_since(aws):
    other = {"pk": "ORDER#1", "sk": "ORDER"}
    for _ in range(2):
        once = Transaction(mark="the-same").put(
            Table.PAYMENTS, other, condition=IS_ABSENT, on_conflict=Conflict
        )
        once.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=NotFound).commit()
        dynamo.put(Table.PAYMENTS, other, condition=IS_PRESENT, on_conflict=Conflict)


def test_nothing_is_read_for_a_refusal_that_says_all_by_itself(aws):
    calls = Recorder()
    with heard_by(calls):
        with pytest.raises(NotFound):
            dynamo.update(
                Table.USERS, KEY, "SET #name = :n", condition=IS_PRESENT, on_conflict=NotFound, n="b"
            )
        dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
        with pytest.raises(Conflict):
            dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
    assert calls.operations == ["UpdateItem", "PutItem", "PutItem"]


def test_anothers_item_is_a_conflict(aws):
    for mark, expected in (("one", None), ("other", Conflict)):
        attempt = Transaction(mark).put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
        if expected is None:
            attempt.commit()
        else:
            with pytest.raises(expected):
                attempt.commit()


@pytest.mark.parametrize("passing", [CONFLICT, THROTTLED])
def test_what_only_passes_by_is_tried_again(aws, monkeypatch, passing):
    refuse(monkeypatch, passing, passing)
    Transaction().put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict).commit()
    assert dynamo.get(Table.USERS, KEY) is not None


def test_a_conflict_that_does_not_pass_becomes_try_later_and_writes_nothing(aws, monkeypatch):
    refuse(monkeypatch, *[CONFLICT] * 8)
    with pytest.raises(ServiceUnavailable) as told:
        Transaction().put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict).commit()
    assert int(told.value.headers["Retry-After"]) > 0
    assert dynamo.get(Table.USERS, KEY) is None


DENIED = {"Error": {"Code": "AccessDeniedException", "Message": "not to arn:…:user/Иванов"}}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([THROTTLED] * 8, "ThrottlingException"),
        ([CONFLICT] * 8, "TransactionCanceledException:TransactionConflict"),
        ([DENIED], "AccessDeniedException"),
    ],
)
def test_a_call_that_is_given_up_leaves_a_line_with_code_table_and_place(
    aws, monkeypatch, caplog, answers, code
):
    refuse(monkeypatch, *answers)
    with pytest.raises((ServiceUnavailable, ClientError)):
        Transaction().put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict).commit()
    (line,) = [vars(record) for record in caplog.records if record.message == "storage_failed"]
    assert (line["code"], line["table"]) == (code, Table.USERS.physical_name)
    assert line["place"].startswith("test_dynamo.py:")
    assert "Иванов" not in str(line)


def test_a_condition_that_does_not_hold_is_no_failure(aws, caplog):
    for _ in range(2):
        with suppress(Conflict):
            dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
        with suppress(Conflict):
            Transaction().put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict).commit()
    assert not [record for record in caplog.records if record.message == "storage_failed"]


def test_an_expired_item_counts_as_absent_though_the_table_still_has_it(aws):
    dynamo.put(Table.USERS, ITEM | {"expires_at": 1}, condition=IS_ABSENT, on_conflict=Conflict)
    assert dynamo.get(Table.USERS, KEY) is None
    assert dynamo.batch_get([(Table.USERS, KEY)]) == [None]
    assert dynamo.query(Table.USERS, KEY[0]).items == []


def test_a_batch_answers_in_the_order_asked_across_tables(aws):
    dynamo.put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict)
    dynamo.put(Table.ACCOUNTS, {"pk": "A", "sk": "B"}, condition=IS_ABSENT, on_conflict=Conflict)
    found = dynamo.batch_get([(Table.ACCOUNTS, ("A", "B")), (Table.USERS, ("no", "no")), (Table.USERS, KEY)])
    assert [item and item["pk"] for item in found] == ["A", None, KEY[0]]


def test_pages_follow_one_another_newest_first(aws):
    for n in range(5):
        dynamo.put(Table.USERS, {"pk": "P", "sk": f"S#{n}"}, condition=IS_ABSENT, on_conflict=Conflict)
    first = dynamo.query(Table.USERS, "P", begins="S#", limit=2, newest_first=True)
    second = dynamo.query(Table.USERS, "P", begins="S#", limit=2, newest_first=True, after=first.next_key)
    assert [i["sk"] for i in first.items + second.items] == ["S#4", "S#3", "S#2", "S#1"]
    assert len(list(dynamo.query_all(Table.USERS, "P", limit=2))) == 5


def test_no_request_token_is_sent_for_not_every_cloud_knows_it(aws):
    seen = []
    dynamo.dynamodb_client().meta.events.register(
        "before-call.dynamodb.TransactWriteItems", lambda params, **_: seen.append(params["body"])
    )
    Transaction().put(Table.USERS, ITEM, condition=IS_ABSENT, on_conflict=Conflict).commit()
    assert seen
    assert b"ClientRequestToken" not in seen[0]


def test_more_actions_than_every_cloud_takes_are_refused_before_the_call(aws):
    big = Transaction()
    for n in range(26):
        big.put(Table.USERS, {"pk": str(n), "sk": "x"}, condition=IS_ABSENT, on_conflict=Conflict)
    with pytest.raises(ValueError, match="26 actions"):
        big.commit()
