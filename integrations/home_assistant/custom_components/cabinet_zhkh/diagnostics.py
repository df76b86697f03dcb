"""What a resident may give to a helper: no token, name, address or number of an account or meter."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant

from .coordinator import CabinetConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: CabinetConfigEntry
) -> dict[str, Any]:
    """Return how the last update went and what it brought, by fields named one by one."""
    coordinator = entry.runtime_data
    return {
        "last_update_success": coordinator.last_update_success,
        "last_error": type(coordinator.last_exception).__name__ if coordinator.last_exception else None,
        "accounts": [
            {
                "debt_read": account.debt is not None,
                "window_open": account.window_open,
                "window_closes_in": account.window_closes_in,
                "scales": [
                    {
                        "unit": scale.unit,
                        "zone": scale.zone,
                        "has_value": scale.value is not None,
                        "accepts": scale.accepts,
                    }
                    for scale in account.scales.values()
                ],
            }
            for account in coordinator.data.values()
        ],
    }
