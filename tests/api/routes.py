"""Every address of the API, as the URL configuration has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from companies.api.base import TenantView
from companies.api.scopes import needed_scope
from companies.models import Company, Scope
from tests.api.rows import ROWS

PREFIX = "api/v1/"
# A predecessor's address, which programs know.
_OTHERS = ("api/calcom/sync-status",)


@dataclass(frozen=True)
class Route:
    """One method of one address. `address` has `{}` where a row is named."""

    method: str
    address: str
    action: str
    scope: Scope
    is_list: bool

    @property
    def names_a_row(self) -> bool:
        return "{}" in self.address

    @property
    def resource(self) -> str:
        return self.address.removeprefix(f"/{PREFIX}").split("/")[0]

    def address_of(self, company: Company) -> str:
        """The address, for a row of this company."""
        if not self.names_a_row:
            return self.address
        assert self.resource in ROWS, f"tests/api/rows.py has no row for “{self.resource}”"
        return self.address.format(ROWS[self.resource](company))

    def __str__(self) -> str:
        return f"{self.method} {self.address}"


def routes() -> list[Route]:
    """All of them."""
    return [
        route for pattern, address in _patterns(get_resolver("config.urls"), "") for route in _routes(pattern, address)
    ]


def _patterns(resolver: URLResolver, before: str) -> Iterator[tuple[URLPattern, str]]:
    for entry in resolver.url_patterns:
        address = before + _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, address)
        elif address.startswith((PREFIX, *_OTHERS)):
            yield entry, address


def _plain(pattern: str) -> str:
    """`^branches/(?P<pk>[^/.]+)/$` and `branches/<int:pk>/` as `branches/{}/`."""
    text = re.sub(r"\(\?P<\w+>[^)]*\)", "{}", pattern)
    text = re.sub(r"<[^>]+>", "{}", text)
    return text.removeprefix("^").removesuffix("$").removesuffix(r"\Z").replace(r"\.", ".")


def _routes(pattern: URLPattern, address: str) -> Iterator[Route]:
    callback: Any = pattern.callback
    kind = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if kind is None or not issubclass(kind, TenantView):
        return
    actions = getattr(callback, "actions", None) or {
        name: name for name in ("get", "post", "put", "patch", "delete") if hasattr(kind, name)
    }
    for method, action in actions.items():
        if method == "head":
            continue
        view = kind()
        view.action = action
        scope = needed_scope(view, method.upper())
        yield Route(method.upper(), f"/{address}", action, scope, is_list=action == "list")
