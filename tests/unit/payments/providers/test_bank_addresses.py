"""A bank's name is resolved once, all its addresses are checked, and only these are called by TLS."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cabinet.payments.providers import bank_addresses
from cabinet.payments.providers.base import NoUsableAnswer, ProviderConnectionError
from cabinet.payments.providers.http_client import circuit_breaker_for, post_form
from tests.support.aws import clear_caches
from tests.support.certificates import FILE, certificate
from tests.support.raw_server import saying, speaking

NAME = "bank.example.ru"
PUBLIC, OTHER_PUBLIC = "8.8.8.8", "77.88.8.8"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the bank's name leads to; nothing: there is no such name."""
    known: list[str] = []
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if host != NAME:
            return resolve(host, port, *more, **named)
        if not known:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in known]

    clear_caches()
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield known
    clear_caches()


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was asked to; nobody takes it."""
    found: list[str] = []

    class Refused(socket.socket):
        def connect(self, address: Any) -> None:
            found.append(address[0])
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Refused)
    return found


@pytest.mark.parametrize(
    "leads_to",
    [["10.0.0.5"], ["169.254.169.254"], ["127.0.0.1"], ["::1"], ["fd00::1"], [PUBLIC, "192.168.1.1"]],
    ids=str,
)
def test_a_name_that_leads_inside_is_not_called(
    addresses: list[str], called: list[str], leads_to: list[str]
) -> None:
    addresses += leads_to
    url = f"https://{NAME}:8443/rest"
    with pytest.raises(ProviderConnectionError, match="not a public address"):
        post_form(url, "register.do", {"password": "secret"})
    assert called == []
    assert circuit_breaker_for(url).failures == 1


def test_the_next_address_is_called_where_the_first_takes_no_call(
    addresses: list[str], called: list[str]
) -> None:
    addresses += [PUBLIC, OTHER_PUBLIC, PUBLIC]
    with pytest.raises(ProviderConnectionError, match="NewConnectionError"):
        post_form(f"https://{NAME}:8443/rest", "register.do", {})
    assert called == [PUBLIC, OTHER_PUBLIC]


def test_a_name_that_does_not_exist_is_told(addresses: list[str]) -> None:
    with pytest.raises(ProviderConnectionError, match="no such name"):
        post_form(f"https://{NAME}/rest", "register.do", {})
    assert addresses == []


def test_the_checked_address_is_called_by_the_banks_name(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served, _ = certificate(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / FILE))
    monkeypatch.setattr(bank_addresses, "is_public", lambda address: address == "127.0.0.1")
    addresses.append("127.0.0.1")
    heard: list[bytes] = []
    with speaking(saying(OK, heard), served) as (_, port):
        assert post_form(f"https://{NAME}:{port}/rest", "a.do?b=c", {"d": "e"}).json() == {}
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /rest/a.do?b=c HTTP/1.1\r\n")
    assert head.count(b"Host: ") == 1
    assert f"Host: {NAME}:{port}".encode() in head.split(b"\r\n")
    assert body == b"d=e"

    other = tmp_path / "other"
    other.mkdir()
    strange, _ = certificate(other, "evil.example.ru")
    monkeypatch.setenv("SSL_CERT_FILE", str(other / FILE))
    clear_caches()
    with speaking(saying(OK), strange) as (_, port), pytest.raises(NoUsableAnswer, match="SSLError"):
        post_form(f"https://{NAME}:{port}/rest", "a.do", {"password": "secret"})
