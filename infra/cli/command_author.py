"""Who runs a command, for the audit log: the principal of AWS whose keys it uses."""

from __future__ import annotations

import getpass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cabinet.audit.model import Author


@cache
def command_author() -> Author:
    """Return the author of what a command changes: the principal's ARN and the name on this machine."""
    import boto3

    from cabinet.audit.model import Author

    principal = boto3.client("sts").get_caller_identity()["Arn"]
    return Author(f"command:{principal}", _user(), "command")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "command"
