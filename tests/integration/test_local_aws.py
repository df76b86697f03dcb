"""The local AWS keeps the guarantees that the product's writes depend on."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.local_aws import LocalAws


def test_of_many_rivals_one_transaction_wins(local_aws: LocalAws) -> None:
    table = local_aws.environment["USERS_TABLE"]
    client = local_aws.client("dynamodb")

    def claim(rival: int) -> bool:
        item = {"pk": {"S": "EMAIL#a@b.ru"}, "sk": {"S": "EMAIL"}, "rival": {"N": str(rival)}}
        put = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            client.transact_write_items(TransactItems=[{"Put": put}])
        except client.exceptions.TransactionCanceledException:
            return False
        return True

    with ThreadPoolExecutor(8) as rivals:
        won = list(rivals.map(claim, range(16)))
    assert won.count(True) == 1
    (kept,) = local_aws.table("USERS_TABLE").scan()["Items"]
    assert won[int(kept["rival"])]


def test_every_test_begins_with_empty_tables(local_aws: LocalAws) -> None:
    assert local_aws.table("USERS_TABLE").scan()["Count"] == 0
