"""Drills on a local AWS: secrets change while a signed-in browser asks over real HTTP; the clock is moved."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest
import time_machine

from cabinet.core import clock
from infra.__main__ import main
from infra.build.template import Template
from infra.cli import environment
from infra.cli.commands import rotate
from infra.cli.rotation.origin_token import HEADER, PARAMETER, Clients, Rotation
from tests.support import auth_client, loopback_server
from tests.support.aws import clear_caches
from tests.support.local_aws import LocalAws

PER_SECOND = 20
KEPT = {
    "OriginToken", "Site", "WebBucket", "WebAccess", "OnePage", "SiteHeaders", "ApiForwarding", "ApiUncached",
}  # fmt: skip


def site_of(template: Template) -> dict[str, Any]:
    """The template's site and its token, without the functions behind it."""
    tree = json.loads(json.dumps(template.tree, default=str))
    del tree["Globals"], tree["Outputs"], tree["Transform"]
    tree["Resources"] = {name: each for name, each in tree["Resources"].items() if name in KEPT}
    text = (
        json.dumps(tree)
        .replace("${Api}.execute-api", "api.execute-api")
        .replace("${DocumentsBucket}", "documents")
    )
    changed: dict[str, Any] = json.loads(text)
    return changed


@dataclass
class Traffic:
    """A browser behind CloudFront: its header is whatever the distribution's configuration says."""

    origin: str
    cookie: str
    header: Any
    statuses: list[int] = field(default_factory=list)

    def second(self) -> None:
        """Send a second's requests."""
        sent = self.header()
        with httpx.Client(base_url=self.origin, headers={HEADER: sent, "Cookie": self.cookie}) as client:
            self.statuses += [client.get("/api/profile").status_code for _ in range(PER_SECOND)]


@pytest.fixture
def moved(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The local stack's settings, and a clock that goes on and can be moved."""
    settings = {"LOCAL_STACK": "true", "ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    with time_machine.travel(clock.now(), tick=True) as travelling:
        yield travelling


def signed_in(aws: LocalAws) -> str:
    browser = auth_client.browser()
    auth_client.register(browser, aws)
    assert auth_client.sign_in(browser).status_code == 201
    return f"__Host-session={browser.cookies['__Host-session']}"


async def profile(scope: Any, receive: Any, send: Any) -> None:
    from subscriber_profile.app import app

    await app(scope, receive, send)


def test_key_rotation_fails_no_request_and_a_revoked_key_is_401(
    local_aws: LocalAws, moved: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    with loopback_server.serving(profile) as origin:
        traffic = Traffic(origin, signed_in(local_aws), lambda: "")
        traffic.second()
        assert main(["rotate", "signing-key"]) == 0
        for _ in range(6):
            traffic.second()
            moved.shift(timedelta(minutes=1))
        traffic.second()
        assert set(traffic.statuses) == {200}
        # The command holds its clock against that of AWS, which stays where it is.
        monkeypatch.setattr(rotate, "_MAX_SKEW", timedelta(hours=1))
        assert main(["rotate", "signing-key", "--revoke-old"]) == 0
        moved.shift(timedelta(minutes=5))
        traffic.statuses.clear()
        traffic.second()
        assert set(traffic.statuses) == {401}


def test_no_request_fails_while_the_origin_token_is_rotated(
    local_aws: LocalAws,
    moved: Any,
    monkeypatch: pytest.MonkeyPatch,
    template: Template,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = f"site-{secrets.token_hex(4)}"
    cloudformation, cloudfront = boto3.client("cloudformation"), boto3.client("cloudfront")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(site_of(template)))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    clients = Clients(boto3.client("secretsmanager"), cloudformation, cloudfront)

    def wait(span: timedelta) -> None:
        traffic.second()
        moved.shift(span)

    rotation = Rotation(
        clients, stack, local_aws.environment["SIGNING_KEY_SECRET"], wait, print, lambda: None
    )
    first = rotation.sent()
    monkeypatch.setenv("ORIGIN_TOKEN", first)
    cookie = signed_in_behind(local_aws, monkeypatch, first)
    with loopback_server.serving(profile) as origin:
        traffic = Traffic(origin, cookie, rotation.sent)
        traffic.second()
        rotation.run()
        traffic.second()
        assert set(traffic.statuses) == {200}
        assert len(traffic.statuses) >= 500
        assert rotation.sent() != first
        moved.shift(timedelta(minutes=5))
        traffic.header = lambda: first
        traffic.statuses.clear()
        traffic.second()
        assert set(traffic.statuses) == {404}
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    monkeypatch.setattr(rotate, "_MAX_SKEW", timedelta(hours=1))
    sent = rotation.sent()
    assert main(["rotate", "origin-token", "--plan", "--stack", stack]) == 0
    assert main(["rotate", "origin-token", "--stack", stack]) == 0
    assert "nothing is left to do" in capsys.readouterr().out
    assert rotation.sent() == sent
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    versions = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    assert versions[PARAMETER]


def signed_in_behind(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, token: str) -> str:
    """Sign in while no origin token is asked for; it is asked for afterwards."""
    monkeypatch.delenv("ORIGIN_TOKEN")
    clear_caches()
    cookie = signed_in(aws)
    monkeypatch.setenv("ORIGIN_TOKEN", token)
    clear_caches()
    return cookie
