"""A message by webhook: JSON, signed, posted once to the one address that was checked.

People enter the address, so the connection goes to what its name means now, and only where that lies outside of our own
network (unless an operator entered it). Redirects are not followed, and of the answer only the status is read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
import time
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from django.utils import timezone, translation

from companies.models import AlertMessage
from companies.validators import hook_address, is_inside
from config.watch import words
from config.watch.receivers import settings_of
from config.watch.sending import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE = "X-Slotkeeper-Signature-256"
WHOLE_S = 10.0
_LONGEST_LINE = 256
_PREFIX = {AlertMessage.Occasion.BEGIN: "", AlertMessage.Occasion.END: "Over: ", AlertMessage.Occasion.TEST: ""}
_PORTS = {"http": 80, "https": 443}


def prepared(message: AlertMessage) -> Callable[[], None]:
    """What posts it. It raises NotSent. Raises EncryptionKeyError where the secret cannot be read."""
    company = message.incident.company
    wanted = settings_of(company) if company else None
    if wanted is None or not wanted.webhook_url:
        raise AssertionError("only a company with an address has messages by webhook")
    with translation.override("en"):
        body = json.dumps(body_of(message), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Slotkeeper",
        "X-Slotkeeper-Delivery": str(message.uuid),
        SIGNATURE: signature(body, wanted.webhook_secret),
    }
    return partial(post, wanted.webhook_url, body, headers, may_reach_inside=wanted.may_reach_inside)


def signature(body: bytes, secret: str) -> str:
    """HMAC-SHA256 of the raw body: "sha256=" and hex digits."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def body_of(message: AlertMessage) -> dict[str, Any]:
    """What is posted. English, whatever the mails speak: programs read it."""
    incident, company = message.incident, message.incident.company
    return {
        "id": str(message.uuid),
        "sent_at": timezone.now().isoformat(),
        "event": f"incident.{message.occasion}",
        "incident": incident.pk,
        "kind": incident.kind,
        "company": {"slug": company.slug, "name": company.name} if company else None,
        "began_at": incident.opened_at.isoformat() if incident.opened_at else None,
        "ended_at": incident.ended_at.isoformat() if incident.ended_at else None,
        "facts": incident.facts,
        "text": f"{_PREFIX[AlertMessage.Occasion(message.occasion)]}{words.name_of(incident)}. {words.what(incident)}",
        "link": words.link(incident),
    }


def post(url: str, body: bytes, headers: dict[str, str], *, may_reach_inside: bool) -> None:
    """Post once, in ten seconds at most; any 2xx will do. Raises NotSent."""
    until = time.monotonic() + WHOLE_S
    parts = urlsplit(hook_address(url))
    try:
        with _connected(parts, until, may_reach_inside=may_reach_inside) as connection:
            status = _posted(connection, parts, body, headers, until)
    except TimeoutError as error:
        raise NotSent(f"no answer within {WHOLE_S:.0f} s") from error
    except ssl.SSLError as error:
        raise NotSent(f"no encrypted connection: {error.reason or 'the certificate does not fit'}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotSent(f"no connection, or it was cut ({type(error).__name__})") from error
    if not 200 <= status < 300:
        raise NotSent(f"the receiver answered {status}")


def _connected(parts: SplitResult, until: float, *, may_reach_inside: bool) -> socket.socket:
    host = (parts.hostname or "").strip("[]")
    port = parts.port or _PORTS[parts.scheme]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[4][0]) for address in found]
    if not may_reach_inside and any(is_inside(address.split("%")[0]) for address in addresses):
        raise NotSent("the address leads into our own network; only an operator may enter such a one")
    connection = socket.create_connection((addresses[0], port), timeout=_left(until))
    if parts.scheme == "http":
        return connection
    connection.settimeout(_left(until))
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def _posted(connection: socket.socket, parts: SplitResult, body: bytes, headers: dict[str, str], until: float) -> int:
    """The status of the answer."""
    connection.settimeout(_left(until))
    request = HTTPConnection(parts.netloc)
    request.sock = connection
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request.request("POST", path, body, {"Host": parts.netloc, "Connection": "close", **headers})
    line = b""
    while b"\n" not in line and len(line) < _LONGEST_LINE:
        connection.settimeout(_left(until))
        if not (part := connection.recv(_LONGEST_LINE - len(line))):
            break
        line += part
    words_of_line = line.split(b"\n", 1)[0].split()
    if len(words_of_line) < 2 or not words_of_line[0].startswith(b"HTTP/1") or not words_of_line[1].isdigit():
        raise ValueError("that was no HTTP")
    return int(words_of_line[1])


def _left(until: float) -> float:
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
