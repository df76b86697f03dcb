"""A server on loopback that speaks bytes, not HTTP: for what no well-behaved server would send."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

type Speak = Callable[[socket.socket], None]
"""What is done with the one connection; it ends by OSError once the caller has gone."""


@contextlib.contextmanager
def speaking(speak: Speak, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, int]]:
    """Serve one connection and return where; the block's end waits until it is over."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, speak, tls), daemon=True)
        thread.start()
        yield ("127.0.0.1", listening.getsockname()[1])
        thread.join(10)
        assert not thread.is_alive(), "the caller still holds the connection"


def _serve(listening: socket.socket, speak: Speak, tls: ssl.SSLContext | None) -> None:
    taken, _ = listening.accept()
    with contextlib.suppress(OSError), taken:
        speak(tls.wrap_socket(taken, server_side=True) if tls else taken)


def endlessly(first: bytes, piece: bytes) -> Speak:
    """Send `first`, then `piece` again and again for as long as somebody listens."""

    def speak(taken: socket.socket) -> None:
        taken.sendall(first)
        while True:
            taken.sendall(piece)

    return speak


def saying(answer: bytes, heard: list[bytes] | None = None) -> Speak:
    """Take a request with a one-piece body, keep it in `heard`, and answer."""

    def speak(taken: socket.socket) -> None:
        said = b""
        while b"\r\n\r\n" not in said or not said.partition(b"\r\n\r\n")[2]:
            piece = taken.recv(65536)
            if not piece:  # the caller has gone, perhaps without a word
                raise ConnectionResetError
            said += piece
        if heard is not None:
            heard.append(said)
        taken.sendall(answer)

    return speak
