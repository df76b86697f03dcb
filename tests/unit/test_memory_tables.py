"""The tables in memory answer as moto does, call by call: the same answer, or the same refusal."""

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import aws_calls
from tests.support.aws import Aws
from tests.support.memory_tables.table import MemoryTable

TABLE = "cabinet-UsersTable"
KEY = {"pk": {"S": "A"}, "sk": {"S": "1"}}
ITEM: dict[str, Any] = KEY | {
    "n": {"N": "2"}, "s": {"S": "text"}, "b": {"B": b"\x00\xff"}, "t": {"BOOL": True}, "none": {"NULL": True},
    "set": {"SS": ["a", "b"]}, "list": {"L": [{"N": "1"}, {"S": "x"}]},
    "map": {"M": {"in": {"M": {"deep": {"N": "7"}}}, "text": {"S": "abc"}}},
}  # fmt: skip
NAMES = {f"#{name}": name for name in (*ITEM, "absent", "in")}
VALUES: dict[str, Any] = {
    ":two": {"N": "2.0"}, ":one": {"N": "1"}, ":text": {"S": "text"}, ":te": {"S": "te"}, ":a": {"S": "a"},
    ":zz": {"S": "zz"}, ":same": {"SS": ["b", "a"]}, ":map": {"M": {}}, ":true": {"BOOL": True},
    ":type": {"S": "S"}, ":null": {"NULL": True},
}  # fmt: skip
CONDITIONS = [
    "attribute_exists(pk)", "attribute_not_exists(pk)", "attribute_exists(#absent)",
    "attribute_not_exists(#absent)", "attribute_exists(#map.#in.deep)", "attribute_exists(#map.#absent)",
    "#n = :two", "#n <> :two", "#n < :two", "#n <= :two", "#n > :one", "#n >= :one", "#absent = :two",
    "#absent <> :two", "#absent < :two", "#s = :text", "#s < :zz", "#n = :text", "#set = :same",
    "begins_with(#s, :te)", "begins_with(#absent, :te)", "begins_with(#n, :te)",
    "#n BETWEEN :one AND :two", "#s BETWEEN :te AND :text", "#s IN (:zz, :text)", "#s IN (:zz)",
    "NOT #n = :two", "NOT (#n = :one OR #n = :two)", "#n = :one OR #s = :text AND attribute_exists(pk)",
    "(#n = :one OR #s = :text) AND attribute_not_exists(pk)", "#t = :true", "#map.#in.deep > :two",
    "attribute_type(#s, :type)", "attribute_type(#n, :type)", "attribute_type(#absent, :type)",
]  # fmt: skip
OF_PRESENT = ["#none = :null"]
"""Where moto errs about an absent attribute: it is not null."""
UPDATES = [
    "SET #n = :one", "SET #n = #n + :one", "SET #n = :one - #n", "SET #absent = :map",
    "SET #map.#in.deep = :a, #s = :zz", "SET #map.#absent = :map", "SET #absent.#in = :a",
    "SET #n = #absent", "SET #n = #absent + :one", "SET #n = :text + :one", "SET #s = #n, #n = :one",
    "REMOVE #n", "REMOVE #absent", "REMOVE #map.#in", "ADD #n :one", "ADD #absent :one", "ADD #s :one",
    "SET #s = :a REMOVE #n ADD #absent :one", "SET #pk = :a", "SET #sk = :a",
]  # fmt: skip
KEY_CONDITIONS = [
    "pk = :pk", "pk = :pk AND begins_with(sk, :a)", "pk = :pk AND sk BETWEEN :low AND :high", "sk = :a",
    "pk = :pk AND sk > :low", "(pk = :a AND sk = :low)", "pk = :pk AND n = :low",
]  # fmt: skip


def _used(*expressions: str) -> dict[str, Any]:
    """Return the placeholders that these expressions use."""
    text = " ".join(expressions)
    words = set(
        text.replace("(", " ").replace(")", " ").replace(",", " ").replace(".", " ").replace("[", " ").split()
    )
    names = {name: attribute for name, attribute in NAMES.items() if name in words}
    values = {name: value for name, value in VALUES.items() if name in words}
    return ({"ExpressionAttributeNames": names} if names else {}) | (
        {"ExpressionAttributeValues": values} if values else {}
    )


