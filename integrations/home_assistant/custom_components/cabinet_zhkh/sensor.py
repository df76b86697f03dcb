"""Sensors: what an account owes, how long readings are taken, and the last reading of each scale."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import CONF_URL, UnitOfEnergy, UnitOfTime, UnitOfVolume
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import CabinetConfigEntry, CabinetCoordinator, device_id, scale_unique_id
from .model import CabinetAccount, Scale

PARALLEL_UPDATES = 0
"""The coordinator reads for all."""


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A sensor of an account; it exists where the token may read it."""

    exists: Callable[[CabinetAccount], bool]
    value: Callable[[CabinetAccount], Decimal | int | None]


DESCRIPTIONS = (
    AccountSensorDescription(
        key="debt",
        translation_key="debt",
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement="RUB",
        suggested_display_precision=2,
        exists=lambda account: account.debt is not None,
        value=lambda account: account.debt,
    ),
    AccountSensorDescription(
        key="window_closes_in",
        translation_key="window_closes_in",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        exists=lambda account: account.window_open is not None,
        value=lambda account: account.window_closes_in,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: CabinetConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Make the sensors, and later those of new accounts and new meters."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        # Of what is gone nothing is remembered: an account that is bound again gets its sensors again.
        wanted = {entity.unique_id: entity for entity in _entities(coordinator)}
        known.intersection_update(wanted)
        async_add_entities(entity for key, entity in wanted.items() if key not in known)
        known.update(key for key in wanted if key is not None)

    entry.async_on_unload(coordinator.async_add_listener(add_new))
    add_new()


def _entities(coordinator: CabinetCoordinator) -> list[AccountSensor | ReadingSensor]:
    made: list[AccountSensor | ReadingSensor] = []
    for account in coordinator.data.values():
        made += [AccountSensor(coordinator, account, each) for each in DESCRIPTIONS if each.exists(account)]
        made += [ReadingSensor(coordinator, account, scale) for scale in account.scales.values()]
    return made


class _CabinetSensor(CoordinatorEntity[CabinetCoordinator], SensorEntity):
    _attr_has_entity_name = True

    def __init__(self, coordinator: CabinetCoordinator, account: CabinetAccount) -> None:
        super().__init__(coordinator)
        self._account_id = account.account_id
        entry = coordinator.config_entry
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, device_id(entry.entry_id, account.account_id))},
            entry_type=DeviceEntryType.SERVICE,
            name=account.number,
            manufacturer=account.supplier,
            configuration_url=entry.data[CONF_URL],
        )

    @property
    def account(self) -> CabinetAccount | None:
        """The account as it was last read."""
        return self.coordinator.data.get(self._account_id)


class AccountSensor(_CabinetSensor):
    """A number of an account."""

    entity_description: AccountSensorDescription

    def __init__(
        self, coordinator: CabinetCoordinator, account: CabinetAccount, description: AccountSensorDescription
    ) -> None:
        super().__init__(coordinator, account)
        self.entity_description = description
        of_account = device_id(coordinator.config_entry.entry_id, account.account_id)
        self._attr_unique_id = f"{of_account}_{description.key}"

    @property
    def available(self) -> bool:
        """Whether the last update brought it."""
        return super().available and self.account is not None

    @property
    def native_value(self) -> Decimal | int | None:
        """The number."""
        return None if self.account is None else self.entity_description.value(self.account)


class ReadingSensor(_CabinetSensor):
    """The last reading of a scale. It starts anew with another meter, which is another sensor."""

    _attr_state_class = SensorStateClass.TOTAL_INCREASING

    def __init__(self, coordinator: CabinetCoordinator, account: CabinetAccount, scale: Scale) -> None:
        super().__init__(coordinator, account)
        self._key = scale.key
        self._attr_unique_id = scale_unique_id(coordinator.config_entry.entry_id, scale.key)
        self._attr_translation_key = "reading_zone" if scale.zone_title else "reading"
        self._attr_translation_placeholders = {
            "service": scale.service,
            "number": scale.meter_number,
            "zone": scale.zone_title,
        }
        self._attr_device_class, self._attr_native_unit_of_measurement = _kind(scale)

    @property
    def scale(self) -> Scale | None:
        """The scale as it was last read."""
        return None if self.account is None else self.account.scales.get(self._key)

    @property
    def available(self) -> bool:
        """Whether the last update brought it."""
        return super().available and self.scale is not None

    @property
    def native_value(self) -> Decimal | None:
        """The reading."""
        return None if self.scale is None else self.scale.value

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """When it was taken, and whether the cabinet takes another one."""
        if self.scale is None:
            return {}
        return {"taken_on": self.scale.taken_on, "accepts": self.scale.accepts}


def _kind(scale: Scale) -> tuple[SensorDeviceClass | None, str]:
    """Return what a scale measures and in what, by the spelling of its unit («м3», «куб. м», «кВт*ч»)."""
    unit = re.sub(r"[^a-zа-я0-9]", "", scale.unit.lower().replace("³", "3"))
    if unit in ("м3", "m3", "кубм"):
        is_gas = "газ" in scale.service.lower()
        return SensorDeviceClass.GAS if is_gas else SensorDeviceClass.WATER, UnitOfVolume.CUBIC_METERS
    if unit in ("квтч", "kwh"):
        return SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR
    if unit == "гкал":
        return SensorDeviceClass.ENERGY, UnitOfEnergy.GIGA_CALORIE
    return None, scale.unit
