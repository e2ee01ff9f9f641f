"""What OpenAPI is told of all views at once: keys, problems, idempotency, the company, strict bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema

from companies.api import examples
from companies.api.idempotency import HEADER, LONGEST_KEY
from companies.api.problems import MEDIA_TYPE
from companies.api.scopes import needed_scope

if TYPE_CHECKING:
    from drf_spectacular.utils import Direction

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_ALWAYS = {
    "400": "Something in the request is wrong; `errors` names the fields.",
    "401": "No API key, or none that is valid.",
    "403": "The key's scope, or the role, is too small.",
    "404": "Not there, or not this company's.",
    "405": "The address does not know this method.",
    "406": "Only JSON is answered.",
    "429": "Too many requests; `Retry-After` says when to ask again.",
}
_FOR_CHANGES = {
    "409": "Not possible in the present state, or the same Idempotency-Key is being handled.",
    "413": "The body is too large.",
    "415": "Only JSON is read.",
    "422": "Not possible as asked for, or the Idempotency-Key was used for another request.",
}
_PREFIX = "/api/v1/"
_CHANGES = ("post", "put", "patch", "delete")
_METHODS = ("get", *_CHANGES)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """API keys."""

    target_class = "companies.api.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "An API key, made in the portal."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """The portal's session."""

    target_class = "companies.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A cookie."""
        told = "Logged in at the portal. Changes need the CSRF token in X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": told}


class StrictBodies(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """Bodies take no unknown fields."""

    target_class = "companies.api.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """As ever, but closed where it is a request."""
        told: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # type: ignore[no-untyped-call]  # no types
        return {**told, "additionalProperties": False} if direction == "request" else told


class Schema(AutoSchema):
    """Says below each operation which scope it needs."""

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's own signature
        """The view's words, and the scope."""
        words = super().get_description() or ""
        view: Any = self.view
        if not hasattr(view, "scopes"):
            return words
        return f"{words}\n\nScope: `{needed_scope(view, self.method)}`.".strip()


def complete(result: dict[str, Any], request: Any = None, **_kwargs: Any) -> dict[str, Any]:
    """Add what every operation has, and examples that work for the reader. Named in SPECTACULAR_SETTINGS."""
    result["components"]["schemas"]["Problem"] = _problem()
    for address, method, operation in _operations(result):
        changes = method in _CHANGES
        for status, told in (_ALWAYS | _FOR_CHANGES if changes else _ALWAYS).items():
            operation["responses"].setdefault(status, _response(status, told))
        operation.setdefault("parameters", [])
        _exemplify(address, operation["parameters"])
        operation["parameters"].append(_COMPANY)
        if changes:
            operation["parameters"].append(_IDEMPOTENCY_KEY)
    completed: dict[str, Any] = examples.filled_in(result, examples.company_of(request))
    return completed


def _operations(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address (below the prefix, where it is there), method and operation."""
    for address, methods in result["paths"].items():
        yield from ((address.removeprefix(_PREFIX), name, methods[name]) for name in _METHODS if name in methods)


def _exemplify(address: str, parameters: list[dict[str, Any]]) -> None:
    """The row that an address names: one that suits the action, where somebody has said which."""
    parts = address.strip("/").split("/")
    names = [name for name in (f"{parts[0]}/{parts[-1]}", parts[0]) if examples.is_provided(name)]
    for parameter in parameters:
        if parameter["in"] == "path" and "example" not in parameter and names:
            parameter["example"] = f"{{{{{names[0]}}}}}"


def _response(status: str, told: str) -> dict[str, Any]:
    after = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    headers = {"headers": after} if status == "429" else {}
    return {"description": told, "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}, **headers}


_COMPANY = {
    "name": "company",
    "in": "query",
    "schema": {"type": "string"},
    "description": "Short name of the company, for people who belong to several. A key knows its own.",
}
_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
    "description": "The same key and body give the same answer for 24 hours, and one change.",
}


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    error = {
        "type": "object",
        "required": ["field", "message", "code"],
        "properties": {"field": text, "message": text, "code": text},
    }
    return {
        "type": "object",
        "description": "An error as in RFC 9457. Some kinds have further members.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Stable; for programs."},
            "title": text,
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "A sentence for people."},
            "errors": {"type": "array", "items": error},
        },
    }
