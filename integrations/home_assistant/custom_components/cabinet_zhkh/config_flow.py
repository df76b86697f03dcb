"""The dialogue that takes the site's address and a token, and a new token where the old one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from yarl import URL

from .api import ApiError, AskLater, CabinetApi, TokenRejected
from .const import DOMAIN
from .coordinator import device_id

_TOKEN = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_USER_SCHEMA = vol.Schema({vol.Required(CONF_URL): _URL, vol.Required(CONF_TOKEN): _TOKEN})
_REAUTH_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): _TOKEN})


class CabinetConfigFlow(ConfigFlow, domain=DOMAIN):
    """An entry for each token."""

    VERSION = 1

    def __init__(self) -> None:
        self._accounts: list[dict[str, Any]] = []

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take the address and the token, and try them."""
        errors: dict[str, str] = {}
        if user_input is not None:
            token = user_input[CONF_TOKEN].strip()
            if (url := _origin(user_input[CONF_URL])) is None:
                errors[CONF_URL] = "invalid_url"
            else:
                self._async_abort_entries_match({CONF_URL: url, CONF_TOKEN: token})
                errors = await self._try(url, token)
            if not errors and url is not None:
                title = ", ".join(each["number"] for each in self._accounts)
                return self.async_create_entry(title=title, data={CONF_URL: url, CONF_TOKEN: token})
        schema = self.add_suggested_values_to_schema(_USER_SCHEMA, _without_token(user_input))
        return self.async_show_form(step_id="user", data_schema=schema, errors=errors)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin where the cabinet has refused the token."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take another token of the same resident."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            token = user_input[CONF_TOKEN].strip()
            errors = await self._try(entry.data[CONF_URL], token)
            if not errors and not self._is_of(entry.entry_id):
                return self.async_abort(reason="wrong_account")
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates={CONF_TOKEN: token})
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=_REAUTH_SCHEMA,
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    async def _try(self, url: str, token: str) -> dict[str, str]:
        """Return what is wrong with the token, by field; keep the accounts that it opens."""
        api = CabinetApi(async_get_clientsession(self.hass), url, token)
        try:
            self._accounts = await api.accounts()
        except TokenRejected:
            return {CONF_TOKEN: "invalid_auth"}
        except AskLater:
            return {"base": "ask_later"}
        except (ApiError, KeyError):
            return {"base": "cannot_connect"}
        return {} if self._accounts else {"base": "no_accounts"}

    def _is_of(self, entry_id: str) -> bool:
        """Tell whether the token opens an account that the entry already shows."""
        devices = dr.async_entries_for_config_entry(dr.async_get(self.hass), entry_id)
        shown = {identifier for device in devices for identifier in device.identifiers}
        opened = {(DOMAIN, device_id(entry_id, each["account_id"])) for each in self._accounts}
        return not shown or bool(shown & opened)


def _origin(typed: str) -> str | None:
    """Return the site's origin; None for what is no address, and for http beyond this machine."""
    try:
        url = URL(typed.strip())
        origin = url.origin()
    except ValueError:
        return None
    is_safe = url.scheme == "https" or (
        url.scheme == "http" and url.host in ("127.0.0.1", "::1", "localhost")
    )
    return str(origin) if is_safe else None


def _without_token(user_input: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (user_input or {}).items() if key != CONF_TOKEN}
