"""Bodies as people may read them: laid out, with passwords and download tokens blacked out."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

BLACK = "•••"
LONGEST_TEXT = 200_000

_SECRETS = frozenset(
    {"onetimepassword", "password", "secret", "clientsecret", "token", "accesstoken", "refreshtoken", "apikey"}
)
_LINKS = frozenset({"downloadlink", "downloadurl", "recordingurl"})
_SECRET_TEXT = re.compile(r"(one_?time_?password|password|secret|token|api_?key)(\W{1,6})[^\s\"',}&]+", re.IGNORECASE)


def pretty(value: Any) -> str:
    """JSON, indented, without its secrets. What is no valid Unicode becomes question marks."""
    text = json.dumps(redacted(value), indent=2, ensure_ascii=False)
    return _cut(text.encode(errors="replace").decode())


def pretty_body(body: bytes) -> str:
    """A delivery's body, indented if it is JSON, else as it came; without its secrets."""
    try:
        value = json.loads(body)
        return pretty(json.loads(value) if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        text = body.decode(errors="replace").replace("\x00", "�")
        return _SECRET_TEXT.sub(rf"\1\2{BLACK}", _cut(text))


def redacted(value: Any) -> Any:
    """The same value with the secrets in it replaced, at any depth."""
    if isinstance(value, dict):
        return {name: _redacted_entry(name, entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [redacted(entry) for entry in value]
    return value


def _redacted_entry(name: str, value: Any) -> Any:
    key = name.lower().replace("_", "").replace("-", "")
    if key in _SECRETS and value not in (None, ""):
        return BLACK
    if key in _LINKS and isinstance(value, str):
        return _without_query(value)
    return redacted(value)


def _without_query(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return BLACK
    return urlunsplit(parts._replace(query=BLACK if parts.query else "", fragment=""))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n…"
