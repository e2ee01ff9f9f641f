"""Loopback ports."""

import socket


def free_port() -> int:
    """A port of the loopback interface that nobody used a moment ago; be ready to ask again."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def listen_from(first: int, *, tries: int = 50) -> socket.socket:
    """A listening socket on `first`, or on the next port that is free; the caller closes it."""
    for port in range(first, min(first + tries, 65536)):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=128)
        except OSError:
            continue
    raise OSError(f"No free port between {first} and {first + tries - 1}: set PORT to another one.")
