"""A call ends by its deadline, whatever the other end does: real sockets, and a clock that moves by looks."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from cabinet.outbound import bounded_call
from cabinet.outbound.bounded_call import CallFailed, Deadline, post
from tests.support.certificates import certificate
from tests.support.raw_server import Speak, endlessly, saying, speaking

NAME = "hooks.example.net"
HEADERS = {"Host": NAME, "TTL": "60"}
OK = b"HTTP/1.1 200 OK\r\nX-Said: yes\r\n\r\n"


class Clock:
    """Each look takes a second."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> float:
        self.now += 1
        return float(self.now)


def call(speak: Speak, deadline: Deadline, tls_name: str | None = None) -> tuple[int, str | None]:
    with speaking(speak) as address:
        status, headers = post(address, tls_name, "/a", b"{}", HEADERS, deadline)
    return status, headers.get("X-Said")


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"), (b"HTTP/1.1 2", b"0"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["a header", "the status", "interim answers"],
)  # fmt: skip
def test_a_receiver_that_trickles_its_head_is_left_at_the_deadline(first: bytes, piece: bytes) -> None:
    moved = Clock()

    def by_single_bytes(taken: socket.socket) -> None:
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        endlessly(first, piece)(taken)

    with pytest.raises(CallFailed) as failed:
        call(by_single_bytes, Deadline(8, moved))
    assert isinstance(failed.value.__cause__, TimeoutError)
    assert moved.now <= 9, "nothing was asked of a receiver whose time was over"


def test_a_receiver_that_trickles_its_body_is_not_waited_for() -> None:
    moved = Clock()
    head = OK.replace(b"\r\n\r\n", b"\r\nContent-Length: 1000000000\r\n\r\n")
    assert call(endlessly(head, b"a"), Deadline(8, moved)) == (200, "yes")
    assert moved.now < 8


@pytest.mark.parametrize("tls_name", [None, NAME])
def test_a_receiver_that_says_nothing_is_left(tls_name: str | None) -> None:
    def silent(taken: socket.socket) -> None:
        while taken.recv(65536):
            pass

    with pytest.raises(CallFailed) as failed:
        call(silent, Deadline(0.05), tls_name)
    assert isinstance(failed.value.__cause__, TimeoutError)


def test_a_receiver_that_trickles_its_part_of_the_handshake_is_left() -> None:
    def slow(taken: socket.socket) -> None:
        taken.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KB begins
        while not threading.Event().wait(0.005):
            taken.sendall(b"\x02")

    with pytest.raises(CallFailed) as failed:
        call(slow, Deadline(0.1), NAME)
    assert isinstance(failed.value.__cause__, TimeoutError)


def test_a_receiver_that_does_not_read_is_left() -> None:
    is_left = threading.Event()

    def idle(_: socket.socket) -> None:
        is_left.wait()

    with speaking(idle) as address:
        with pytest.raises(CallFailed) as failed:
            post(address, None, "/a", bytes(20_000_000), HEADERS, Deadline(0.1))
        is_left.set()
    assert isinstance(failed.value.__cause__, TimeoutError)


def test_a_call_whose_time_is_over_is_not_begun() -> None:
    deadline = Deadline(1, Clock())
    with pytest.raises(CallFailed):
        post(("127.0.0.1", 1), None, "/a", b"{}", HEADERS, deadline)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200])
def test_what_is_no_answer_is_a_failure(answer: bytes) -> None:
    with pytest.raises(CallFailed):
        call(saying(answer), Deadline(5))


def test_a_redirect_is_an_answer_like_others() -> None:
    assert call(saying(b"HTTP/1.1 307 Go\r\nLocation: /b\r\nX-Said: no\r\n\r\n"), Deadline(5)) == (307, "no")


def test_an_answer_comes_by_tls_under_the_name_of_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, trusted = certificate(tmp_path, NAME)
    monkeypatch.setattr(bounded_call, "tls_context", lambda: trusted)
    heard: list[bytes] = []
    with speaking(saying(OK, heard), served) as address:
        status, _ = post(address, NAME, "/a?b=c", b"{}", HEADERS, Deadline(5))
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert (status, body) == (200, b"{}")
    assert head.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert head.count(b"Host: ") == 1
    with speaking(saying(OK), served) as address, pytest.raises(CallFailed) as failed:
        post(address, "other.example.net", "/a", b"{}", HEADERS, Deadline(5))
    assert isinstance(failed.value.__cause__, ssl.SSLCertVerificationError)


def test_authorities_are_the_systems_and_names_are_verified() -> None:
    context = bounded_call.tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
