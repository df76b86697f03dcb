"""Drill: our key at Госуслуги changes while people sign in through processes that read apart."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
import pytest
import time_machine

from cabinet.audit.store import entries, list_about
from cabinet.aws.secret_sources import Source, file_name
from cabinet.aws.secrets import CachedSecret
from cabinet.identity.esia import settings as esia_settings
from cabinet.identity.esia.provider import IdentityProvider
from infra.__main__ import main
from infra.cli import environment
from infra.cli.command_audit import command_author
from infra.simulators.esia.app import create_app
from infra.simulators.esia.keys import CLIENT_ID, Keys, new_pem, public_pem, secret
from tests.support import auth_client, loopback_server, secret_places
from tests.support.aws import Aws, clear_caches
from tests.support.fault_injection import FAULTS, Fault, FaultInjector

SECRET = "cabinet/esia"
IVANOV = "1000300001"
OLD, NEW, ESIA, ESIA_NEXT = (new_pem() for _ in range(4))


@pytest.fixture
def esia(local: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The simulator, a secret with the old key, and commands that work here; the clock is stopped."""
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    with loopback_server.serving(create_app(Keys(esia=ESIA, cabinet=OLD))) as origin:
        local.client("secretsmanager").create_secret(
            Name=SECRET, SecretString=secret(Keys(esia=ESIA, cabinet=OLD))
        )
        for name, value in {"ESIA_URL": origin, "ESIA_CLIENT_ID": CLIENT_ID, "ESIA_SECRETS": SECRET}.items():
            monkeypatch.setenv(name, value)
        clear_caches()
        with time_machine.travel("2026-03-01T10:10:00Z", tick=False):
            yield origin


def register_at(esia: str, *private: str) -> None:
    """Register public keys of ours at ESIA, instead of those before."""
    httpx.post(f"{esia}/keys", json={"public_keys": [public_pem(each) for each in private]})


def stored(aws: Aws) -> dict[str, str]:
    found = aws.client("secretsmanager").get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    text: dict[str, str] = json.loads(found["SecretString"])
    return text


def file_of(folder: Path, **fields: Any) -> str:
    path = folder / "new.json"
    path.write_text(json.dumps(fields), "utf-8")
    return str(path)


class Processes:
    """Warm processes of `auth`, each with what it has read; the way back is served by another one."""

    def __init__(self) -> None:
        settings = esia_settings.EsiaSettings.load()
        parse: Callable[[str], IdentityProvider] = lambda text: esia_settings.get_provider(  # noqa: E731
            settings, esia_settings.EsiaSecret.model_validate_json(text)
        )
        self._turns = itertools.cycle([CachedSecret(SECRET, parse) for _ in range(3)])
        self._browser = httpx.Client()

    def ask(self, client: Any, path: str) -> httpx.Response:
        with patch.object(esia_settings, "_cached", lambda _: next(self._turns)):
            answer: httpx.Response = client.get(path)
        return answer

    def sign_in(self, esia: str) -> str:
        """Sign in as a person would; return where the browser ends."""
        client = auth_client.browser()
        away = self.ask(client, "/api/auth/esia/login").headers["location"]
        asked = dict(httpx.URL(away).params)
        page = self._browser.get(away)
        if page.status_code != 200:
            return "refused on the way there"
        back = self._browser.post(f"{esia}/aas/oauth2/v2/enter", data=asked | {"oid": IVANOV}).headers[
            "location"
        ]
        there = urlsplit(back)
        return self.ask(client, f"{there.path}?{there.query}").headers["location"]


