"""«Скачать все мои данные»: asked for, waited for, opened by a signed-in person alone."""

from typing import Any

import pytest

from cabinet.core import clock
from cabinet.own_data import archives
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, emails
from tests.support.aws import Aws
from tests.support.identity_fixtures import rows
from tests.support.rivals import elsewhere

PATH = "/api/profile/archive"


def test_an_archive_is_asked_for_made_and_opened(signed_in: AppClient, local: Aws) -> None:
    assert signed_in.get(PATH).json() == {"state": "none", "requested_at": None, "expires_at": None}
    assert signed_in.get(f"{PATH}/link").status_code == 404
    assert signed_in.post(PATH).status_code == 202
    assert signed_in.get(PATH).json()["state"] == "waiting"
    assert signed_in.get(f"{PATH}/link").status_code == 404
    (row,) = rows(local, "ARCHIVE")
    user_id = signed_in.get("/api/profile").json()["user_id"]
    assert archives.make_archive(user_id, row["archive_id"], clock.now())
    assert signed_in.get(PATH).json()["state"] == "ready"
    url = signed_in.get(f"{PATH}/link").json()["url"]
    assert f"own-data/{row['archive_id']}.zip" in url
    assert emails(local, EMAIL)[-1]["template"] == "own_data"
    events = signed_in.get("/api/profile/security-events").json()["items"]
    assert events[0]["what"] == "Запрошены все данные личного кабинета"


def test_of_two_requests_at_once_one_archive_is_made(
    signed_in: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, rivals = archives.secrets.token_hex, []

    def after_the_rival(size: int) -> str:
        monkeypatch.setattr(archives.secrets, "token_hex", genuine)
        rivals.append(elsewhere(lambda: signed_in.post(PATH)))
        return genuine(size)

    monkeypatch.setattr(archives.secrets, "token_hex", after_the_rival)
    answer: Any = signed_in.post(PATH)
    assert ([rival.status_code for rival in rivals], answer.status_code) == ([202], 409)
    assert len(rows(local, "ARCHIVE")) == 1
