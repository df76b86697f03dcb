"""Reads reports of undeliverable mail out of a Maildir, where mail is sent by SMTP."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.failures import error_location, service_code
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_error, log_event
from cabinet.notifications.channels.email.delivery_report import MAX_BYTES, read_delivery_report
from cabinet.notifications.suppression import suppress_addresses

if TYPE_CHECKING:
    from pathlib import Path

    from serve.stopping import Stop

_PAUSE_SECONDS = 30


class BounceReader:
    """One Maildir in this process; several may read it, since the same report twice changes nothing."""

    def __init__(self, maildir: Path, stop: Stop) -> None:
        self._new, self._seen = maildir / "new", maildir / "cur"
        self._stop = stop

    def run(self) -> None:
        """Work until a stop is asked for."""
        while not self._stop.wait(_PAUSE_SECONDS):
            try:
                self.step()
            except ServiceUnavailable:
                continue  # storage has logged why; what is new stays so
            except (BotoCoreError, ClientError) as error:
                log_error(
                    Event.LOOP_POSTPONED, loop="bounces", code=service_code(error),
                    place=error_location(error.__traceback__),
                )  # fmt: skip
            except OSError as error:
                log_error(Event.MAILDIR_UNREADABLE, code=type(error).__name__)

    def step(self) -> None:
        """Read everything that is new, and move what was read."""
        for path in sorted(self._new.iterdir()):
            try:
                with path.open("rb") as file:
                    report = read_delivery_report(file.read(MAX_BYTES))
            except FileNotFoundError:
                continue  # another process was faster
            if report is None:
                log_event(Event.MAIL_REPORT_IGNORED)
            else:
                suppress_addresses(report)
                log_event(Event.ADDRESS_SUPPRESSED, reason=report.reason)
            with suppress(FileNotFoundError):
                path.replace(self._seen / f"{path.name}:2,S")
