"""One HTTP call that ends by one deadline, however slowly the other end speaks.

A socket's own timeout begins anew with each byte that comes, so a receiver that trickles its answer holds
its caller for as long as it likes. Here each wait is given what is left of the whole call.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class CallFailed(Exception):
    """Nobody answered by the deadline, or the answer is not HTTP."""


class Deadline:
    """The end of one call by a clock that never goes back (`monotonic`, seconds)."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ends_at = monotonic() + seconds

    def seconds_left(self) -> float:
        """Return how long the call may still take; raises TimeoutError when that is over."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class BoundedSocket:
    """A connected socket as `http.client` uses one; no wait goes beyond the deadline."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def sendall(self, content: "ReadableBuffer") -> None:
        """Send everything; raises OSError, TimeoutError among them."""
        rest = memoryview(content)
        while rest:
            self._socket.settimeout(self._deadline.seconds_left())
            rest = rest[self._socket.send(rest) :]

    def receive_into(self, buffer: "WriteableBuffer") -> int:
        """Take what has come, 0 at the end; raises OSError, TimeoutError among them."""
        self._socket.settimeout(self._deadline.seconds_left())
        return self._socket.recv_into(buffer)

    def makefile(self, _mode: str) -> BufferedReader:
        """Return what comes as a file."""
        return BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class _Incoming(RawIOBase):
    def __init__(self, source: BoundedSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._source.receive_into(buffer)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the system's authorities and Python's own choice of protocols."""
    return ssl.create_default_context()


def connect(address: tuple[str, int], tls_name: str | None, deadline: Deadline) -> BoundedSocket:
    """Connect to an IP address and port, by TLS where the certificate's name is given; raises OSError."""
    connected = socket.create_connection(address, deadline.seconds_left())
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls_name is not None:
            connected.settimeout(deadline.seconds_left())
            connected = tls_context().wrap_socket(connected, server_hostname=tls_name)
    except BaseException:
        connected.close()
        raise
    return BoundedSocket(connected, deadline)


def post(
    address: tuple[str, int], tls_name: str | None, path: str, body: bytes, headers: Mapping[str, str],
    deadline: Deadline,
) -> tuple[int, HTTPMessage]:  # fmt: skip
    """Send one POST and return the status and the headers; raises CallFailed. `headers` has the Host.

    The body of the answer is not read: nothing in it changes what is done, and what is not read
    can neither be too long nor too slow. No redirect is followed, no proxy asked.
    """
    caller = HTTPConnection(tls_name or address[0])
    try:
        # What has a socket does not connect by itself.
        caller.sock = cast("socket.socket", connect(address, tls_name, deadline))
        caller.request("POST", path, body=body, headers=dict(headers))
        answer = caller.getresponse()
    except (OSError, HTTPException) as error:
        raise CallFailed from error
    finally:
        caller.close()
    return answer.status, answer.headers
