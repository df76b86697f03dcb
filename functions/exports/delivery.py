"""Puts registries into the exchange bucket; an area's `exports` module decides what is in them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
from cabinet import clock
from cabinet.accounts.model import Supplier
from cabinet.exchange.model import Registry
from cabinet.metering import exports as readings_out
from cabinet.payments import exports as payments_out

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type HasTime = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A registry's file: where billing fetches it, and what it is."""

    key: str
    registry: Registry
    rows: int
    content: bytes


def readings(supplier: Supplier, has_time: HasTime) -> Delivered | None:
    """Deliver the readings that wait; None when none do."""
    now = clock.now()
    outgoing = readings_out.export(
        supplier.supplier_id, clock.local_date(now, supplier.time_zone), now, has_time=has_time
    )
    if outgoing is None:
        return None
    done = _put("readings", outgoing.name, outgoing.registry, outgoing.readings, outgoing.content)
    readings_out.delivered(outgoing.registry, clock.now())
    return done


def readings_again(supplier: Supplier, number: int) -> Delivered:
    """Deliver a registry of readings once more, under its number; raises NotFound."""
    outgoing = readings_out.again(supplier.supplier_id, number)
    return _put("readings", outgoing.name, outgoing.registry, outgoing.readings, outgoing.content)


def payments(supplier: Supplier, has_time: HasTime) -> Delivered | None:
    """Deliver the payments that wait; None when none do.

    A run that died between closing a registry and writing its file leaves no trace of it, so the newest one
    is written again beside the new one: the same key, the same bytes.
    """
    now = clock.now()
    before = payments_out.registries(supplier.supplier_id, limit=1)
    outgoing = payments_out.export(supplier.supplier_id, clock.local_date(now, supplier.time_zone), now)
    if before and (outgoing is None or outgoing.registry.number != before[0].number):
        payments_again(supplier, before[0].number)
    if outgoing is None:
        return None
    return _put("payments", outgoing.name, outgoing.registry, outgoing.payments, outgoing.content)


def payments_again(supplier: Supplier, number: int) -> Delivered:
    """Deliver a registry of payments once more, under its number; raises NotFound."""
    outgoing = payments_out.again(supplier.supplier_id, number)
    return _put("payments", outgoing.name, outgoing.registry, outgoing.payments, outgoing.content)


EXPORTS: dict[str, Callable[[Supplier, HasTime], Delivered | None]] = {
    "readings": readings,
    "payments": payments,
}
AGAIN: dict[str, Callable[[Supplier, int], Delivered]] = {
    "readings": readings_again,
    "payments": payments_again,
}
REGISTRIES: dict[str, Callable[[str], list[Registry]]] = {
    "readings": readings_out.registries,
    "payments": payments_out.registries,
}


def _put(what: str, name: str, registry: Registry, rows: int, content: bytes) -> Delivered:
    """Write the file; the same registry has the same key and bytes, so that writing twice changes nothing."""
    key = f"outbound/{registry.supplier_id}/{what}/{name}"
    _s3().put_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=key, Body=content)
    return Delivered(key, registry, rows, content)


@cache
def _s3() -> "S3Client":
    client: S3Client = boto3.client("s3")
    return client
