"""What template.yaml says of the functions: the routes, queues, schedules and objects that reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.routing import compile_path

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from infra.build.template import Template, Tree

_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True, slots=True)
class Route:
    """One HttpApi event: ``key`` is API Gateway's (`ANY /api/cart`)."""

    key: str
    function: str
    """Logical id."""
    folder: str
    """Where the handler is: ``cart`` of `cart.lambda_function.handler`."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what the route's paths look like."""
        return compile_path(self.key.split(" ", 1)[1].replace("{proxy+}", "{proxy:path}"))[0]


@dataclass(frozen=True, slots=True)
class EventFunction:
    """A function that events start."""

    folder: str
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue whose messages start a function."""

    function: EventFunction
    name: str
    """Logical id."""
    dead_letters: str
    """Logical id of the dead-letter queue."""
    variable: str
    """The environment variable that holds the queue's address."""
    batch_size: int
    visibility_seconds: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """What starts a function by the clock."""

    function: EventFunction
    name: str
    expression: str
    """EventBridge Scheduler's: `rate(2 minutes)`, `cron(30 1 * * ? *)`."""
    input: str
    """The event, as JSON."""
    retries: int
    dead_letters: str
    """Logical id of the queue that takes the event when every try has failed."""


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """New objects of a bucket that start a function."""

    function: EventFunction
    bucket_variable: str
    prefix: str


def routes(template: Template) -> Iterator[Route]:
    """Give every HTTP route of the template."""
    for logical_id, properties, event in _events(template, "HttpApi"):
        yield Route(f"{event['Method'].upper()} {event['Path']}", logical_id, _folder(properties))


def ranked_routes(template: Template) -> list[Route]:
    """Return the routes as API Gateway ranks them: whole paths first, then the longest prefix."""
    return sorted(routes(template), key=lambda route: ("{proxy+}" in route.key, -len(route.key)))


def queue_sources(template: Template) -> Iterator[QueueSource]:
    """Give every queue that a function takes messages from."""
    queues = dict(template.resources("AWS::SQS::Queue"))
    for _, properties, event in _events(template, "SQS"):
        name = event["Queue"]["Fn::GetAtt"][0]
        dead_letters = queues[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        yield QueueSource(
            _function(template, properties), name, dead_letters, _variable(template, {"Ref": name}),
            int(event["BatchSize"]), int(queues[name]["VisibilityTimeout"]),
        )  # fmt: skip


def schedules(template: Template) -> Iterator[Schedule]:
    """Give every schedule."""
    for _, properties, event in _events(template, "ScheduleV2"):
        name = _event_name(properties, event).lower()
        retries = int(event["RetryPolicy"]["MaximumRetryAttempts"])
        function = _function(template, properties)
        dead_letters = str(event["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0])
        yield Schedule(function, name, event["ScheduleExpression"], event["Input"], retries, dead_letters)


def object_sources(template: Template) -> Iterator[ObjectSource]:
    """Give every bucket whose new objects start a function."""
    buckets = dict(template.resources("AWS::S3::Bucket"))
    for _, properties, event in _events(template, "S3"):
        bucket = buckets[event["Bucket"]["Ref"]]
        ((rule),) = event["Filter"]["S3Key"]["Rules"]
        variable = _variable(template, bucket["BucketName"])
        yield ObjectSource(_function(template, properties), variable, rule["Value"])


def event_functions(template: Template) -> list[EventFunction]:
    """Return the functions that queues and schedules start, each once."""
    by_queues = [source.function for source in queue_sources(template)]
    by_clock = [schedule.function for schedule in schedules(template)]
    return list(dict.fromkeys([*by_queues, *by_clock]))


def event_dead_letters(template: Template) -> str:
    """Return the logical id of the queue that takes schedules' events when every try has failed."""
    (name,) = {schedule.dead_letters for schedule in schedules(template)}
    return name


def time_zone(template: Template) -> str:
    """Return where the hours of schedules are meant, unless a setting says otherwise."""
    return str(template.defaults()["TimeZone"])


def _events(template: Template, kind: str) -> Iterator[tuple[str, Tree, Tree]]:
    """Give the logical id and properties of a function with each of its events of a kind."""
    for logical_id, properties in template.resources(_FUNCTION):
        for event in properties.get("Events", {}).values():
            if event["Type"] == kind:
                yield logical_id, properties, event["Properties"]


def _event_name(properties: Tree, event: Tree) -> str:
    return next(str(name) for name, each in properties["Events"].items() if each["Properties"] is event)


def _function(template: Template, properties: Tree) -> EventFunction:
    shared = template.tree["Globals"]["Function"]
    return EventFunction(_folder(properties), int(properties.get("Timeout", shared["Timeout"])))


def _folder(properties: Tree) -> str:
    return str(properties["Handler"]).split(".")[0]


def _variable(template: Template, value: Any) -> str:  # noqa: ANN401 - a JSON tree
    variables = template.tree["Globals"]["Function"]["Environment"]["Variables"]
    return next(str(name) for name, each in variables.items() if each == value)
