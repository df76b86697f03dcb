"""What failed, in words that may be logged: a code and a place, never an error's own text."""

import inspect
import traceback
from pathlib import PurePath
from types import TracebackType
from typing import Any

from botocore.exceptions import ClientError

from cabinet.core.errors import DomainError

_THIS_PACKAGE = str(PurePath(__file__).parent)


def error_code(error: BaseException) -> str:
    """Return AWS's code of what failed, also where an error of ours was raised from it; else our own code."""
    for each in (error, error.__cause__):
        if isinstance(each, ClientError):
            return _aws_code(each)
    return error.code if isinstance(error, DomainError) else "internal"


def service_code(error: Exception) -> str:
    """Return AWS's code of what failed, or the class of what kept us from asking."""
    return _aws_code(error) if isinstance(error, ClientError) else type(error).__name__


def error_location(steps: TracebackType | None) -> str | None:
    """Return where an error was raised, ``file.py:12``; of one of botocore's, where it was asked."""
    frames = traceback.extract_tb(steps)
    asking = [frame for frame in frames if "/botocore/" not in frame.filename] or [*frames]
    return f"{PurePath(asking[-1].filename).name}:{asking[-1].lineno}" if asking else None


def caller_location() -> str:
    """Return the line outside of this package that asked for what failed, ``store.py:40``."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_THIS_PACKAGE):
        frame = frame.f_back
    return f"{PurePath(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame else "unknown"


def table_names(request: dict[str, Any]) -> str:
    """Return the tables that a request to DynamoDB names."""
    if "TableName" in request:
        return str(request["TableName"])
    if "RequestItems" in request:
        return ",".join(sorted(request["RequestItems"]))
    actions = [action for item in request.get("TransactItems", ()) for action in item.values()]
    return ",".join(sorted({action["TableName"] for action in actions}))


def _aws_code(error: ClientError) -> str:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    reasons = {each.get("Code", "None") for each in error.response.get("CancellationReasons", ())} - {"None"}
    return f"{code}:{','.join(sorted(reasons))}" if reasons else code
