"""Drills: the origin token changes while requests come all the while, by a CloudFront that changes slowly."""

import contextlib
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from cabinet.api_secrets import hash_origin_token
from cabinet.core.settings import http_settings
from cabinet.web.app import create_app, create_router
from infra.cli.errors import CommandError
from infra.cli.rotation.origin_token import HEADER, PARAMETER, Clients, Rotation
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.processes import Process

PER_SECOND = 20
FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Cloud:
    """CloudFormation and CloudFront, as far as the rotation sees them: a change takes its time."""

    secrets: Any
    token_secret: str
    signing_key_secret: str
    parameters: dict[str, str] = field(default_factory=lambda: {PARAMETER: "", "SiteDomain": "lk.example.ru"})
    header: str = ""
    former: str = ""
    changing: int = 0
    """How many times somebody still looks at it before all edges send the new header."""
    updates: int = 0

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 - boto3's
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]
        status = "UPDATE_IN_PROGRESS" if self.changing > 3 else "UPDATE_COMPLETE"
        return {"Stacks": [{"StackStatus": status, "Parameters": parameters, "StackName": StackName}]}

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str) -> Any:  # noqa: N803
        physical = {"OriginToken": self.token_secret, "Site": "E1"}[LogicalResourceId]
        return {"StackResourceDetail": {"PhysicalResourceId": physical, "StackName": StackName}}

    def update_stack(self, **asked: Any) -> None:
        assert self.changing == 0, "AWS refuses a second update meanwhile"
        assert (asked["UsePreviousTemplate"], "CAPABILITY_AUTO_EXPAND" in asked["Capabilities"]) == (
            True,
            True,
        )
        given = {each["ParameterKey"]: each for each in asked["Parameters"]}
        assert given.keys() == self.parameters.keys(), "one that is left out goes back to its default"
        assert given["SiteDomain"] == {"ParameterKey": "SiteDomain", "UsePreviousValue": True}
        version = given[PARAMETER]["ParameterValue"]
        if version == self.parameters[PARAMETER]:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "No updates"}}, "UpdateStack")
        self.parameters[PARAMETER] = version
        value = self.secrets.get_secret_value(SecretId=self.token_secret, VersionId=version)["SecretString"]
        self.former, self.header, self.changing, self.updates = self.header, value, 6, self.updates + 1

    def get_distribution(self, Id: str) -> Any:  # noqa: N803
        return {"Distribution": {"Id": Id, "Status": "InProgress" if self.changing else "Deployed"}}

    def get_distribution_config(self, Id: str) -> Any:  # noqa: N803
        items = [{"HeaderName": "X-Origin-Token", "HeaderValue": self.header}]
        origins = [{"Id": "web"}, {"Id": Id, "CustomHeaders": {"Items": items}}]
        return {"DistributionConfig": {"Origins": {"Items": origins}}}

    def sent(self) -> str:
        """Return what one of the edges sends: while it changes, either."""
        return random.choice([self.header, self.former]) if self.changing else self.header


@dataclass
class Drill:
    """The cloud, a few processes, and requests to them."""

    cloud: Cloud
    moved: Any
    processes: list[Process]
    site: AppClient
    per_second: int = 2
    count: int = 0
    failed: list[int] = field(default_factory=list)
    noted: int = 0
    _turns: Iterator[Process] = field(init=False)

    def __post_init__(self) -> None:
        self._turns = itertools.cycle(self.processes)

    def second(self) -> None:
        """Send a second's requests by CloudFront."""
        for _ in range(self.per_second):
            status = self.ask(next(self._turns), self.cloud.sent())
            self.count += 1
            if status != 200:
                self.failed.append(status)

    def ask(self, process: Process, token: str) -> int:
        with process.working():
            return self.site.get("/api/thing", headers={HEADER: token}).status_code

    def wait(self, span: timedelta) -> None:
        """Let time pass, with requests."""
        self.moved.shift(span)
        self.cloud.changing = max(0, self.cloud.changing - 1)
        self.second()

    def audit(self) -> None:
        """Hear that something is about to change: nothing has, in this run."""
        self.noted += 1

    def rotation(self, wrap: Callable[[Any], Any] = lambda client: client) -> Rotation:
        cloud = wrap(self.cloud)
        clients = Clients(wrap(self.cloud.secrets), cloud, cloud)
        secret = self.cloud.signing_key_secret
        return Rotation(clients, "cabinet", secret, wait=self.wait, say=print, audit=self.audit)


class Proxy:
    """A client that hears of each call: before and after it."""

    def __init__(self, client: Any, heard: Callable[[str], None]) -> None:
        self._client, self._heard = client, heard

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def heard(**given: Any) -> Any:
            self._heard(f"before {name}")
            answer = call(**given)
            self._heard(f"after {name}")
            return answer

        return heard


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def drill(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drill]:
    """A stack whose token was never changed: the functions know it by their environment."""
    router = create_router()

    @router.get("/api/thing")
    def thing() -> dict[str, str]:
        return {}

    manager = aws.client("secretsmanager")
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as moved:
        token_secret = manager.create_secret(Name="origin", SecretString="first-token")["ARN"]
        monkeypatch.setenv("ORIGIN_TOKEN", "first-token")
        http_settings.cache_clear()
        name = aws.environment["SIGNING_KEY_SECRET"]
        cloud = Cloud(manager, token_secret, name, header="first-token")
        site = AppClient(create_app("thing", router), raise_server_exceptions=False)
        yield Drill(cloud, moved, [Process(name) for _ in range(4)], site)
    http_settings.cache_clear()


