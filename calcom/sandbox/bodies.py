"""Reading a request's body as Cal.com's body parser does: JSON only, at most 100 kB."""

from __future__ import annotations

import json
from typing import Any

from calcom.sandbox.wire import Refusal, Request, malformed

MAX_BYTES = 100 * 1024


def is_too_large(request: Request) -> bool:
    """Whether the body is beyond the limit, also when it was not read because its length said so."""
    declared = request.headers.get("content-length", "")
    return len(request.body) > MAX_BYTES or (declared.isdigit() and int(declared) > MAX_BYTES)


def parsed(request: Request) -> Any:
    """The JSON of the body. Nothing, forms and texts are read as an empty object."""
    if is_too_large(request):
        raise Refusal(413, "request entity too large", bare=True)
    if not request.body or "json" not in request.headers.get("content-type", ""):
        return {}
    try:
        text = request.body.decode()
        found = json.loads(text)
    except UnicodeDecodeError:
        raise malformed("Unexpected token in JSON") from None
    except json.JSONDecodeError as error:
        raise malformed(_like_javascript(text, error)) from None
    if not isinstance(found, dict | list):
        raise malformed(f"Unexpected token '{text.strip()[:1]}', {json.dumps(text.strip())} is not valid JSON")
    return found


def _like_javascript(text: str, error: json.JSONDecodeError) -> str:
    """The words that V8 has for it; a cut body is the one that matters."""
    position = len(text[: error.pos]) if error.pos < len(text.rstrip()) else len(text)
    if position >= len(text) or error.msg.startswith("Unterminated string"):
        return "Unexpected end of JSON input"
    return f"Unexpected token '{text[position]}', {json.dumps(text[:40])} is not valid JSON"
