"""Registries out as the desk finds them, and a call of each of their routes that succeeds."""

import itertools
import os
from collections.abc import Callable
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core.errors import Conflict
from cabinet.exchange.exports.export_requests import file_key
from cabinet.payments.keys import export_queue_partition, registries_partition
from tests.support.desk import Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall

_NUMBERS = itertools.count(1)
EXPORTS = "/api/staff/exports"


def a_registry(state: str = "delivered") -> int:
    """A registry of payments in a state; return its number."""
    number = next(_NUMBERS)
    row = {
        "pk": registries_partition(SUPPLIER), "sk": f"{number:010d}", "dated": "2026-03-01", "state": state,
        "delivered_at": "2026-03-01T22:30:00+00:00",
    }  # fmt: skip
    dynamo.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=Conflict)
    return number


def a_payment_waits() -> None:
    """Something waits for the next registry of payments."""
    row = {"pk": export_queue_partition(SUPPLIER, 0), "sk": f"payment-{next(_NUMBERS)}"}
    dynamo.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=Conflict)


def put_export_file(desk: Desk, number: int) -> None:
    """Put the registry's file where billing fetches it."""
    key = file_key("payments", SUPPLIER, number, "csv")
    bucket = os.environ["EXCHANGE_BUCKET"]
    desk.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"PK")


def _new(desk: Desk, person: Person) -> DeskCall:
    a_payment_waits()
    form = {"supplier_id": SUPPLIER, "kind": "payments"}
    return DeskCall(EXPORTS, form, names_subject=True)


def _of(path: str) -> Callable[[Desk, Person], DeskCall]:
    def call(desk: Desk, person: Person) -> DeskCall:
        number = a_registry()
        put_export_file(desk, number)
        return DeskCall(f"{EXPORTS}/{SUPPLIER}:payments:{number}{path}", names_subject=True)

    return call


EXPORT_SCENARIOS: dict[str, Callable[[Desk, Person], Any]] = {
    "GET /api/staff/exports": lambda desk, person: DeskCall(
        f"{EXPORTS}?supplier_id={SUPPLIER}", names_subject=True
    ),
    "POST /api/staff/exports": _new,
    "POST /api/staff/exports/{export_id}/again": _of("/again"),
    "GET /api/staff/exports/{export_id}/file": _of("/file?form=csv"),
}
