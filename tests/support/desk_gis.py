"""Templates of ГИС ЖКХ as the desk finds them in each state, and a call of each of their routes."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.exchange.gis.requests import create_upload, fill_key
from tests.support.desk import Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall

_NUMBERS = itertools.count(1)
GIS = "/api/staff/gis"
NEW = {"supplier_id": SUPPLIER, "kind": "readings", "period": "2026-02", "size": 1000}


def a_fill(state: str = "ready", named: str = "", **attributes: Any) -> str:
    """A template of the supplier in a state; return its own id."""
    fill_id = named or f"20260301T000000Z-{next(_NUMBERS):012x}"
    pk, sk = fill_key(SUPPLIER, fill_id)
    row = {
        "pk": pk, "sk": sk, "kind": "payments", "period": "2026-02", "state": state,
        "requested_at": clock.timestamp(clock.now()), "requested_by": "Петрова Анна",
        "expires_at": clock.epoch(clock.now() + timedelta(days=30)),
    }  # fmt: skip
    dynamo.put(Table.ACCOUNTS, row | attributes, condition=IS_ABSENT, on_conflict=Conflict)
    return fill_id


def _start(desk: Desk, person: Person) -> DeskCall:
    fill_id, form = create_upload(person.staff_id, SUPPLIER, "readings", "2026-02", 1000, clock.now())
    return DeskCall(f"{GIS}/{SUPPLIER}:{fill_id}/start", {"ticket": form.token}, names_subject=True)


def _file(desk: Desk, person: Person) -> DeskCall:
    return DeskCall(f"{GIS}/{SUPPLIER}:{a_fill()}/file", names_subject=True)


GIS_SCENARIOS: dict[str, Callable[[Desk, Person], Any]] = {
    "GET /api/staff/gis": lambda desk, person: DeskCall(f"{GIS}?supplier_id={SUPPLIER}", names_subject=True),
    "POST /api/staff/gis": lambda desk, person: DeskCall(GIS, NEW, names_subject=True),
    "POST /api/staff/gis/{fill_id}/start": _start,
    "GET /api/staff/gis/{fill_id}/file": _file,
}
