"""What may be asked of an import in which state, and which files are taken at all. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cabinet.core.errors import FieldError, InvalidFields
from cabinet.core.text import strip_control_chars
from cabinet.exchange.formats.archive import MAX_FILE_BYTES
from cabinet.exchange.lost_message_rules import MESSAGE_LOST_AFTER

MAX_NAME = 120
UNDO_RETENTION_DAYS = 30
"""How long what an import replaced is kept (docs/adr/0033); then the bucket deletes it."""


def check_file(name: str, size: int) -> str:
    """Return the file's name as it is kept; raises InvalidFields for a file that is never taken."""
    if size == 0:
        raise InvalidFields(FieldError("size", "file_empty", "Файл пустой. Выберите другой."))
    if size > MAX_FILE_BYTES:
        message = f"Файл больше {MAX_FILE_BYTES // 1_000_000} МБ. Разделите реестр на части."
        raise InvalidFields(FieldError("size", "too_large", message))
    return clean_name(name)


def clean_name(name: str) -> str:
    """Return the last part of a path, without what an object's key or a report could trip over."""
    last = " ".join(re.split(r"[/\\]", strip_control_chars(name))[-1].split())
    stem, dot, ending = last.rpartition(".")
    kept = f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 10 else last[:MAX_NAME]
    return kept if kept.strip(".") else "registry"


def is_message_lost(item: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether something was asked for a while ago and no worker has begun: its message may be lost."""
    asked_at = _waits_since(item)
    if asked_at is None:
        return False
    latest = max(asked_at, str(item.get("woken_at", "")))
    return now - datetime.fromisoformat(latest) >= MESSAGE_LOST_AFTER


def _waits_since(item: Mapping[str, Any]) -> str | None:
    status = item["status"]
    if status == "checking" and "started_at" not in item:
        return item.get("requested_at")
    if status == "applying" and "apply_started_at" not in item:
        return item.get("apply_requested_at")
    if status == "applied" and item.get("undo_state") == "requested" and not item.get("undo_started_at"):
        return item.get("undo_requested_at")
    return None
