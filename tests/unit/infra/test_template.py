"""What template.yaml promises about data, read from the file itself."""

from infra.template import Template
from tests.conftest import Aws


def test_every_table_survives_mistakes(template: Template) -> None:
    tables = list(template.resources("AWS::DynamoDB::Table"))
    assert len(tables) == 4
    for _, table in tables:
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_every_index_carries_whole_items(template: Template) -> None:
    """The Document API of YDB knows no other projection."""
    for _, table in template.resources("AWS::DynamoDB::Table"):
        for index in table.get("GlobalSecondaryIndexes", []):
            assert index["Projection"] == {"ProjectionType": "ALL"}


def test_the_tests_aws_is_made_from_the_template(aws: Aws) -> None:
    assert len(aws.client("dynamodb").list_tables()["TableNames"]) == 4
    assert aws.table("USERS_TABLE").scan()["Count"] == 0
    attributes = aws.client("sqs").get_queue_attributes(
        QueueUrl=aws.environment["MAIL_QUEUE_URL"], AttributeNames=["RedrivePolicy"]
    )
    assert "MailDeadLetters" in attributes["Attributes"]["RedrivePolicy"]
    buckets = {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]}
    assert aws.environment["EXCHANGE_BUCKET"] in buckets
