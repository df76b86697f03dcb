"""The integration in the real Home Assistant, before the real API."""

import json
from datetime import timedelta
from typing import Any

import pytest
from custom_components.cabinet_zhkh.const import DOMAIN
from custom_components.cabinet_zhkh.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from tests.conftest import Cabinet, set_up


def states(hass: HomeAssistant) -> dict[str, str]:
    """Return what the sensors show, by the end of their unique ids."""
    found = {}
    for entity in er.async_get(hass).entities.values():
        if entity.platform == DOMAIN:
            state = hass.states.get(entity.entity_id)
            assert state is not None
            found[entity.unique_id.split("uk-test:1234567899_")[1]] = state.state
    return found


def entity_of(hass: HomeAssistant, ending: str) -> str:
    """Return a sensor's entity_id."""
    (found,) = [
        each.entity_id for each in er.async_get(hass).entities.values() if each.unique_id.endswith(ending)
    ]
    return found


async def an_hour_later(hass: HomeAssistant, hours: float = 1.01) -> None:
    """Let the coordinator's time come."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=hours), fire_all=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def submit(hass: HomeAssistant, ending: str, value: str, **more: Any) -> Any:
    """Call the action."""
    data = {"entity_id": entity_of(hass, ending), "value": value} | more
    return await hass.services.async_call(DOMAIN, "submit_reading", data, blocking=True, return_response=True)


async def flow(hass: HomeAssistant, **typed: str) -> Any:
    """Fill the form of a new entry."""
    begun = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    answer = await hass.config_entries.flow.async_configure(begun["flow_id"], typed)
    await hass.async_block_till_done()
    return answer


async def test_the_dialogue_takes_an_address_and_a_token(hass: HomeAssistant, cabinet: Cabinet) -> None:
    token = await cabinet.token()
    refused = {
        "http://192.0.2.7": {"url": "invalid_url"},
        "мой кабинет": {"url": "invalid_url"},
        "http://127.0.0.1:9": {"base": "cannot_connect"},
    }
    for url, errors in refused.items():
        assert (await flow(hass, url=url, token=token))["errors"] == errors
    assert (await flow(hass, url=cabinet.url, token=token[:-1]))["errors"] == {"token": "invalid_auth"}
    made = await flow(hass, url=f"{cabinet.url}/account", token=f" {token} ")
    assert (made["title"], made["data"]) == ("1234567899", {"url": cabinet.url, "token": token})
    assert (await flow(hass, url=cabinet.url, token=token))["reason"] == "already_configured"


async def test_the_sensors_show_debt_window_and_readings(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert entry.state is ConfigEntryState.LOADED
    shown = states(hass)
    assert shown.pop("window_closes_in").isdigit()
    assert shown == {
        "debt": "1242.45",
        "meter-1_T1": "36.000",
        "meter-e_T1": "unknown",
        "meter-e_T2": "unknown",
    }
    water = hass.states.get(entity_of(hass, "meter-1_T1"))
    assert water is not None
    kind = [water.attributes[name] for name in ("device_class", "state_class", "unit_of_measurement")]
    assert kind == ["water", "total_increasing", "m³"]
    assert water.name == "1234567899 ХВС, meter N-meter-1"


async def test_a_payment_lowers_the_debt_before_a_receipt_counts_it(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry
) -> None:
    await cabinet.control("pay", amount=24_200)
    await an_hour_later(hass)
    assert states(hass)["debt"] == "1000.45"


async def test_a_token_of_one_scope_makes_what_it_may_read(hass: HomeAssistant, cabinet: Cabinet) -> None:
    await set_up(hass, cabinet, await cabinet.token("read:debts"))
    assert states(hass) == {"debt": "1242.45"}


async def test_a_reading_is_handed_in_and_shown(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry
) -> None:
    answer = await submit(hass, "meter-1_T1", "38,5")
    assert answer["accepted"][0]["meter_id"] == "meter-1"
    await submit(hass, "meter-e_T2", "15")
    assert await cabinet.control("readings") == [["meter-1", "T1", "38.500"], ["meter-e", "T2", "15"]]
    await an_hour_later(hass)
    shown = states(hass)
    assert (shown["meter-1_T1"], shown["meter-e_T2"]) == ("38.500", "15")


async def test_an_unusual_reading_wants_a_word_and_a_wrong_one_is_refused(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await submit(hass, "meter-1_T1", "много")
    assert refused.value.translation_key == "reading_refused"
    with pytest.raises(ServiceValidationError) as refused:
        await submit(hass, "meter-1_T1", "500")
    assert refused.value.translation_key == "confirmation_needed"
    with pytest.raises(ServiceValidationError) as refused:
        await submit(hass, "_debt", "1")
    assert refused.value.translation_key == "not_a_meter"
    assert await cabinet.control("readings") == [["meter-1", "T1", "36.000"]]
    await submit(hass, "meter-1_T1", "500", confirmed=True)
    assert await cabinet.control("readings") == [["meter-1", "T1", "500.000"]]


async def test_a_token_without_the_scope_may_not_hand_in(hass: HomeAssistant, cabinet: Cabinet) -> None:
    await set_up(hass, cabinet, await cabinet.token("read:meters"))
    with pytest.raises(ServiceValidationError) as refused:
        await submit(hass, "meter-1_T1", "38.5")
    assert refused.value.translation_key == "may_not_submit"


async def test_after_401_another_token_is_asked_for(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry
) -> None:
    await cabinet.control("revoke")
    await an_hour_later(hass)
    assert set(states(hass).values()) == {"unavailable"}
    (begun,) = hass.config_entries.flow.async_progress()
    assert (begun["context"]["source"], begun["step_id"]) == (SOURCE_REAUTH, "reauth_confirm")
    wrong = await hass.config_entries.flow.async_configure(begun["flow_id"], {"token": "cab_x"})
    assert wrong["errors"] == {"token": "invalid_auth"}
    fresh = await cabinet.token()
    done = await hass.config_entries.flow.async_configure(begun["flow_id"], {"token": fresh})
    await hass.async_block_till_done()
    assert (done["reason"], entry.data["token"]) == ("reauth_successful", fresh)
    assert states(hass)["debt"] == "1242.45"


async def test_after_429_nothing_is_asked_until_the_time_is_over(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry
) -> None:
    assert await cabinet.exhaust(entry.data["token"]) <= 60
    coordinator = entry.runtime_data
    await coordinator.async_refresh()
    assert coordinator.last_exception.translation_key == "ask_later"
    assert set(states(hass).values()) == {"unavailable"}
    # An outage would be another answer: nobody asks now.
    asked = coordinator.api
    coordinator.api = None
    await coordinator.async_refresh()
    assert coordinator.last_exception.translation_key == "ask_later"
    with pytest.raises(HomeAssistantError) as refused:
        await submit(hass, "meter-1_T1", "38.5")
    assert refused.value.translation_key == "ask_later"
    coordinator.api = asked
    assert len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)) == 5


async def test_an_outage_is_survived(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry, freezer: Any
) -> None:
    await cabinet.control("outage", is_out=True)
    await entry.runtime_data.async_refresh()
    assert entry.runtime_data.last_exception.translation_key == "ask_later"
    assert entry.state is ConfigEntryState.LOADED
    assert set(states(hass).values()) == {"unavailable"}
    await cabinet.control("outage", is_out=False)
    freezer.tick(timedelta(hours=1.1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert states(hass)["meter-1_T1"] == "36.000"


async def test_a_replaced_meter_has_a_sensor_of_its_own(
    hass: HomeAssistant, cabinet: Cabinet, entry: MockConfigEntry
) -> None:
    await cabinet.control("replace_meter")
    await an_hour_later(hass)
    shown = states(hass)
    assert "meter-1_T1" not in shown
    assert shown["meter-2_T1"] == "0.500"


async def test_diagnostics_hold_no_secret(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    text = json.dumps(await async_get_config_entry_diagnostics(hass, entry), ensure_ascii=False)
    assert json.loads(text)["accounts"][0]["scales"][0]["has_value"] is True
    for secret in (entry.data["token"], "1234567899", "КЫШТЫМСКАЯ", "meter-1", "1242", "36.000"):
        assert secret not in text


async def test_a_setup_in_an_outage_is_tried_again_but_asks_nothing_before_its_time(
    hass: HomeAssistant, cabinet: Cabinet, freezer: Any
) -> None:
    token = await cabinet.token()
    await cabinet.control("outage", is_out=True)
    made = await set_up(hass, cabinet, token)
    assert made.state is ConfigEntryState.SETUP_RETRY
    await cabinet.control("outage", is_out=False)
    # It would be loaded if anything were asked.
    await hass.config_entries.async_reload(made.entry_id)
    assert made.state is ConfigEntryState.SETUP_RETRY
    freezer.tick(timedelta(hours=1))
    await hass.config_entries.async_reload(made.entry_id)
    assert made.state is ConfigEntryState.LOADED
