"""A bank's name is resolved once, all of its addresses are judged, and the judged one is called."""

import socket
from typing import Any

import pytest
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from cabinet.payments.providers import http_client, judged_connection
from cabinet.payments.providers.base import ProviderConnectionError
from cabinet.payments.providers.http_client import circuit_breaker_for, post_form
from cabinet.payments.providers.judged_connection import AddressRefused, JudgedConnection

BANK = "https://bank.example.ru:8443/rest"
PUBLIC, OTHER_PUBLIC = "8.8.8.8", "77.88.8.8"


class Net:
    """What names lead to, and which addresses were called."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.failures: dict[str, OSError] = {}
        self.called: list[tuple[str, int]] = []

    def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        if not self.addresses:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in self.addresses]

    def create_connection(self, address: tuple[str, int], *_: Any, **__: Any) -> str:
        self.called.append(address)
        if address[0] in self.failures:
            raise self.failures[address[0]]
        return f"connected to {address[0]}"


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    made = Net()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(judged_connection, "create_connection", made.create_connection)
    circuit_breaker_for.cache_clear()
    http_client._pool.cache_clear()  # noqa: SLF001 - kept connections belong to another test's names
    return made


def connect() -> Any:
    return JudgedConnection("bank.example.ru", 8443)._new_conn()  # noqa: SLF001 - what urllib3 calls


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.5"], ["169.254.169.254"], ["127.0.0.1"], ["::1"], ["fd00::1"], [PUBLIC, "192.168.1.1"]],
    ids=str,
)
def test_a_name_that_leads_inside_is_not_called(net: Net, addresses: list[str]) -> None:
    net.addresses = addresses
    with pytest.raises(ProviderConnectionError, match="AddressRefused"):
        post_form(BANK, "register.do", {"password": "secret"})
    with pytest.raises(AddressRefused):
        connect()
    assert net.called == []


def test_the_judged_address_is_called_and_the_next_one_where_it_is_silent(net: Net) -> None:
    net.addresses = [PUBLIC, OTHER_PUBLIC]
    assert connect() == f"connected to {PUBLIC}"
    net.failures[PUBLIC] = ConnectionRefusedError()
    assert connect() == f"connected to {OTHER_PUBLIC}"
    assert net.called == [(PUBLIC, 8443), (PUBLIC, 8443), (OTHER_PUBLIC, 8443)]


def test_what_keeps_a_connection_from_being_made_is_told_as_before(net: Net) -> None:
    with pytest.raises(ProviderConnectionError, match="NewConnectionError"):
        post_form(BANK, "register.do", {})
    net.addresses = [PUBLIC]
    net.failures[PUBLIC] = TimeoutError()
    with pytest.raises(ConnectTimeoutError):
        connect()
    net.failures[PUBLIC] = ConnectionRefusedError()
    with pytest.raises(NewConnectionError):
        connect()
