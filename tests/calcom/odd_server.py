"""A loopback server that answers anything: cut bodies, pages, redirects, silence. For what no sandbox would say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


def raw(*pieces: bytes, then: Behaviour | None = None) -> Behaviour:
    """Send these bytes as they are, then close the connection."""

    def answer(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
        if then:
            then(connection)

    return answer


def http(status: str, body: bytes, *headers: str) -> Behaviour:
    """A well-formed HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return raw("\r\n".join(lines).encode(), body)


@dataclass
class OddServer:
    """Gives its answers one after another, the last one again and again; keeps what it was asked."""

    port: int
    answers: list[Behaviour] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base URL for a company."""
        return f"http://127.0.0.1:{self.port}/v2"

    def answers_with(self, *behaviours: Behaviour) -> None:
        """What to do with the next requests."""
        self.answers = list(behaviours)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self.asked.append(_request(connection))
            behaviour = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            behaviour(connection)


@contextmanager
def odd_server() -> Iterator[OddServer]:
    """A server on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = OddServer(listener.getsockname()[1])
        threading.Thread(target=server._serve, args=(listener,), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def _request(connection: socket.socket) -> bytes:
    """The head and, as far as Content-Length says, the body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
