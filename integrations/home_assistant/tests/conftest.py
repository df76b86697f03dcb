"""The real API in a process of the project's own environment, and Home Assistant before it."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from custom_components.cabinet_zhkh.const import DOMAIN
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

ROOT = Path(__file__).parents[3]
AWS = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
    "POWERTOOLS_METRICS_NAMESPACE": "Cabinet", "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_TRACE_DISABLED": "true",
}  # fmt: skip
ALL_SCOPES = ("read:debts", "read:meters", "write:readings")


@dataclass(frozen=True)
class Cabinet:
    """The running API, and what a test may change behind it (tests/support/home_assistant_api.py)."""

    url: str

    async def control(self, name: str, **arguments: Any) -> Any:
        """Let something happen."""
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{self.url}/control/{name}", data=json.dumps(arguments))
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def token(self, *scopes: str) -> str:
        """Make a token."""
        made: dict[str, str] = await self.control("token", scopes=scopes or ALL_SCOPES)
        return made["token"]

    async def exhaust(self, token: str) -> int:
        """Spend the token's requests of this minute; return how many were answered."""
        answered = 0
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            for _ in range(200):
                async with session.get(f"{self.url}/api/bindings") as answer:
                    if answer.status == 429:
                        return answered
                    answered += 1
        raise AssertionError("no limit")


@pytest.fixture(scope="session")
def api_url() -> Iterator[str]:
    """Start the API once; return its origin."""
    started = subprocess.Popen(
        [ROOT / ".local/venv/bin/python", "-m", "tests.support.home_assistant_api"],
        cwd=ROOT, env=os.environ | AWS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    try:
        # What else the functions print is their log.
        url = next(line.strip() for line in started.stdout if line.startswith("http://"))
        yield url
    finally:
        started.kill()
        started.communicate()


@pytest.fixture
async def cabinet(api_url: str, socket_enabled: None) -> Cabinet:
    """The API over a new world."""
    made = Cabinet(api_url)
    await made.control("begin")
    return made


@pytest.fixture(autouse=True)
def ours(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture
async def entry(hass: HomeAssistant, cabinet: Cabinet) -> MockConfigEntry:
    """An entry that is set up with all scopes."""
    return await set_up(hass, cabinet, await cabinet.token())


async def set_up(hass: HomeAssistant, cabinet: Cabinet, token: str) -> MockConfigEntry:
    """Add an entry of a token."""
    made = MockConfigEntry(domain=DOMAIN, title="1234567899", data={"url": cabinet.url, "token": token})
    made.add_to_hass(hass)
    await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    return made
