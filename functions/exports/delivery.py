"""Puts registries into the exchange bucket; an area's `exports` module decides what is in them."""

import os
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol

import boto3
from cabinet import clock
from cabinet.accounts import exports as refusals_out
from cabinet.accounts.model import Supplier
from cabinet.exchange.model import Registry
from cabinet.exchange.outgoing import HasTime, Outgoing
from cabinet.metering import exports as readings_out
from cabinet.payments import exports as payments_out

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Area(Protocol):
    """What an area's `exports` module offers."""

    def export(
        self, supplier_id: str, day: date, now: datetime, *, has_time: HasTime = ...
    ) -> Outgoing | None:
        """Return the registry that is to be delivered next, None when nothing waits."""

    def delivered(self, registry: Registry, now: datetime) -> None:
        """Note that the registry's file is where billing fetches it."""

    def again(self, supplier_id: str, number: int) -> Outgoing:
        """Return a registry once more; raises NotFound."""

    def registries(self, supplier_id: str, limit: int = 100) -> list[Registry]:
        """Return the supplier's registries, the newest first."""


AREAS: dict[str, Area] = {"readings": readings_out, "payments": payments_out, "refusals": refusals_out}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A registry's file: where billing fetches it, and what it is."""

    key: str
    registry: Registry
    rows: int
    content: bytes


def deliver(what: str, supplier: Supplier, has_time: HasTime) -> Delivered | None:
    """Deliver the registry that is next; None when nothing waits.

    A run that died before it could note the delivery has left its registry: then that one is next, the same
    bytes under the same key.
    """
    area, now = AREAS[what], clock.now()
    today = clock.local_date(now, supplier.time_zone)
    outgoing = area.export(supplier.supplier_id, today, now, has_time=has_time)
    if outgoing is None:
        return None
    done = _put(what, outgoing)
    area.delivered(outgoing.registry, clock.now())
    return done


def deliver_again(what: str, supplier: Supplier, number: int) -> Delivered:
    """Deliver a registry once more, under its number; raises NotFound."""
    return _put(what, AREAS[what].again(supplier.supplier_id, number))


def _put(what: str, outgoing: Outgoing) -> Delivered:
    """Write the file; the same registry has the same key and bytes, so that writing twice changes nothing."""
    registry = outgoing.registry
    key = f"outbound/{registry.supplier_id}/{what}/{outgoing.name}"
    _s3().put_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=key, Body=outgoing.content)
    return Delivered(key, registry, outgoing.rows, outgoing.content)


@cache
def _s3() -> "S3Client":
    client: S3Client = boto3.client("s3")
    return client
