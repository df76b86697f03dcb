"""What is read from template.yaml: nothing of its events is passed over."""

from infra.build.template import Template
from serve.manifest import object_sources, queue_sources, routes, schedules

READ = {"HttpApi", "SQS", "ScheduleV2", "S3"}
BY_OTHER_WAYS = {"SNS"}
"""SES's own feedback: mail that is sent without SES tells of bounces by a mailbox or a webhook."""


def test_every_kind_of_event_is_read(template: Template) -> None:
    declared = [
        event["Type"]
        for _, properties in template.resources("AWS::Serverless::Function")
        for event in properties["Events"].values()
    ]
    assert set(declared) == READ | BY_OTHER_WAYS
    sources = [routes(template), queue_sources(template), schedules(template), object_sources(template)]
    assert sum(len(list(each)) for each in sources) == len([kind for kind in declared if kind in READ])


def test_a_queue_is_known_with_its_address_and_times(template: Template) -> None:
    mail = {source.name: source for source in queue_sources(template)}["MailQueue"]
    assert (mail.function.folder, mail.variable, mail.dead_letters) == (
        "mailer", "MAIL_QUEUE_URL", "MailDeadLetters",
    )  # fmt: skip
    assert (mail.function.timeout_seconds, mail.batch_size, mail.visibility_seconds) == (30, 10, 180)


def test_a_message_stays_hidden_longer_than_two_runs_of_its_function(template: Template) -> None:
    # One run may wait for another of the same function, which runs once at a time in a process.
    for source in queue_sources(template):
        assert source.visibility_seconds > 2 * source.function.timeout_seconds, source.name


def test_schedules_and_objects_are_known_by_name(template: Template) -> None:
    found = {each.name: each for each in schedules(template)}
    assert (found["exports"].function.folder, found["exports"].input) == (
        "exports",
        '{"schedule": "exports"}',
    )
    assert (found["outbox"].expression, found["outbox"].retries) == ("rate(2 minutes)", 2)
    (objects,) = object_sources(template)
    assert (objects.function.folder, objects.bucket_variable, objects.prefix) == (
        "imports", "EXCHANGE_BUCKET", "inbound/",
    )  # fmt: skip