@pytest.fixture(params=list(Source))
def options(
    request: pytest.FixtureRequest, esia: str, local: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The option that names the secret's file; the file is there."""
    if request.param is Source.SECRETS_MANAGER:
        return []
    path = secret_places.keep_in(request.param, tmp_path, monkeypatch, SECRET, json.dumps(stored(local)))
    return ["--secret-file", str(path)]


def test_nobody_is_turned_away_while_our_key_changes(
    esia: str, local: Aws, tmp_path: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = Processes()
    ended = [processes.sign_in(esia) for _ in range(3)]
    register_at(esia, OLD, NEW)
    ended += [processes.sign_in(esia) for _ in range(3)]
    new = file_of(tmp_path, private_key=NEW, certificate_hash="1" * 64)
    assert main(["rotate", "esia", new, *options]) == 0
    if os.environ.get("SECRETS_SOURCE") == Source.ENVIRONMENT:
        secret_places.start_again(tmp_path, monkeypatch, SECRET)
        processes = Processes()  # started again
    with time_machine.travel("2026-03-01T10:10:00Z", tick=False) as moved:
        for _ in range(10):
            moved.shift(timedelta(seconds=30))
            ended += [processes.sign_in(esia) for _ in range(3)]
        register_at(esia, NEW)
        ended += [processes.sign_in(esia) for _ in range(3)]
    assert set(ended) == {"/esia-consent"}, "a newcomer agrees first"
    now = json.loads((tmp_path / file_name(SECRET)).read_text("utf-8")) if options else stored(local)
    assert now["id_token_key"] == public_pem(ESIA), "what is not named stays"


def test_a_key_that_esia_does_not_know_is_not_put_in(
    esia: str, local: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(local)
    assert main(["rotate", "esia", file_of(tmp_path, private_key=NEW)]) == 1
    assert "ESIA refuses" in capsys.readouterr().err
    assert stored(local) == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"pasword": "x"}, "pasword"), ({"signing_url": "https://sign"}, "either private_key or signing_url"),
        ({"id_token_key": ""}, "no answer could be believed"), ({"id_token_key": "PEM"}, "no PEM"),
        ({"private_key": "PEM"}, "no PEM of an RSA key"),
        ({"private_key": "", "signing_url": "http://127.0.0.1:9"}, "does not sign"),
    ],
)  # fmt: skip
def test_what_cannot_serve_is_named_and_not_put_in(
    esia: str,
    local: Aws,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, str],
    named: str,
) -> None:
    before = stored(local)
    assert main(["rotate", "esia", file_of(tmp_path, **fields)]) == 1
    told = capsys.readouterr().err
    assert named in told
    assert OLD not in told
    assert stored(local) == before


def test_esias_own_new_key_is_put_beside_the_old_one(esia: str, local: Aws, tmp_path: Path) -> None:
    both = public_pem(ESIA) + public_pem(ESIA_NEXT)
    assert main(["rotate", "esia", file_of(tmp_path, id_token_key=both)]) == 0
    assert stored(local)["id_token_key"] == both
    assert Processes().sign_in(esia) == "/esia-consent"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_rotation_that_died_at_any_call_is_finished_by_the_next_run(
    esia: str, local: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, number: int
) -> None:
    register_at(esia, OLD, NEW)
    command = ["rotate", "esia", file_of(tmp_path, private_key=NEW)]
    command_author()
    injector = FaultInjector(number, fault)
    injector.patch(monkeypatch)
    injector.process(lambda: main(command))
    assert len(injector.calls) >= number
    assert main(command) == 0
    assert stored(local)["private_key"] == NEW
    noted = entries(list_about(f"secret:{SECRET}"))
    assert all(each.after == {"fields": ["private_key"]} for each in noted)
    assert noted


def test_a_plan_writes_nothing_and_a_repetition_changes_nothing(
    esia: str, local: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register_at(esia, OLD, NEW)
    before = stored(local)
    command = ["rotate", "esia", file_of(tmp_path, private_key=NEW)]
    assert main([*command, "--plan"]) == 0
    assert stored(local) == before
    assert main(command) == 0
    capsys.readouterr()
    assert main(command) == 0
    assert "nothing to change" in capsys.readouterr().out
