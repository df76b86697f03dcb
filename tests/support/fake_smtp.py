"""A mail server on loopback that answers as a test says, and keeps what it was given."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    """What it answers by verb, and what came."""

    answers: dict[str, str] = field(default_factory=dict)
    """`RCPT` → `550 5.1.1 no such user`; a verb that is not there is done. `drop`: the connection breaks."""
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    port: int = 0


@contextlib.contextmanager
def serving(answers: Mapping[str, str] | None = None) -> Iterator[SmtpServer]:
    """Serve until the block ends."""
    kept = SmtpServer(dict(answers or {}))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(kept.answers.get("greeting", "220 test"))
            while line := self.rfile.readline():
                text = line.decode().rstrip("\r\n")
                kept.commands.append(text)
                verb = text.split(" ")[0].upper()
                answer = kept.answers.get(verb, _USUAL.get(verb, "250 2.0.0 done"))
                if answer == "drop":
                    return
                self._say(answer)
                if verb == "DATA" and answer.startswith("354") and not self._take():
                    return
                if verb == "QUIT":
                    return

        def _take(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            answer = kept.answers.get("end", "250 2.0.0 queued as 4F2")
            if not answer.startswith("5"):
                kept.messages.append(b"".join(lines))
            if answer == "drop":
                return False
            self._say(answer)
            return True

        def _say(self, answer: str) -> None:
            self.wfile.write(f"{answer}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


_USUAL = {"EHLO": "250-test\r\n250 AUTH PLAIN", "DATA": "354 go on", "AUTH": "235 2.7.0 welcome"}
