"""How a webhook leaves the server: one POST, no redirect, no retry."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

Sender = Callable[[str, bytes, dict[str, str]], int]
TIMEOUT_S = 30


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Sends one webhook and returns the receiver's status. Raises OSError or HTTPException when there is none."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body=body, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
