"""New registries are found by looking: each once, whoever looks, and again when it was written anew."""

import json

import boto3

from infra.build.template import Template
from serve.inbound import InboundPoller, bucket_client
from serve.manifest import object_sources
from serve.stopping import Stop
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by


def poller(template: Template) -> InboundPoller:
    (source,) = object_sources(template)
    return InboundPoller(source, bucket_client(), Stop(30), 1)


def put(aws: Aws, key: str, text: str) -> None:
    boto3.client("s3").put_object(Bucket=aws.environment["EXCHANGE_BUCKET"], Key=key, Body=text.encode())


def queued(aws: Aws) -> list[str]:
    sqs = boto3.client("sqs")
    url = aws.environment["IMPORT_QUEUE_URL"]
    keys: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        keys += [json.loads(message["Body"])["object_key"] for message in messages]
    return keys


def test_each_object_is_queued_once_by_whoever_looks(aws: Aws, template: Template) -> None:
    put(aws, "inbound/center/a.csv", "a")
    put(aws, "inbound/center/b.csv", "b")
    put(aws, "inbound/center/", "")
    put(aws, "outbound/center/c.csv", "c")
    for process in [poller(template)] * 2 + [poller(template)]:
        process.step()
    assert sorted(queued(aws)) == ["inbound/center/a.csv", "inbound/center/b.csv"]


def test_an_object_that_was_written_anew_is_queued_again(aws: Aws, template: Template) -> None:
    process = poller(template)
    put(aws, "inbound/center/a.csv", "a")
    process.step()
    put(aws, "inbound/center/a.csv", "another")
    process.step()
    poller(template).step()
    assert queued(aws) == ["inbound/center/a.csv"] * 2


def test_of_two_that_look_at_once_one_queues(aws: Aws, template: Template) -> None:
    put(aws, "inbound/center/a.csv", "a")

    class Rival(Listener):
        has_looked = False

        def before(self, call: Call) -> None:
            if call.operation == "PutItem" and not self.has_looked:
                self.has_looked = True
                poller(template).step()

    with heard_by(Rival()):
        process = poller(template)
        process.step()
        process.step()
    assert queued(aws) == ["inbound/center/a.csv"]
