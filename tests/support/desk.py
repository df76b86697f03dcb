"""The desk before a test: people of the staff who have joined, and browsers in which they have signed in."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import time_machine

from cabinet.audit.model import EVERY_SUPPLIER, AuditEntry, Author
from cabinet.core import clock
from cabinet.staff.invitations import invite
from cabinet.staff.model import Role
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.desk_orders import DeskBank

PASSWORD = "kettle-maple-58"
COMMAND = Author("command:arn:aws:iam::123456789012:user/engineer", "engineer", "command")
HEADERS = {
    "X-Requested-With": "cabinet",
    "X-Forwarded-For": "198.51.100.9",
    "Origin": "http://127.0.0.1:8000",
}


def browser(**headers: str) -> AppClient:
    """A browser before the desk."""
    from staff.app import app

    return AppClient(
        app, base_url="https://127.0.0.1:8000", headers=HEADERS | headers, follow_redirects=False,
        raise_server_exceptions=False,
    )  # fmt: skip


@dataclass
class Person:
    """Somebody of the staff who has joined."""

    staff_id: str
    email: str
    seed: str
    recovery_codes: list[str]
    suppliers: tuple[str, ...] = ()
    browser: AppClient = field(default_factory=browser)

    def code(self) -> str:
        """The code of this moment on the person's telephone."""
        return pyotp.TOTP(self.seed).at(clock.epoch(clock.now()))

    def sign_in(self, **changed: str) -> Any:
        """Try to sign in."""
        form = {"email": self.email, "password": PASSWORD, "code": self.code()}
        return self.browser.post("/api/staff/sessions", json=form | changed)


class Desk:
    """The staff of a test, by the moved clock: each code is used once."""

    def __init__(self, aws: Aws, travel: time_machine.Traveller) -> None:
        self.aws = aws
        self._travel = travel

    @cached_property
    def bank(self) -> DeskBank:
        """A bank, for what the desk does with orders."""
        return DeskBank(self.aws)

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self._travel.shift(timedelta(**duration))

    def person(self, *roles: Role, suppliers: tuple[str, ...] = (EVERY_SUPPLIER,), email: str = "") -> Person:
        """Somebody who was invited, has joined, and has not signed in."""
        address = email or f"{'-'.join(roles)}-{len(self.audit())}@example.ru"
        invited = invite(COMMAND, address, list(roles), list(suppliers), clock.now())
        token = token_of(invited.link)
        before = browser()
        self.wait(seconds=1)
        accepted = before.post(
            "/api/staff/invitations/accept",
            json={"token": token, "name": "Петрова Анна", "password": PASSWORD},
        )
        assert accepted.status_code == 200, accepted.text
        seed = parse_qs(urlsplit(accepted.json()["totp_uri"]).query)["secret"][0]
        made = Person(invited.member.staff_id, address, seed, accepted.json()["recovery_codes"], suppliers)
        self.wait(seconds=1)
        confirmed = before.post("/api/staff/invitations/confirm", json={"token": token, "code": made.code()})
        assert confirmed.status_code == 204, confirmed.text
        self.wait(seconds=30)
        return made

    def signed_in(self, *roles: Role, suppliers: tuple[str, ...] = (EVERY_SUPPLIER,)) -> Person:
        """Somebody who has signed in."""
        made = self.person(*roles, suppliers=suppliers)
        answer = made.sign_in()
        assert answer.status_code == 201, answer.text
        self.wait(seconds=30)
        return made

    def confirm_code(self, person: Person) -> None:
        """Enter the code again."""
        answer = person.browser.post("/api/staff/sessions/current/code", json={"code": person.code()})
        assert answer.status_code == 204, answer.text
        self.wait(seconds=30)

    def audit(self) -> list[AuditEntry]:
        """The whole audit log, the oldest first."""
        rows = [row for row in self.aws.rows("USERS_TABLE") if row["pk"].startswith("AUDIT#")]
        return sorted((AuditEntry.model_validate(row) for row in rows), key=lambda each: each.at)

    def last_entry(self) -> AuditEntry:
        """The newest entry of the audit log; two of one moment have no order."""
        *_, newest = entries = self.audit()
        (last,) = [each for each in entries if each.at == newest.at]
        return last


def token_of(link: str) -> str:
    """The token of a link in a letter."""
    return parse_qs(urlsplit(link).query)["token"][0]