def _put(number: int, text: str = "") -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": KEY | {"sk": {"S": f"new{number}"}, "s": {"S": text}}}}


def _puts(count: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": _put(number)["Put"]["Item"]}} for number in range(count)]


@pytest.fixture
def both(aws: Aws) -> Any:
    """Make a call to the tables in memory, the same to moto, and return both answers."""
    client, table = aws.client("dynamodb"), aws.environment["USERS_TABLE"]
    in_memory = list(aws_calls.responders)

    def call(operation: str, *, by: str = "TableName", **request: Any) -> list[Any]:
        answers = []
        for aws_calls.responders[:] in (in_memory, []):
            try:
                answer = getattr(client, operation)(**({by: table} if by else {}), **request)
            except ClientError as refusal:
                told = refusal.response
                answer = {
                    "refused": told["Error"]["Code"], "item": told.get("Item"),
                    "reasons": told.get("CancellationReasons"),
                }  # fmt: skip
            answer.pop("ResponseMetadata", None)
            answers.append(_comparable(answer))
        aws_calls.responders[:] = in_memory
        return answers

    call("put_item", Item=ITEM)
    yield call
    aws_calls.responders[:] = in_memory


def _comparable(answer: Any) -> Any:
    """Return an answer without what says nothing of items, and sets in order."""
    if isinstance(answer, dict):
        left_out = (
            "ConsumedCapacity", "ItemCollectionMetrics", "UnprocessedKeys", "UnprocessedItems",
            "ScannedCount", "Message",
        )  # fmt: skip
        return {
            name: sorted(value) if name == "SS" else _comparable(value)
            for name, value in answer.items()
            if name not in left_out
        }
    return [_comparable(each) for each in answer] if isinstance(answer, list) else answer


def test_each_condition_is_judged_alike(both: Any) -> None:
    for key, conditions in ((KEY, CONDITIONS + OF_PRESENT), (KEY | {"sk": {"S": "absent"}}, CONDITIONS)):
        for condition in conditions:
            check = {"TableName": TABLE, "Key": key, "ConditionExpression": condition}
            asked = check | _used(condition) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
            ours, motos = both("transact_write_items", by="", TransactItems=[{"ConditionCheck": asked}])
            assert ours == motos, condition


def test_each_update_leaves_the_same_item(both: Any) -> None:
    for change in UPDATES:
        both("put_item", Item=ITEM)
        ours, motos = both(
            "update_item", Key=KEY, UpdateExpression=change, ReturnValues="ALL_NEW", **_used(change)
        )
        assert ours == motos, change
        ours, motos = both("get_item", Key=KEY)
        assert ours == motos, change


@pytest.mark.parametrize(
    "request_",
    [
        {"UpdateExpression": "SET #n = :one", "ExpressionAttributeNames": {"#n": "n"}},
        {
            "UpdateExpression": "SET n = :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":two": {"N": "2"}},
        },
        {"UpdateExpression": "SET name = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}},
        {"UpdateExpression": "SET n == :one", "ExpressionAttributeValues": {":one": {"N": "1"}}},
        {"UpdateExpression": "SET n = :one SET s = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}},
    ],
)
def test_an_invalid_expression_is_rejected_alike(both: Any, request_: dict[str, Any]) -> None:
    ours, motos = both("update_item", Key=KEY, **request_)
    assert ours == motos
    assert ours["refused"] == "ValidationException"


def test_writes_and_reads_of_one_item_answer_alike(both: Any) -> None:
    absent = KEY | {"sk": {"S": "absent"}}
    refused = {
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    for operation, request in (
        ("get_item", {"Key": KEY}),
        ("get_item", {"Key": absent}),
        ("get_item", {"Key": KEY, "ProjectionExpression": "#n, s, #absent"} | _used("#n #absent")),
        ("get_item", {"Key": {"pk": {"S": "A"}}}),
        ("put_item", {"Item": ITEM, "ReturnValues": "ALL_OLD"}),
        ("put_item", {"Item": ITEM} | refused),
        ("put_item", {"Item": {"pk": {"S": "A"}}}),
        ("put_item", {"Item": ITEM | {"sk": {"S": ""}}}),
        ("put_item", {"Item": ITEM | {"big": {"S": "x" * 420_000}}}),
        ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE s"} | refused),
        (
            "update_item",
            {"Key": absent, "UpdateExpression": "ADD #n :one", "ReturnValues": "ALL_NEW"} | _used("#n :one"),
        ),
        ("delete_item", {"Key": absent, "ReturnValues": "ALL_OLD"}),
        ("delete_item", {"Key": KEY, "ConditionExpression": "attribute_not_exists(pk)"}),
        ("delete_item", {"Key": KEY, "ReturnValues": "ALL_OLD"}),
    ):
        ours, motos = both(operation, **request)
        assert ours == motos, (operation, request)


def test_a_transaction_happens_wholly_or_not_at_all(both: Any) -> None:
    table = {"TableName": TABLE}
    new = {"Put": table | {"Item": KEY | {"sk": {"S": "new"}}}}
    gone = {"Delete": table | {"Key": KEY, "ConditionExpression": "attribute_exists(pk)"}}
    never = {"Update": table | {"Key": KEY, "UpdateExpression": "REMOVE s", "ConditionExpression": "n = s"}}
    for actions in ([new, never], [new, gone, never], [new, gone], [new, new]):
        ours, motos = both("transact_write_items", by="", TransactItems=actions)
        assert ours == motos, actions
        ours, motos = both("scan")
        assert ours == motos, actions


def test_pages_of_a_partition_come_alike(both: Any) -> None:
    rows = [
        {"pk": {"S": "P"}, "sk": {"S": f"{kind}#{n}"}, "n": {"N": str(n)}} for kind in "ab" for n in range(6)
    ]
    puts = [{"PutRequest": {"Item": row}} for row in rows]
    both("batch_write_item", by="", RequestItems={TABLE: puts})
    values = {":pk": {"S": "P"}, ":a": {"S": "a#"}, ":low": {"S": "a#2"}, ":high": {"S": "b#3"}}
    for condition, is_forward in itertools.product(KEY_CONDITIONS, (True, False)):
        asked = {
            "KeyConditionExpression": condition, "ScanIndexForward": is_forward,
            "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition},
        }  # fmt: skip
        read, start = [], dict[str, Any]()
        for _ in range(9):
            ours, motos = both("query", Limit=2, **asked, **start)
            assert ours.get("Items") == motos.get("Items"), (condition, is_forward)
            read += ours.get("Items", [])
            if "LastEvaluatedKey" not in ours:
                break
            start = {"ExclusiveStartKey": ours["LastEvaluatedKey"]}
        ours, motos = both("query", **asked)
        assert ours == motos
        assert read == ours.get("Items", [])
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "P"}}}
    ours, motos = both(
        "query", **asked, ProjectionExpression="#n, sk, absent", ExpressionAttributeNames={"#n": "n"}
    )
    assert ours == motos
    assert ours["Items"][0] == {"sk": {"S": "a#0"}, "n": {"N": "0"}}


def test_batches_and_their_limits_are_alike(both: Any) -> None:
    keys = [{"pk": {"S": "B"}, "sk": {"S": f"{number:03}"}} for number in range(101)]
    puts = [{"PutRequest": {"Item": key | {"n": {"N": "1"}}}} for key in keys]
    gone = [{"DeleteRequest": {"Key": KEY}}, puts[30]]
    projected = {"ProjectionExpression": "pk, #n", "ExpressionAttributeNames": {"#n": "n"}}
    for operation, wanted in (
        ("batch_write_item", puts[:25]),
        ("batch_write_item", [puts[0], puts[0]]),
        ("batch_write_item", gone),
        ("batch_get_item", {"Keys": keys[20:40]}),
        ("batch_get_item", {"Keys": keys[:2], **projected}),
        ("batch_get_item", {"Keys": keys}),
        ("batch_get_item", {"Keys": [KEY, KEY]}),
    ):
        ours, motos = both(operation, by="", RequestItems={TABLE: wanted})
        assert ours == motos, (operation, wanted)
    assert both("scan") == both("scan")[::-1]


def test_a_page_ends_at_a_megabyte_and_a_transaction_at_a_hundred(both: Any) -> None:
    big = [KEY | {"sk": {"S": f"big{number}"}, "s": {"S": "x" * 390_000}} for number in range(4)]
    for item in big:
        both("put_item", Item=item)
    for request in ({}, {"ScanIndexForward": False}, {"Limit": 1}):
        ours, motos = both(
            "query",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": KEY["pk"]},
            **request,
        )
        assert ours == motos
    checks = [
        {
            "ConditionCheck": {
                "TableName": TABLE, "Key": KEY | {"sk": {"S": f"{number}"}},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        for number in range(101)
    ]  # fmt: skip
    for actions in (checks, checks[:100]):
        ours, motos = both("transact_write_items", by="", TransactItems=actions)
        assert ours == motos


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("update_item", {"UpdateExpression": "SET s.n = n"}),
        ("update_item", {"UpdateExpression": "SET s = n, s = n"}),
        ("update_item", {"UpdateExpression": "SET s = n REMOVE s.n"}),
        ("batch_write_item", {"RequestItems": {TABLE: _puts(26)}}),
        ("transact_write_items", {"TransactItems": [_put(number, "x" * 390_000) for number in range(11)]}),
    ],
    ids=["within_a_text", "twice", "overlapping", "26_writes", "beyond_4_MB"],
)
def test_what_moto_lets_pass_is_refused_as_by_dynamodb(
    aws: Aws, operation: str, request_: dict[str, Any]
) -> None:
    by_key = {"TableName": TABLE, "Key": KEY} if operation == "update_item" else {}
    client = aws.client("dynamodb")
    client.put_item(TableName=TABLE, Item=ITEM)
    with pytest.raises(ClientError, match="ValidationException"):
        getattr(client, operation)(**by_key, **request_)
    assert aws.tables.items_of(TABLE) == aws.tables.items_of(TABLE, "1")


def test_an_index_holds_what_has_its_attributes(aws: Aws) -> None:
    client, table = aws.client("dynamodb"), aws.environment["PAYMENTS_TABLE"]
    index = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"][0]
    partition, sort = sorted(index["KeySchema"], key=lambda each: each["KeyType"])
    names = {"#p": partition["AttributeName"]}
    for number, shard in enumerate(("s1", "s1", "s2", "")):
        item = {"pk": {"S": "O"}, "sk": {"S": str(number)}}
        if shard:
            item |= {names["#p"]: {"S": shard}, sort["AttributeName"]: {"S": f"2026-{9 - number}"}}
        client.put_item(TableName=table, Item=item)
    found = client.query(
        TableName=table, IndexName=index["IndexName"], KeyConditionExpression="#p = :p",
        ExpressionAttributeNames=names, ExpressionAttributeValues={":p": {"S": "s1"}},
    )  # fmt: skip
    assert [item["sk"]["S"] for item in found["Items"]] == ["1", "0"]


def test_an_index_follows_each_change_of_its_items_and_of_all_at_once() -> None:
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    index = {"IndexName": "by_p", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}]}
    table = MemoryTable("t", {"KeySchema": keys, "GlobalSecondaryIndexes": [index]})
    item, moved = KEY | {"p": {"S": "x"}}, KEY | {"p": {"S": "y"}}
    assert list(table.in_index("by_p", "x")) == []
    for kept, of_x, of_y in ((item, [item], []), (moved, [], [moved]), (KEY, [], []), (moved, [], [moved])):
        table.keep(("A", "1"), kept)
        assert (list(table.in_index("by_p", "x")), list(table.in_index("by_p", "y"))) == (of_x, of_y)
    table.partitions = {"A": {"1": item}}  # as `restore` does
    assert (list(table.in_index("by_p", "x")), list(table.in_index("by_p", "y"))) == ([item], [])
    table.keep(("A", "1"), None)
    assert list(table.in_index("by_p", "x")) == []


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("put_item", {"Item": KEY, "Expected": {"pk": {"Exists": False}}}),
        ("put_item", {"Item": KEY | {"n": {"NS": ["1"]}}}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET n = if_not_exists(n, n)"}),
        ("delete_item", {"Key": KEY, "ConditionExpression": "contains(s, s)"}),
        ("scan", {"FilterExpression": "n = s"}),
    ],
)
def test_what_is_not_known_is_refused_and_not_passed_over(
    aws: Aws, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(NotImplementedError):
        getattr(aws.client("dynamodb"), operation)(TableName=TABLE, **request_)


def test_a_call_about_items_never_goes_on_to_motos_empty_tables(aws: Aws) -> None:
    with pytest.raises(NotImplementedError, match="ExecuteStatement"):
        aws.client("dynamodb").execute_statement(Statement="SELECT 1")
