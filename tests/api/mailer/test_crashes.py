"""The mailer killed at every call it makes: a letter is never lost, and at most one copy is one too many."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import time_machine

from cabinet.outbox.emails import Email
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Recorder, heard_by
from tests.support.mailer import mails, rows, run_for, run_sweep, write

type Moment = Literal["before", "after"]


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@contextmanager
def killed_at(number: int, moment: Moment) -> Iterator[list[str]]:
    """End the process at its `number`-th call to AWS, before the call or after it; yield the calls made."""
    process = _Process(number, moment)
    with heard_by(process):
        yield process.operations


class _Process(Recorder):
    def __init__(self, number: int, moment: Moment) -> None:
        super().__init__()
        self._number, self._moment = number, moment

    def before(self, call: Call) -> None:
        super().before(call)
        if len(self.operations) == self._number and self._moment == "before":
            raise Killed

    def after(self, call: Call) -> None:
        if len(self.operations) == self._number and not call.is_refused:
            raise Killed


def copies() -> Counter[str]:
    return Counter(mail["X-Cabinet-Letter"] for mail in mails())


def email(name: str) -> Email:
    return Email("security_event", f"{name}@example.ru", {"what": "x"}, email_id=name)


def test_killed_at_any_call_a_letter_arrives_and_at_most_twice(aws: Aws) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(email("warm-up"))
        run_for(email("warm-up"))
        doubled = []
        for moment in ("before", "after"):
            for number in range(1, 20):
                name = f"{moment}-{number}"
                write(email(name))
                with killed_at(number, moment) as calls:  # type: ignore[arg-type]
                    try:
                        run_for(email(name))
                        was_killed = False
                    except Killed:
                        was_killed = True
                clock.shift(61)
                run_sweep()
                assert rows(aws, "OUTBOX") == [], name
                assert 1 <= copies()[name] <= 2, name
                if copies()[name] == 2:
                    doubled.append((moment, calls[-1]))
                if not was_killed:
                    break
            assert number > 4, "the enumeration has reached the end of the work"
    # Only between the provider's answer and our note of it can a second copy arise.
    assert set(doubled) == {("after", "SendEmail"), ("before", "TransactWriteItems")}


def test_killed_while_burying_a_letter_it_is_neither_lost_nor_sent(aws: Aws) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        names = []
        for moment in ("before", "after"):
            for number in range(1, 12):
                name = f"{moment}-{number}"
                names.append(name)
                write(Email("activation", f"{name}@example.ru", {}, email_id=name))
                with killed_at(number, moment):  # type: ignore[arg-type]
                    try:
                        run_for(email(name))
                        was_killed = False
                    except Killed:
                        was_killed = True
                clock.shift(61)
                run_sweep()
                if not was_killed:
                    break
    assert rows(aws, "OUTBOX") == []
    assert sorted(row["sk"].partition("#")[2] for row in rows(aws, "DEADMAIL")) == sorted(names)
    assert mails() == []
