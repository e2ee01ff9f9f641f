"""Which handler answers which request: the table that @route fills, and the Call that a handler gets.

A route lives in one or more versions of the API. Two handlers may share a path in different versions: that is how
Cal.com falls back to an older shape without saying so. Handlers take `world.lock` themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from calcom.sandbox.installation import Installation
from calcom.sandbox.state import ApiKey, Json, User, World
from calcom.sandbox.versions import OLD_VERSIONS, VERSIONS
from calcom.sandbox.wire import Answer, Request, invalid


@dataclass(frozen=True)
class Call:
    """One request on its way to its handler: who asks, in which version, with which parameters and body."""

    sandbox: Installation
    request: Request
    world: World
    user: User | None
    api_key: ApiKey | None
    params: dict[str, str]
    query: dict[str, list[str]]
    json: Any
    version: str
    path: str

    @property
    def me(self) -> User:
        """The caller, on routes that require one."""
        if self.user is None:
            raise AssertionError("this route lets strangers in")
        return self.user

    @property
    def body(self) -> Json:
        """The body as an object; anything else is refused as Cal.com's validation does."""
        if not isinstance(self.json, dict):
            raise invalid([{"children": [], "constraints": {"unknownValue": UNKNOWN_VALUE}}])
        return self.json

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]


Handler = Callable[[Call], Answer]
UNKNOWN_VALUE = "an unknown value was passed to the validate function"


@dataclass(frozen=True)
class Route:
    """One entry of the table. Its name is what faults and throttles know it by: "POST /bookings/{uid}/cancel"."""

    method: str
    path: str
    parts: tuple[str, ...]
    versions: frozenset[str] | None
    auth: str
    handler: Handler

    @property
    def name(self) -> str:
        """Method and path template."""
        return f"{self.method} {self.path}"

    def params(self, parts: tuple[str, ...]) -> dict[str, str]:
        """The path's parameters of a request that this route answers."""
        return {mine[1:-1]: theirs for mine, theirs in zip(self.parts, parts, strict=True) if mine[:1] == "{"}

    def fits(self, parts: tuple[str, ...], version: str) -> bool:
        """Whether path and version are this route's."""
        return (self.versions is None or version in self.versions) and all(
            mine[:1] == "{" or mine == theirs for mine, theirs in zip(self.parts, parts, strict=True)
        )


def route(
    method: str, path: str, *, group: str = "any", auth: str = "required", old: bool = False
) -> Callable[[Handler], Handler]:
    """Registers a handler for a path below /v2.

    group: bookings, event_types, slots, schedules, or any (all versions). `old` registers the shape that the group's
    missing or unknown versions fall back to. auth: required (401), optional, or permission (403 without a key).
    """
    versions = None if group == "any" else (OLD_VERSIONS if old else VERSIONS)[group]

    def register(handler: Handler) -> Handler:
        parts = tuple(path.strip("/").split("/"))
        _add(_table, Route(method, path, parts, versions, auth, handler))
        return handler

    return register


def local(method: str, path: str) -> Callable[[Handler], Handler]:
    """Registers a handler beside the API: the page and the switchboard. No key, no version, no limit, no faults."""

    def register(handler: Handler) -> Handler:
        _add(_beside, Route(method, path, tuple(path.strip("/").split("/")), None, "none", handler))
        return handler

    return register


def find(method: str, parts: tuple[str, ...], version: str) -> Route | None:
    """The route below /v2, or None: 404 "Cannot GET …"."""
    return next((r for r in _table.get((method, len(parts)), ()) if r.fits(parts, version)), None)


def find_local(method: str, parts: tuple[str, ...]) -> Route | None:
    """The route beside the API, or None."""
    return next((r for r in _beside.get((method, len(parts)), ()) if r.fits(parts, "")), None)


_Table = dict[tuple[str, int], list[Route]]
_table: _Table = {}
_beside: _Table = {}


def _add(table: _Table, new: Route) -> None:
    routes = table.setdefault((new.method, len(new.parts)), [])
    routes.append(new)
    routes.sort(key=lambda r: [part[:1] == "{" for part in r.parts])  # fixed words before parameters