def test_no_request_fails_while_the_origin_token_is_rotated(drill: Drill) -> None:
    drill.per_second = PER_SECOND
    drill.second()
    drill.rotation(lambda client: Proxy(client, lambda _: drill.second())).run()
    assert drill.cloud.header != "first-token"
    drill.wait(FIVE_MINUTES)
    for process in drill.processes:
        assert drill.ask(process, "first-token") == 404, "the old one is dead within five minutes"
        assert drill.ask(process, drill.cloud.header) == 200
    assert (drill.failed, drill.count > 2000) == ([], True)
    assert drill.noted == 1


def test_a_second_rotation_goes_on_from_the_first(drill: Drill) -> None:
    drill.rotation().run()
    first = drill.cloud.header
    drill.rotation().run()
    assert (drill.cloud.header, drill.cloud.updates) == (first, 1), "the same rotation, typed twice"
    drill.wait(timedelta(hours=1))
    drill.rotation().run()
    assert drill.cloud.header not in ("first-token", first)
    assert (drill.failed, drill.cloud.updates) == ([], 2)


def test_a_value_that_somebody_put_by_hand_is_mended_by_a_rotation(drill: Drill) -> None:
    """CloudFront sent the old one then, and every function that was deployed since wanted the other."""
    drill.cloud.secrets.put_secret_value(SecretId=drill.cloud.token_secret, SecretString="by-hand")
    drill.rotation().run()
    assert drill.cloud.header not in ("first-token", "by-hand")
    assert drill.failed == []


def is_write(call: str) -> bool:
    return "get_" not in call and "describe_" not in call


def test_a_rotation_killed_at_any_write_is_continued(drill: Drill) -> None:
    """The whole way for each moment before and after a write; at a read it is as after the last write."""
    heard: list[str] = []
    drill.rotation(lambda client: Proxy(client, heard.append)).run()
    moments = len([call for call in heard if is_write(call)])
    assert moments == 14, "two versions put, two labels moved, the token put and made current, the stack"
    for number in range(1, moments + 1):
        drill.wait(timedelta(hours=2))
        before, seen = drill.cloud.header, Moments(number)
        with contextlib.suppress(Killed):
            drill.rotation(seen.watch).run()
        assert seen.left == 0, "it died there"
        drill.wait(timedelta(minutes=1))
        drill.rotation().run()
        assert drill.cloud.header != before, number
        drill.wait(FIVE_MINUTES)
        assert drill.ask(drill.processes[0], before) == 404, number
    assert (drill.failed, drill.cloud.updates) == ([], moments + 1), "one token for each, however it died"


@dataclass
class Moments:
    """Ends the process at the given moment before or after a write."""

    left: int

    def watch(self, client: Any) -> Any:
        return Proxy(client, self._hear)

    def _hear(self, call: str) -> None:
        if is_write(call):
            self.left -= 1
            if self.left == 0:
                raise Killed


def test_a_rival_rotation_cannot_send_what_is_not_accepted(drill: Drill) -> None:
    """The other run begins and ends while this one waits for the processes."""
    is_first = True

    def wait(span: timedelta) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            drill.cloud.secrets.update_secret_version_stage(
                SecretId=drill.cloud.token_secret, VersionStage="AWSPENDING",
                RemoveFromVersionId=pending(drill),
            )  # fmt: skip
            drill.rotation().run()
        drill.wait(span)

    mine = drill.rotation()
    with pytest.raises(CommandError, match="another rotation"):
        Rotation(mine.clients, mine.stack, mine.signing_key_secret, wait, print, mine.audit).run()
    assert drill.failed == []


def pending(drill: Drill) -> str:
    found = drill.cloud.secrets.get_secret_value(SecretId=drill.cloud.token_secret, VersionStage="AWSPENDING")
    return str(found["VersionId"])


def test_a_stack_of_before_is_told_to_be_deployed_first(drill: Drill) -> None:
    del drill.cloud.parameters[PARAMETER]
    with pytest.raises(CommandError, match="deploy this version first"):
        drill.rotation().run()


def test_a_plan_writes_nothing_and_shows_no_token(drill: Drill, capsys: pytest.CaptureFixture[str]) -> None:
    drill.rotation(
        lambda client: Proxy(client, lambda call: None if "get" in call or "describe" in call else 1 / 0)
    ).plan()
    said = capsys.readouterr().out
    assert hash_origin_token("first-token")[:8] in said
    assert "first-token" not in said


def test_while_the_secret_cannot_be_read_an_unknown_token_is_no_404(drill: Drill) -> None:
    """It may be the new one: a process that could not read must not hide the whole API."""
    process = drill.processes[0]
    assert drill.ask(process, "guess") == 404
    drill.rotation().run()
    fresh = drill.processes[1]
    assert drill.ask(fresh, "guess") == 404
    drill.cloud.secrets.delete_secret(SecretId=drill.cloud.signing_key_secret, RecoveryWindowInDays=7)
    drill.moved.shift(FIVE_MINUTES)
    assert drill.ask(fresh, "guess") == 503
    assert drill.ask(fresh, drill.cloud.header) == 200


def test_a_function_that_banks_call_asks_for_no_origin_token(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not read the secret; signatures prove a bank."""
    router = create_router()

    @router.post("/api/hook")
    def hook() -> dict[str, str]:
        return {}

    monkeypatch.setenv("ORIGIN_TOKEN", "secret")
    monkeypatch.setenv("SIGNING_KEY_SECRET", "not-there")
    http_settings.cache_clear()
    site = AppClient(create_app("hook", router, externally_called_paths=["/api/hook"]))
    assert site.post("/api/hook").status_code == 200
    assert site.get("/api/nothing").status_code == 404
    http_settings.cache_clear()
