"""«Календарь»: its secret address is made, replaced and ended; it is shown once and kept as a hash."""

from typing import Any

import pytest

from cabinet.calendar_feed import feed
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.identity_fixtures import rows
from tests.support.rivals import elsewhere

PATH = "/api/profile/calendar"


def test_an_address_is_shown_once_and_kept_as_its_hash(signed_in: AppClient, local: Aws) -> None:
    none = {"active": False, "created_at": None, "fetched_at": None}
    assert signed_in.get(PATH).json() == none
    made = signed_in.post(PATH)
    assert made.status_code == 201
    secret = made.json()["url"].rpartition("/")[2].removesuffix(".ics")
    (row,) = rows(local, "CALENDAR")
    assert secret not in str(row)
    created = row["created_at"].replace("+00:00", "Z")
    assert signed_in.get(PATH).json() == {"active": True, "created_at": created, "fetched_at": None}
    assert signed_in.delete(PATH).status_code == 204
    assert signed_in.delete(PATH).status_code == 404
    assert signed_in.get(PATH).json() == none
    events = signed_in.get("/api/profile/security-events").json()["items"]
    assert [event["what"] for event in events[:2]] == [
        "Отключена ссылка на календарь", "Создана ссылка на календарь",
    ]  # fmt: skip


def test_of_two_requests_at_once_one_is_told_that_another_was_first(
    signed_in: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, rivals = feed.build_secret, []

    def after_the_rival(*args: Any) -> str:
        monkeypatch.setattr(feed, "build_secret", genuine)
        rivals.append(elsewhere(lambda: signed_in.post(PATH)))
        return genuine(*args)

    for _ in range(2):  # where there is none, and where there is one
        monkeypatch.setattr(feed, "build_secret", after_the_rival)
        assert (signed_in.post(PATH).status_code, rivals.pop().status_code) == (409, 201)
    assert len(rows(local, "CALENDAR")) == 1
