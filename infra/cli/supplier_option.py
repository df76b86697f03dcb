"""What the staff's commands share: the supplier by its identifier, and registries that people write."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cabinet.accounts.model import Feature, Supplier


def supplier_with_feature(supplier_id: str, feature: Feature) -> Supplier:
    """Return the supplier; raises CommandError when there is none or it is not connected to the service."""
    from cabinet.accounts.store import suppliers

    supplier = suppliers([supplier_id]).get(supplier_id)
    if supplier is None:
        raise CommandError(f"no supplier {supplier_id}")
    if not supplier.offers(feature):
        raise CommandError(f"{supplier_id} does not offer {feature}: add it to the supplier's features")
    return supplier


def local_time(moment: str, supplier: Supplier) -> str:
    """Return an ISO time in UTC by the supplier's clock, «26.11.2026 18:00»."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(supplier.time_zone)):%d.%m.%Y %H:%M}"


def read_rows(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """Return the rows of a CSV file (`;`, a header, UTF-8 or cp1251), all of them or none.

    An `optional` column that the file lacks is empty in every row.

    Raises
    ------
    CommandError
        A missing file or column, another encoding, or a row (by its line) with more cells than the header.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _in_cp1251(path, content)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    lacking = [column for column in columns if column not in (reader.fieldnames or ())]
    if lacking:
        raise CommandError(f"{path}: no column {', '.join(lacking)}")
    rows = []
    for row in reader:
        if None in row:
            raise CommandError(f"{path}, line {reader.line_num}: more cells than the header has")
        rows.append({column: (row.get(column) or "").strip() for column in (*columns, *optional)})
    return rows


def _in_cp1251(path: Path, content: bytes) -> str:
    try:
        return content.decode("cp1251")
    except UnicodeDecodeError:
        raise CommandError(f"{path}: neither UTF-8 nor cp1251") from None
