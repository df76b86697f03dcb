"""The action that hands in a reading."""

from __future__ import annotations

from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .api import ApiError, AskLater, RequestRejected, ScopeMissing, TokenRejected
from .const import DOMAIN, SERVICE_SUBMIT_READING
from .coordinator import CabinetConfigEntry, CabinetCoordinator, scale_key
from .model import Scale

ATTR_VALUE = "value"
ATTR_TAKEN_ON = "taken_on"
ATTR_CONFIRMED = "confirmed"

_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
        vol.Required(ATTR_VALUE): vol.All(vol.Coerce(str), str.strip, vol.Length(min=1, max=20)),
        vol.Optional(ATTR_TAKEN_ON): cv.date,
        vol.Optional(ATTR_CONFIRMED, default=False): cv.boolean,
    }
)


def async_setup_services(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_SUBMIT_READING,
        _submit_reading,
        schema=_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _submit_reading(call: ServiceCall) -> ServiceResponse:
    coordinator, scale = _scale(call.hass, call.data[ATTR_ENTITY_ID])
    coordinator.check_silence()
    account = coordinator.data[scale.account_id]
    # The supplier's day is the form's; this house may be in another time zone.
    taken_on = call.data.get(ATTR_TAKEN_ON) or account.today or dt_util.now().date()
    reading: dict[str, Any] = {"meter_id": scale.meter_id, "zone": scale.zone, "value": call.data[ATTR_VALUE]}
    if call.data[ATTR_CONFIRMED]:
        reading["confirmed"] = True
    try:
        accepted = await coordinator.api.submit_reading(scale.account_id, taken_on.isoformat(), reading)
    except TokenRejected as error:
        coordinator.config_entry.async_start_reauth(call.hass)
        raise _failure("token_refused") from error
    except ScopeMissing as error:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="may_not_submit") from error
    except AskLater as error:
        coordinator.be_silent(error)
        raise _failure("ask_later", seconds=f"{error.wait.total_seconds():.0f}") from error
    except RequestRejected as error:
        key = "confirmation_needed" if error.code == "confirmation_needed" else "reading_refused"
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"message": error.message},
        ) from error
    except ApiError as error:
        raise _failure("update_failed", error=type(error).__name__) from error
    await coordinator.async_request_refresh()
    return {"number": accepted["number"], "accepted": accepted["accepted"]} if call.return_response else None


def _failure(key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def _scale(hass: HomeAssistant, entity_id: str) -> tuple[CabinetCoordinator, Scale]:
    """Return the scale of a sensor; ServiceValidationError when it is none of ours, or not loaded."""
    entity = er.async_get(hass).async_get(entity_id)
    entry: CabinetConfigEntry | None = None
    if entity is not None and entity.platform == DOMAIN and entity.config_entry_id is not None:
        entry = hass.config_entries.async_get_entry(entity.config_entry_id)
    key = scale_key(entry.entry_id, entity.unique_id) if entity is not None and entry is not None else None
    placeholders = {"entity_id": entity_id}
    if entry is None or key is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_a_meter", translation_placeholders=placeholders
        )
    if entry.state is not ConfigEntryState.LOADED:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_loaded", translation_placeholders=placeholders
        )
    for account in entry.runtime_data.data.values():
        if key in account.scales:
            return entry.runtime_data, account.scales[key]
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="not_a_meter", translation_placeholders=placeholders
    )
