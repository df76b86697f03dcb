"""An ASGI application on real loopback HTTP, in this process."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn


@contextlib.contextmanager
def serving(application: Any) -> Iterator[str]:
    """Serve on a free port until the block ends; return the origin.

    The socket listens before the server runs: an early request waits, and no rival gets the port.
    """
    # With its protocol named: only then asyncio turns Nagle's algorithm off, which costs 40 ms an answer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    # A connection stays however busy the machine is: one closed while it is used is a fault of its own.
    config = uvicorn.Config(
        application, log_level="error", lifespan="off", timeout_graceful_shutdown=1, timeout_keep_alive=600
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(5)
        listening.close()
