"""The simulated bank on real loopback HTTP, in this process: one server, a new bank for each test."""

import contextlib
from collections.abc import Iterator
from typing import Any

from infra.simulators.bank.app import BankSimulator, create_app
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.state import State
from tests.support import loopback_server


class RecordingSender:
    """Keeps the callbacks, to be delivered by hand."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def send(self, calls: list[Call]) -> None:
        """Keep the callbacks in this order."""
        self.calls += calls


class BankServer:
    """Serves whatever bank is open at the moment."""

    def __init__(self) -> None:
        self.bank: Any = None
        self.origin = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.bank(scope, receive, send)

    def open(self, simulator: BankSimulator) -> None:
        """Open a new bank, with no payments."""
        self.bank = create_app(simulator.state, simulator=simulator, gorod_callback_url=GOROD_CALLBACK)


GOROD_CALLBACK = "http://127.0.0.1:8000/api/payments/gorod/callback"


def new_simulator(state: State) -> BankSimulator:
    """Return a simulated bank whose callbacks wait to be delivered by the test."""
    return BankSimulator(state, RecordingSender(), ask=lambda _: None)


@contextlib.contextmanager
def serving() -> Iterator[BankServer]:
    """Serve on a free port until the block ends."""
    server = BankServer()
    with loopback_server.serving(server) as server.origin:
        yield server
