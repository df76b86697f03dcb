"""What an answer of the API means to Home Assistant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Scale:
    """One tariff zone of a meter in use: what one sensor shows."""

    account_id: str
    meter_id: str
    meter_number: str
    service: str
    place: str
    unit: str
    zone: str
    zone_title: str
    value: Decimal | None
    """In the meter's own unit; None while nothing was ever handed in."""
    taken_on: str | None
    accepts: bool

    @property
    def key(self) -> str:
        """Tells this scale from every other of the token's accounts; another meter has another key."""
        return f"{self.account_id}_{self.meter_id}_{self.zone}"


@dataclass(frozen=True)
class CabinetAccount:
    """One account; a part that the token may not read is None, or no scales."""

    account_id: str
    number: str
    address: str
    supplier: str
    debt: Decimal | None
    """Rubles, with penalty; negative where more was paid than asked."""
    window_open: bool | None
    window_closes_in: int | None
    """Days from today to the last one that takes readings; 0 on the last day, None while it is closed."""
    today: date | None
    """Of the supplier's time zone."""
    scales: dict[str, Scale]


def account_of(
    binding: dict[str, Any], summary: dict[str, Any] | None, form: dict[str, Any] | None
) -> CabinetAccount:
    """Join the three answers about an account; KeyError and ValueError where one is not as its model says."""
    account_id = binding["account_id"]
    window = form["window"] if form else None
    today = date.fromisoformat(window["today"]) if window else None
    closes_in = None
    if window and today and window["open"]:
        closes_in = (date.fromisoformat(window["closes_on"]) - today).days
    # The form names a meter that was taken down, and says so; its sensor goes.
    meters = [each for each in (form["meters"] if form else []) if each["refusal_code"] != "meter_removed"]
    scales = [scale for meter in meters for scale in _scales(account_id, meter)]
    return CabinetAccount(
        account_id=account_id,
        number=binding["number"],
        address=binding["address"],
        supplier=binding["supplier_name"],
        debt=_debt(summary) if summary else None,
        window_open=window["open"] if window else None,
        window_closes_in=closes_in,
        today=today,
        scales={scale.key: scale for scale in scales},
    )


def _debt(summary: dict[str, Any]) -> Decimal:
    """Return what the receipts ask less what was paid here since: as docs/api.md adds it up."""
    asked = sum(each["total"]["main"] + each["total"]["penalty"] for each in summary["receipts"])
    paid = sum(each["amount"] for each in summary["unaccounted_payments"])
    return Decimal(asked - paid) / 100


def _scales(account_id: str, meter: dict[str, Any]) -> list[Scale]:
    return [
        Scale(
            account_id=account_id,
            meter_id=meter["meter_id"],
            meter_number=meter["number"],
            service=meter["service"],
            place=meter["place"],
            unit=meter["unit"],
            zone=zone["zone"],
            zone_title=zone["title"] if len(meter["zones"]) > 1 else "",
            value=None if zone["last_value"] is None else Decimal(zone["last_value"].replace(",", ".")),
            taken_on=zone["last_taken_on"],
            accepts=meter["accepts"],
        )
        for zone in meter["zones"]
    ]
