"""Does a request that we send fit Cal.com's published OpenAPI document?

The document is stricter nowhere and wrong in places: `oneOf` means `anyOf` there (every booking fits several of its
schemas), and some numbers are said to be text. Addresses of teams and organizations are not in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[3] / "shared" / "reference" / "calcom-openapi.json"
_NOT_DESCRIBED = ("/v2/teams", "/v2/organizations")
# Recorded requests with numbers here were accepted.
_NUMBERS_CALLED_TEXT = {"lengthInMinutesOptions"}
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
}


def problems(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any) -> list[str]:
    """What the document has against a request; an empty list where nothing. `path` begins with /v2."""
    return _document().problems(method, path, query, headers, body)


@cache
def _document() -> Document:
    return Document(json.loads(DOCUMENT.read_text()))


@dataclass(frozen=True)
class Document:
    """An OpenAPI document as it was published."""

    raw: dict[str, Any]

    def problems(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> list[str]:
        """See the function of the same name."""
        if path.startswith(_NOT_DESCRIBED):
            return []
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the document"]
        return [*self._parameters(operation, query, headers), *self._body(operation, body)]

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The one whose path fits; words go before placeholders."""
        for template in sorted(self.raw["paths"], key=lambda one: one.count("{")):
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in self.raw["paths"][template]:
                operation: dict[str, Any] = self.raw["paths"][template][method.lower()]
                return operation
        return None

    def _parameters(
        self, operation: dict[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Iterator[str]:
        sent = {name.lower(): value for name, value in headers.items()}
        described = operation.get("parameters", [])
        for one in described:
            given = {"query": query.get(one["name"]), "header": sent.get(one["name"].lower())}.get(one["in"])
            if given is not None:
                yield from self._checked(_read(given, one["schema"]), one["schema"], f"?{one['name']}")
            elif one.get("required") and one["in"] in {"query", "header"}:
                yield f"{one['in']} {one['name']} is missing"
            version = one["schema"].get("default") if one["name"] == "cal-api-version" else None
            if version and given and given != version:
                yield f"cal-api-version is {given}, the document says {version}"
        names = {one["name"] for one in described if one["in"] == "query"}
        yield from (f"?{name} is not in the document" for name in query.keys() - names)

    def _body(self, operation: dict[str, Any], body: Any) -> Iterator[str]:
        described = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if described is None:
            yield from ["a body was sent where the document has none"] if body else []
        else:
            yield from self._checked(body if body is not None else {}, described, "body")

    def _checked(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        schema = self._resolved(schema)
        if value is None:
            yield from [] if schema.get("nullable") else [f"{where} is null"]
            return
        for part in schema.get("allOf", []):
            yield from self._checked(value, part, where)
        choices = schema.get("oneOf", []) + schema.get("anyOf", [])
        if choices:
            refused = [list(self._checked(value, one, where)) for one in choices]
            yield from [] if not all(refused) else min(refused, key=len)
        yield from self._plain(value, schema, where)

    def _plain(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        wanted = schema.get("type")
        if wanted and not _is(value, wanted):
            yield f"{where} is {value!r}, not {wanted}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}, not one of {schema['enum']}"
        if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{where} is {value}, out of range"
        if isinstance(value, list) and not where.endswith(tuple(_NUMBERS_CALLED_TEXT)):
            for index, one in enumerate(value):
                yield from self._checked(one, schema.get("items", {}), f"{where}[{index}]")
        if isinstance(value, dict) and "properties" in schema:
            yield from self._object(value, schema, where)

    def _object(self, value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
        properties = schema["properties"]
        yield from (f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value)
        for name, one in value.items():
            if name in properties:
                yield from self._checked(one, properties[name], f"{where}.{name}")
            else:  # Cal.com refuses what it does not know
                yield f"{where}.{name} is not in the document"

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        found: dict[str, Any] = self.raw["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found


def _is(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, _TYPES[wanted])


def _read(text: str, schema: dict[str, Any]) -> Any:
    """A parameter's text as the type that the document wants."""
    if schema.get("type") == "array":
        return text.split(",")
    if schema.get("type") in {"number", "integer"} and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if schema.get("type") == "boolean" else text
