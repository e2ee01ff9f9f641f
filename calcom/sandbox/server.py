"""The sandbox on a socket: HTTP/1.1 with keep-alive, a thread per connection, loopback only.

Reads requests itself: the standard library's handler parses headers as e-mail, which costs more than the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedIOBase
from typing import Any

from calcom.sandbox.app import Sandbox
from calcom.sandbox.bodies import MAX_BYTES
from calcom.sandbox.deliver import send_due_meetings
from calcom.sandbox.faults import Rule
from calcom.sandbox.wire import Answer, Request

_CHUNK = 65536
_TICK_S = 2
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class _Connection(socketserver.StreamRequestHandler):
    """One client: its requests one after the other until it or a fault ends the connection."""

    disable_nagle_algorithm = True
    timeout = 120
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (request := _read(self.rfile, self.wfile, self.client_address[0])) is not None:
                answer = self.server.sandbox.handle(request)
                if not self._write(answer, is_last=request.headers.get("connection", "").lower() == "close"):
                    return

    def _write(self, answer: Answer, *, is_last: bool) -> bool:
        """Sends the answer in one piece. Returns whether the connection goes on."""
        if answer.cut == "before":
            return False
        message = _encoded(answer, is_last=is_last)
        if answer.cut:
            message = message[: len(message) - (len(answer.encoded()) + 1) // 2]
        self.connection.sendall(message)
        return not (is_last or answer.cut)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox, *, listener: socket.socket | None = None) -> None:
        self.sandbox = sandbox
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket = listener
            self.server_address = listener.getsockname()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        """Ends every connection at once, as a killed server does."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@dataclass
class RunningSandbox:
    """A sandbox that answers on a port of this machine."""

    sandbox: Sandbox
    server: _Server

    @property
    def port(self) -> int:
        """The port, chosen by the system where 0 was asked for."""
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL for clients, with /v2."""
        return f"http://127.0.0.1:{self.port}/v2"

    def close(self) -> None:
        """Stops listening, wakes what sleeps in a fault and cuts every connection."""
        self.sandbox.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.server.cut_all()


@contextlib.contextmanager
def running_sandbox(sandbox: Sandbox | None = None, *, port: int = 0) -> Iterator[RunningSandbox]:
    """A sandbox on a free port for as long as the block lasts."""
    sandbox = sandbox or Sandbox()
    running = RunningSandbox(sandbox, _Server(("127.0.0.1", port), sandbox))
    thread = threading.Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.close()
        thread.join()


def serve(sandbox: Sandbox, *, listener: socket.socket) -> None:
    """Serves until the process is ended, on a socket that listens already.

    Faults of CALCOM_SANDBOX_FAULTS (a JSON list of rules) are in force.
    """
    sandbox.faults.replace(faults_of_environment())
    threading.Thread(target=_tick, args=(sandbox,), name="sandbox-meetings", daemon=True).start()
    with _Server(("127.0.0.1", 0), sandbox, listener=listener) as server:
        server.serve_forever()


def faults_of_environment() -> list[Rule]:
    """The rules of CALCOM_SANDBOX_FAULTS. Raises ValueError that says what is wrong."""
    return [Rule.from_json(one) for one in json.loads(os.environ.get("CALCOM_SANDBOX_FAULTS") or "[]")]


def _tick(sandbox: Sandbox) -> None:
    """Tells of meetings that start and end, for as long as the server runs."""
    while not sandbox.closing.wait(_TICK_S):
        send_due_meetings(sandbox)


def _read(rfile: BufferedIOBase, wfile: BufferedIOBase, peer: str) -> Request | None:
    """The next request of a connection; None when the client is gone. A body beyond the limit is passed over."""
    words = rfile.readline(_CHUNK).decode("latin-1").split()
    if len(words) != 3:
        return None
    headers: dict[str, str] = {}
    while line := rfile.readline(_CHUNK).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "transfer-encoding" in headers:
        raise ValueError("chunked bodies are not read here")
    length = int(headers.get("content-length") or 0)
    if length <= MAX_BYTES:
        return Request(words[0], words[1], headers, rfile.read(length), peer)
    while length > 0 and (passed := len(rfile.read(min(length, _CHUNK)))):
        length -= passed
    return Request(words[0], words[1], headers, b"", peer)


def _encoded(answer: Answer, *, is_last: bool) -> bytes:
    body = answer.encoded()
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    headers = {"Content-Type": "application/json; charset=utf-8"} if body else {}
    headers |= answer.headers
    if answer.status != 204:
        headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close" if is_last else "keep-alive"
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
