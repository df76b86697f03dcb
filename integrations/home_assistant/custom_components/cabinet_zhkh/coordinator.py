"""Asks the cabinet once an hour for everything that the sensors show."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api import ApiError, AskLater, CabinetApi, RequestRejected, ScopeMissing, TokenRejected
from .const import DOMAIN, UPDATE_INTERVAL
from .model import CabinetAccount, account_of

_LOGGER = logging.getLogger(__name__)

type CabinetConfigEntry = ConfigEntry[CabinetCoordinator]

_SILENT_UNTIL: HassKey[dict[str, datetime]] = HassKey(f"{DOMAIN}_silent_until")
"""By entry, until when nothing may be asked. It outlives the coordinator: each setup makes another."""


class CabinetCoordinator(DataUpdateCoordinator[dict[str, CabinetAccount]]):
    """The accounts that one token opens, by their identifier."""

    config_entry: CabinetConfigEntry

    def __init__(self, hass: HomeAssistant, entry: CabinetConfigEntry, api: CabinetApi) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN, update_interval=UPDATE_INTERVAL)
        self.api = api
        self._silent_until = hass.data.setdefault(_SILENT_UNTIL, {})

    async def _async_update_data(self) -> dict[str, CabinetAccount]:
        self.check_silence()
        try:
            accounts = [await self._account(binding) for binding in await self.api.accounts()]
        except TokenRejected as error:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="token_refused") from error
        except AskLater as error:
            self.be_silent(error)
            raise self._later() from error
        except (ApiError, KeyError, ValueError, ArithmeticError, TypeError) as error:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="update_failed",
                translation_placeholders={"error": type(error).__name__},
            ) from error
        found = {account.account_id: account for account in accounts}
        self._remove_what_is_gone(found)
        return found

    def be_silent(self, error: AskLater) -> None:
        """Send no requests for as long as the cabinet demands, whatever triggers them."""
        self._silent_until[self.config_entry.entry_id] = dt_util.utcnow() + error.wait

    def check_silence(self) -> None:
        """Raise UpdateFailed while the cabinet wants not to be asked."""
        until = self._silent_until.get(self.config_entry.entry_id)
        if until is not None and dt_util.utcnow() < until:
            raise self._later()

    def _later(self) -> UpdateFailed:
        left = self._silent_until[self.config_entry.entry_id] - dt_util.utcnow()
        seconds = str(max(0, round(left.total_seconds())))
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="ask_later",
            translation_placeholders={"seconds": seconds},
        )

    async def _account(self, binding: dict[str, Any]) -> CabinetAccount:
        account_id = binding["account_id"]
        summary = form = None
        try:
            summary = await self.api.summary(account_id)
        except ScopeMissing:
            _LOGGER.debug("The token does not open debts")
        try:
            form = await self.api.readings_form(account_id)
        except ScopeMissing:
            _LOGGER.debug("The token does not open meters")
        except RequestRejected as error:
            # An account that is closed, say: it keeps its debt.
            _LOGGER.debug("The form of readings was refused: %s", error)
        return account_of(binding, summary, form)

    def _remove_what_is_gone(self, accounts: dict[str, CabinetAccount]) -> None:
        """Remove devices of unbound accounts and sensors of meters that were taken down."""
        entry_id = self.config_entry.entry_id
        devices = dr.async_get(self.hass)
        bound = {(DOMAIN, device_id(entry_id, account_id)) for account_id in accounts}
        for device in dr.async_entries_for_config_entry(devices, entry_id):
            if not device.identifiers & bound:
                devices.async_update_device(device.id, remove_config_entry_id=entry_id)
        # Where a form was not given there is nothing to compare with: its scales stay.
        in_use = {key for each in accounts.values() for key in each.scales}
        silent = [each.account_id for each in accounts.values() if each.today is None]
        entities = er.async_get(self.hass)
        for entity in er.async_entries_for_config_entry(entities, entry_id):
            key = scale_key(entry_id, entity.unique_id)
            is_unknown = key is not None and any(key.startswith(f"{each}_") for each in silent)
            if key is not None and key not in in_use and not is_unknown:
                entities.async_remove(entity.entity_id)


def device_id(entry_id: str, account_id: str) -> str:
    """Return the identifier of an account's device: two residents of a flat have a device each."""
    return f"{entry_id}_{account_id}"


_SCALE = "_scale_"


def scale_unique_id(entry_id: str, key: str) -> str:
    """Return the unique id of a scale's sensor."""
    return f"{entry_id}{_SCALE}{key}"


def scale_key(entry_id: str, unique_id: str) -> str | None:
    """Return which scale a sensor of the entry shows; None when it shows something else."""
    prefix = f"{entry_id}{_SCALE}"
    return unique_id.removeprefix(prefix) if unique_id.startswith(prefix) else None
