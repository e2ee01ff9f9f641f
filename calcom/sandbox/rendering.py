"""Payload templates of webhooks, as far as Cal.com's Handlebars is used for them: {{path.to.0.value}}.

Values are HTML-escaped and only &quot; is turned back, so a quote in a value breaks a JSON template: such a body is
the bare word false, properly signed.
"""

from __future__ import annotations

import json
import re
from typing import Any

from calcom.sandbox.state import Json

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

_PLACE = re.compile(r"\{\{\{\s*([\w.\[\]@-]+)\s*\}\}\}|\{\{\s*([\w.\[\]@-]+)\s*\}\}")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}


def compact(data: Any) -> str:
    """JSON as JSON.stringify writes it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def content_type(template: str | None) -> str:
    """JSON, or a form when the template itself is no JSON."""
    return JSON_TYPE if not template or _parsed(template) is not _BROKEN else FORM_TYPE


def rendered(template: str, data: Json) -> str:
    """The template filled in from the payload, with triggerEvent and createdAt beside its fields."""
    text = _PLACE.sub(lambda found: _filled(found, data), template).replace("&quot;", '"')
    if content_type(template) == FORM_TYPE:
        return text
    parsed = _parsed(text)
    return "false" if parsed is _BROKEN else compact(parsed)


def _filled(found: re.Match[str], data: Json) -> str:
    if found[1]:
        return _text(_value(found[1], data))
    return "".join(_ESCAPES.get(letter, letter) for letter in _text(_value(found[2], data)))


def _value(path: str, data: Any) -> Any:
    for name in re.sub(r"[\[\]]", "", path).split("."):
        if isinstance(data, list):
            data = data[int(name)] if name.isdigit() and int(name) < len(data) else None
        else:
            data = data.get(name) if isinstance(data, dict) else None
    return data


def _text(value: Any) -> str:
    if value is None or value is False:
        return "" if value is None else "false"
    if value is True:
        return "true"
    if isinstance(value, list):
        return ",".join(_text(each) for each in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


_BROKEN = object()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _BROKEN
