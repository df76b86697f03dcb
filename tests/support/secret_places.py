"""Secrets of a test that lie where `SECRETS_SOURCE` may say, the signing key among them."""

from pathlib import Path

import pytest

from cabinet.aws.secret_sources import Source, file_name, variable_name
from tests.support.aws import clear_caches
from tests.support.provision import SIGNING_SECRET

SIGNING_KEY = "cabinet/signing-key"


def keep_in(source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch, secret: str, text: str) -> Path:
    """Let a secret and the signing key lie in files, or in variables of what these hold; return its file."""
    for name, content in {secret: text, SIGNING_KEY: SIGNING_SECRET}.items():
        (folder / file_name(name)).write_text(content, "utf-8")
    monkeypatch.setenv("SECRETS_SOURCE", source)
    monkeypatch.setenv("SECRETS_DIRECTORY", str(folder))
    monkeypatch.setenv("SIGNING_KEY_SECRET", SIGNING_KEY)
    start_again(folder, monkeypatch, secret)
    return folder / file_name(secret)


def start_again(folder: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Start all processes by an environment that has the files' texts, as one does after a change."""
    for name in (secret, SIGNING_KEY):
        monkeypatch.setenv(variable_name(name), (folder / file_name(name)).read_text("utf-8"))
    clear_caches()
