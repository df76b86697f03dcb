"""People of the desk on the local stack: invited by the command, joined over HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cabinet.core import clock
from infra.cli.errors import CommandError
from infra.local.api_client import Person

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "Desk-Kyshtym-2026"  # noqa: S105 - only for the local stack
PEOPLE = (
    ("operator", "operator", "Смирнова Ольга"),
    ("accountant", "accountant", "Кузнецова Вера"),
    # Who approves the refunds that the first one asks for.
    ("accountant-2", "accountant", "Лебедева Нина"),
    ("engineer", "engineer", "Морозов Павел"),
    ("owner", "owner", "Волкова Ирина"),
)
"""Address, role, name."""
_AT_ONCE = 2
"""Each invitation is a process, whose start keeps a processor busy."""
_LINK = re.compile(r"token=([\w.~-]+)")


def join(origin: str, command: Callable[..., str]) -> list[dict[str, Any]]:
    """Let one person of each role join; return what `GET /local/demo` says of them.

    `command` runs `cabinet` with arguments on this stack and returns what it printed.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda person: _join(origin, person, command), PEOPLE))


def _join(origin: str, asked: tuple[str, str, str], command: Callable[..., str]) -> dict[str, Any]:
    import pyotp

    mailbox, role, name = asked
    email = f"{mailbox}@desk.example"
    try:
        invited = command("staff", "invite", email, "--role", role, "--supplier", "all")
    except CommandError:  # after a start that was broken off, the person is there already
        command("staff", "remove", email)
        invited = command("staff", "invite", email, "--role", role, "--supplier", "all")
    found = _LINK.search(invited)
    if found is None:
        raise CommandError(f"no link in what the invitation printed:\n{invited}")
    token = found[1]
    with Person(origin, email, PASSWORD) as person:
        form = {"token": token, "name": name, "password": PASSWORD}
        uri = person.call("POST", "/api/staff/invitations/accept", form)["totp_uri"]
        seed = parse_qs(urlsplit(uri).query)["secret"][0]
        code = pyotp.TOTP(seed).at(clock.epoch(clock.now()))
        person.call("POST", "/api/staff/invitations/confirm", {"token": token, "code": code})
    return {"email": email, "password": PASSWORD, "totp_secret": seed, "roles": [role]}
