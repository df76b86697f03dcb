"""`cabinet doctor`: what each check finds; one that hangs or breaks is named and holds up nothing."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

from cabinet.webhooks import endpoints
from cabinet.webhooks.signing_keys import SigningKeys
from infra.build import web
from infra.build.template import Template
from infra.doctor import (
    alarm_checks,
    all_checks,
    bank_checks,
    bucket_checks,
    mail_checks,
    secret_checks,
    site_checks,
    stack_checks,
    table_checks,
    webhook_checks,
    write_checks,
)
from infra.doctor.check import CHECK_SECONDS, Check, Issue, Skipped, run_checks
from infra.doctor.installation import Installation
from tests.support import webhooks
from tests.support.aws import REGION, Aws
from tests.support.factories.bound_accounts import supplier

REDEPLOY = "deploy again"


def installation(
    template: Template, *, is_local: bool = False, names: dict[str, str] | None = None, **variables: str
) -> Installation:
    known = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": "123456789012"}
    return Installation("prod", is_local, template, known | (names or {}), variables)


def texts(faults: Any) -> list[str]:
    return [fault.text for fault in faults]


# ------------------------------------------------------------------ running


def check(examine: Callable[[], Any], seconds: float = CHECK_SECONDS) -> Check:
    return Check("group", "subject", "sound", examine, seconds)


def test_a_hanging_check_is_named_and_the_others_are_shown() -> None:
    ended = threading.Event()
    hanging = check(lambda: iter([][: ended.wait()]), seconds=0.05)
    found = list(run_checks([hanging, check(list), check(lambda: [Issue("wrong", "do this")])]))
    ended.set()
    assert [finding.outcome for finding in found] == ["FAIL", "ok", "FAIL"]
    assert [finding.text for finding in found] == ["no answer within 0 s", "sound", "wrong"]


def test_a_broken_check_fails_and_an_impossible_one_is_skipped() -> None:
    def denied() -> Any:
        raise boto3.client("sts", region_name=REGION).exceptions.ClientError(
            {"Error": {"Code": "AccessDenied", "Message": "no"}}, "Get"
        )

    def impossible() -> Any:
        raise Skipped("not here")

    broken, skipped = run_checks([check(denied), check(impossible)])
    assert (broken.outcome, skipped.outcome) == ("FAIL", "skip")
    assert "AccessDenied" in broken.text
    assert "identity" in broken.remedy


def test_a_group_that_cannot_say_what_it_looks_at_is_named(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Installation) -> list[Check]:
        raise RuntimeError("no suppliers")

    monkeypatch.setattr(all_checks, "GROUPS", {"banks": broken, "other": lambda _: [check(list)]})
    found = list(all_checks.examine(installation(template)))
    assert [all_checks.line(finding)[:40] for finding in found] == [
        "FAIL  banks     all: could not be looked",
        "ok    group     subject: sound",
    ]


def test_the_whole_is_a_minute_at_most(template: Template) -> None:
    slowest = max(
        CHECK_SECONDS, write_checks.SECONDS, bank_checks.SECONDS, site_checks.SECONDS
    )  # of all checks at once
    assert all_checks.LISTING_SECONDS + slowest <= 60


def test_a_remedy_for_the_local_aws_reaches_it(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = check(lambda: [Issue("AWS's clock", "aws sqs list-queues (as AWS's docs say)")])
    monkeypatch.setattr(all_checks, "GROUPS", {"all": lambda _: [faulty]})
    (found,) = all_checks.examine(installation(template, is_local=True, AWS_ENDPOINT_URL="http://here"))
    assert found.remedy == "aws --endpoint-url http://here sqs list-queues (as AWS's docs say)"


# ------------------------------------------------------------------ tables


def table_of(template: Template, name: str) -> tuple[Any, dict[str, Any]]:
    declared = dict(template.resources("AWS::DynamoDB::Table"))[name]
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(
        TableName="made", DeletionProtectionEnabled=True,
        **{key: declared[key] for key in ("BillingMode", "AttributeDefinitions", "KeySchema")},
        GlobalSecondaryIndexes=declared["GlobalSecondaryIndexes"],
    )  # fmt: skip
    dynamodb.update_time_to_live(
        TableName="made", TimeToLiveSpecification=declared["TimeToLiveSpecification"]
    )
    dynamodb.update_continuous_backups(
        TableName="made", PointInTimeRecoverySpecification=declared["PointInTimeRecoverySpecification"]
    )
    return dynamodb, declared


def test_a_table_as_declared_has_no_faults_and_each_difference_is_one(template: Template) -> None:
    with mock_aws():
        dynamodb, declared = table_of(template, "UsersTable")

        def faults() -> list[str]:
            return texts(table_checks.examine_table(dynamodb, "made", declared, REDEPLOY))

        assert faults() == []
        dynamodb.update_time_to_live(
            TableName="made", TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
        )
        dynamodb.update_continuous_backups(
            TableName="made", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )
        dynamodb.update_table(TableName="made", DeletionProtectionEnabled=False)
        assert faults() == [
            "it is not protected from deletion",
            "rows that have expired are not deleted: time to live is off",
            "it cannot be restored: point-in-time recovery is off",
        ]
        dynamodb.delete_table(TableName="made")
        assert faults() == ["there is no table made"]


def test_expiry_by_another_attribute_is_named(template: Template) -> None:
    with mock_aws():
        dynamodb, declared = table_of(template, "PaymentsTable")
        other = {"Enabled": True, "AttributeName": "ttl"}
        for each in ({"Enabled": False, "AttributeName": "expires_at"}, other):
            dynamodb.update_time_to_live(TableName="made", TimeToLiveSpecification=each)
        found = texts(table_checks.examine_table(dynamodb, "made", declared, REDEPLOY))
        assert found == ["rows expire by ttl, not by expires_at"]


def test_keys_and_indexes_are_compared_by_name_kind_and_type() -> None:
    def declared(sort_key: str, kind: str = "S", projection: str = "ALL") -> dict[str, Any]:
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": sort_key, "KeyType": "RANGE"}]
        index = {"IndexName": "by_x", "KeySchema": keys, "Projection": {"ProjectionType": projection}}
        attributes = [
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": sort_key, "AttributeType": kind},
        ]  # fmt: skip
        return {"KeySchema": keys, "AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]}

    wanted = declared("sk")
    assert list(table_checks.key_issues(wanted, wanted)) == []
    assert list(table_checks.index_issues(wanted, wanted, REDEPLOY)) == []
    for other in (declared("other"), declared("sk", kind="N")):
        assert len(list(table_checks.key_issues(other, wanted))) == 1
        assert "other keys" in texts(table_checks.index_issues(other, wanted, REDEPLOY))[0]
    half = declared("sk", projection="KEYS_ONLY")
    assert texts(table_checks.index_issues(half, wanted, REDEPLOY)) == [
        "the index by_x does not carry whole items"
    ]
    filling = declared("sk")
    filling["GlobalSecondaryIndexes"][0]["IndexStatus"] = "CREATING"
    assert texts(table_checks.index_issues(filling, wanted, REDEPLOY)) == ["the index by_x is CREATING"]


# ------------------------------------------------------------------ mail, secrets, alarms, stack, clock, site

ACCOUNT = {
    "SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY",
    "SendQuota": {"Max24HourSend": 1000.0, "SentLast24Hours": 10.0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"SendingEnabled": False}, ["SES has paused sending"]),
        ({"EnforcementStatus": "PROBATION"}, ["its status is PROBATION"]),
        ({"ProductionAccessEnabled": False}, ["it is in the sandbox: only verified addresses get emails"]),
        (
            {"SendQuota": {"Max24HourSend": 1000.0, "SentLast24Hours": 900.0}},
            ["900 of 1000 emails a day are sent"],
        ),
    ],
)
def test_an_account_of_ses_that_cannot_send_is_told(change: dict[str, Any], found: list[str]) -> None:
    assert texts(mail_checks.examine_account(ACCOUNT | change)) == found


def test_a_sender_must_be_verified_by_its_domain_or_itself() -> None:
    sender = "Кабинет <no-reply@lk.example.ru>"
    with mock_aws():
        ses = boto3.client("sesv2", region_name=REGION)
        assert texts(mail_checks.examine_sender(ses, sender)) == [
            "SES knows neither lk.example.ru nor no-reply@lk.example.ru"
        ]
        ses.create_email_identity(EmailIdentity="lk.example.ru")
        verified = ses.get_email_identity(EmailIdentity="lk.example.ru")["VerifiedForSendingStatus"]
        expected = [] if verified else ["lk.example.ru is not verified"]
        assert texts(mail_checks.examine_sender(ses, sender)) == expected


def test_mail_that_goes_elsewhere_is_skipped_with_the_place(template: Template) -> None:
    elsewhere = installation(
        template, MAIL_SENDER="a@b.ru", AWS_ENDPOINT_URL_SESV2="http://127.0.0.1:8000/local/ses"
    )
    found = list(run_checks(list(mail_checks.checks(elsewhere))))
    assert {finding.outcome for finding in found} == {"skip"}
    assert all("127.0.0.1:8000" in finding.text for finding in found)


def test_secrets_are_read_and_judged_by_form_and_never_shown(aws: Aws, template: Template) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="short", SecretString="hunter2")
    names = {"SigningKey": aws.environment["SIGNING_KEY_SECRET"], "OriginToken": "short"}
    here = installation(template, names=names, ESIA_CLIENT_ID="CABINET", ESIA_SECRETS="prod/esia")
    assert texts(secret_checks.examine_generated(here, "SigningKey")) == []
    assert texts(secret_checks.examine_generated(here, "OriginToken")) == ["it is shorter than 32 characters"]
    secrets.put_secret_value(
        SecretId=names["SigningKey"], SecretString='{"keys": [{"id": "no time"}]}          '
    )
    assert texts(secret_checks.examine_generated(here, "SigningKey")) == ["it is shorter than 32 characters"]
    secrets.put_secret_value(SecretId=names["SigningKey"], SecretString='{"keys": [{"id": "a key without"}]}')
    assert texts(secret_checks.examine_generated(here, "SigningKey")) == ["it is no set of keys"]
    secrets.delete_secret(SecretId="short")
    assert texts(secret_checks.examine_generated(here, "OriginToken")) == ["there is no such secret"]

    (missing,) = secret_checks.examine_esia(here)
    assert "there is no secret prod/esia" in missing.text
    secrets.create_secret(Name="prod/esia", SecretString='{"private_key": "PEM", "pasword": "hunter2"}')
    assert texts(secret_checks.examine_esia(here)) == ["it is not in the form that is read: pasword"]
    secrets.put_secret_value(SecretId="prod/esia", SecretString='{"private_key": "PEM"}')
    assert texts(secret_checks.examine_esia(here)) == ["it has neither id_token_key nor jwks_url"]
    with pytest.raises(Skipped):
        list(secret_checks.examine_esia(installation(template, ESIA_CLIENT_ID="")))


def test_a_webhook_without_keys_or_takers_is_told(aws: Aws, template: Template) -> None:
    here = installation(template)
    assert list(webhook_checks.checks(here)) == []
    webhooks.connect()
    (listed,) = webhook_checks.checks(here)
    assert (listed.group, listed.subject) == ("webhooks", webhooks.SUPPLIER)
    (missing,) = webhook_checks.examine(here, webhooks.SUPPLIER)
    assert missing.text == "there is no secret cabinet/webhook/test: nothing can be signed"
    assert missing.remedy == "./cabinet rotate webhook --supplier uk-test --stack prod"
    webhooks.put_secret(aws, '{"key": "hunter2"}')
    assert texts(webhook_checks.examine(here, webhooks.SUPPLIER)) == [
        "the secret cabinet/webhook/test holds no signing keys"
    ]
    webhooks.put_secret(aws, SigningKeys(webhooks.KEY).dump())
    assert texts(webhook_checks.examine(here, webhooks.SUPPLIER)) == []
    endpoint = endpoints.find(webhooks.SUPPLIER)
    assert endpoint is not None
    endpoint = endpoints.record_failure(endpoint, "http_500", 0)
    assert texts(webhook_checks.examine(here, webhooks.SUPPLIER)) == [
        f"nothing was taken since {endpoint.failing_since}: http_500"
    ]
    endpoints.end(endpoint, "gone")
    assert texts(webhook_checks.examine(here, webhooks.SUPPLIER)) == ["it is ended: gone"]
    assert texts(webhook_checks.examine(here, "nobody")) == []


def test_alarms_that_are_missing_off_silent_or_ringing_are_told() -> None:
    sound = {"ActionsEnabled": True, "AlarmActions": ["topic"], "StateValue": "OK"}
    wanted = {f"prod-{name}": name for name in ("One", "Two", "Three", "Four", "Five")}
    there = {
        "prod-One": sound, "prod-Two": sound | {"ActionsEnabled": False},
        "prod-Three": sound | {"AlarmActions": []}, "prod-Four": sound | {"StateValue": "ALARM"},
    }  # fmt: skip
    assert texts(alarm_checks.examine_alarms(there, wanted, "topic", REDEPLOY)) == [
        "Two is off", "Three tells nobody", "Four rings", "there is no Five",
    ]  # fmt: skip


def test_alarms_without_subscribers_fail_and_are_skipped_locally(template: Template) -> None:
    with mock_aws():
        sns = boto3.client("sns", region_name=REGION)
        names = {"Alarms": sns.create_topic(Name="alarms")["TopicArn"]}
        deployed = installation(template, names=names)
        assert texts(alarm_checks.examine_subscriber(deployed)) == ["nobody hears the alarms"]
        with pytest.raises(Skipped):
            list(alarm_checks.examine_subscriber(installation(template, is_local=True, names=names)))
        sns.subscribe(TopicArn=names["Alarms"], Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:1:queue")
        assert texts(alarm_checks.examine_subscriber(deployed)) == []


def test_a_subscription_that_waits_for_its_link_hears_nothing(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [{"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}]
    monkeypatch.setattr(alarm_checks, "subscriptions", lambda *_: iter(waiting))
    (found,) = alarm_checks.examine_subscriber(installation(template, names={"Alarms": "topic"}))
    assert found.text == "no subscription (email) is confirmed"


def test_a_stack_that_moves_was_rolled_back_or_lacks_outputs_is_told() -> None:
    def faults(status: str, **outputs: str) -> list[str]:
        made = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        described = {"StackStatus": status, "Outputs": made}
        return texts(stack_checks.examine_stack(described, {"SiteUrl": {}}, REDEPLOY))

    assert faults("UPDATE_COMPLETE", SiteUrl="https://a") == []
    assert faults("UPDATE_IN_PROGRESS", SiteUrl="https://a") == ["its state is UPDATE_IN_PROGRESS"]
    assert faults("UPDATE_ROLLBACK_COMPLETE", SiteUrl="https://a") == ["the last deployment was rolled back"]
    assert faults("CREATE_COMPLETE") == ["there is no output SiteUrl"]


@pytest.mark.parametrize(("seconds", "faults"), [(0, 0), (5, 0), (-5, 0), (6, 1), (-3600, 1)])
def test_a_clock_may_differ_by_five_seconds(seconds: int, faults: int) -> None:
    now = datetime(2026, 11, 26, 18, tzinfo=UTC)
    assert len(list(stack_checks.examine_clock(now + timedelta(seconds=seconds), now))) == faults


def test_a_site_built_for_another_api_is_told(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    class Functions:
        def __init__(self, version: str) -> None:
            self._version = version

        def get_function_configuration(self, **_: str) -> Any:
            return {"Environment": {"Variables": {"API_VERSION": self._version}}}

    def faults(api: str, answer: httpx.Response | str) -> list[str]:
        here = installation(template, names={"QueriesFunction": "queries"})
        monkeypatch.setattr(Installation, "client", lambda *_: Functions(api))
        return texts(site_checks.examine_version(answer, here))

    version = web.api_version()
    assert faults(version, httpx.Response(200, text=f"{version}\n")) == []
    assert faults(version, httpx.Response(200, text="older\n")) == [
        f"the API is of version {version}, the site was built for older"
    ]
    assert faults(version, httpx.Response(404)) == ["the site does not say of which version it is"]
    assert faults("", httpx.Response(200, text="older")) == ["the API does not say of which version it is"]


def test_an_answer_that_is_not_200_or_does_not_come_is_told(template: Template) -> None:
    here = installation(template)
    refused = httpx.Response(404, request=httpx.Request("GET", "https://a/api/auth/consent"))
    assert texts(site_checks.examine_answer(refused, here)) == ["/api/auth/consent answers 404"]
    assert texts(site_checks.examine_answer("ConnectError: no", here)) == ["no answer (ConnectError: no)"]
    assert texts(site_checks.examine_answer(httpx.Response(200), here)) == []


def test_a_bucket_as_declared_has_no_faults_and_each_difference_is_one(template: Template) -> None:
    declared = template.resolve(
        dict(template.resources("AWS::S3::Bucket"))["DocumentsBucket"],
        {"AWS::StackName": "prod", "AWS::AccountId": "1"},
    )
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)

        def faults(origin: str = "https://cabinet.example.ru") -> list[str]:
            return texts(bucket_checks.examine_bucket(s3, "made", declared, origin, REDEPLOY))

        assert faults() == ["there is no bucket made"]
        s3.create_bucket(Bucket="made", CreateBucketConfiguration={"LocationConstraint": REGION})
        blocked = ", ".join(declared["PublicAccessBlockConfiguration"])
        assert [text for text in faults() if "encrypted" not in text] == [
            "it keeps no versions: what is overwritten or deleted is lost",
            f"it may be made public: {blocked} is off",
            "the page of https://cabinet.example.ru may not upload to it (CORS)",
        ]
        s3.put_bucket_versioning(Bucket="made", VersioningConfiguration={"Status": "Enabled"})
        s3.put_public_access_block(
            Bucket="made", PublicAccessBlockConfiguration=declared["PublicAccessBlockConfiguration"]
        )
        encryption = declared["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
            for rule in encryption
        ]
        s3.put_bucket_encryption(Bucket="made", ServerSideEncryptionConfiguration={"Rules": rules})
        cors = [
            {key: rule[key] for key in ("AllowedMethods", "AllowedOrigins", "AllowedHeaders")}
            for rule in declared["CorsConfiguration"]["CorsRules"]
        ]
        s3.put_bucket_cors(Bucket="made", CORSConfiguration={"CORSRules": cors})
        assert faults() == []
        assert faults("https://other.ru") == ["the page of https://other.ru may not upload to it (CORS)"]


def test_suppliers_without_payments_or_contract_are_reported(aws: Aws) -> None:
    with pytest.raises(Skipped):
        list(bank_checks.examine_contract(supplier("one", features=[], merchant=None), None))
    (fault,) = bank_checks.examine_contract(supplier("two", features=["payments"], merchant=None), "prod")
    assert "--stack prod" in fault.remedy
