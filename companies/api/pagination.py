"""Pages by position: each begins after the row the last one ended with. No COUNT, no OFFSET.

A cursor is signed and belongs to its query: another filter, ordering or company refuses it. The size of a page may
change on the way.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from companies.api.problems import Problem, field_error, refuse_field

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

PAGE_SIZE = 50
LARGEST_PAGE = 100
_LONGEST_CURSOR = 1000
_SALT = "companies.api.cursor"


@dataclass(frozen=True)
class _Cursor:
    values: list[Any]
    is_backwards: bool


class PositionPagination(BasePagination):
    """`{"next": address or null, "previous": …, "results": […]}`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of the page asked for."""
        size = _page_size(request)
        self._request, self._query = request, _query(request)
        self._order = tuple(str(name) for name in queryset.query.order_by)
        cursor = self._read(request.query_params.get("cursor", ""))
        rows = queryset if cursor is None else self._beyond(queryset, cursor)
        found = list(rows[: size + 1])
        has_more, found = len(found) > size, found[:size]
        is_backwards = cursor is not None and cursor.is_backwards
        if is_backwards:
            found.reverse()
        self._next = found and (is_backwards or has_more) and self._address(found[-1], is_backwards=False)
        self._previous = found and (has_more if is_backwards else cursor) and self._address(found[0], is_backwards=True)
        return found

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its neighbours."""
        return Response({"next": self._next or None, "previous": self._previous or None, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For OpenAPI."""
        address = {"type": "string", "nullable": True, "format": "uri", "example": None}
        properties = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """For OpenAPI."""
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE}
        cursor = {"type": "string", "maxLength": _LONGEST_CURSOR}
        told = "From `next` or `previous` of another page of the same query."
        return [
            {"name": "page_size", "in": "query", "required": False, "schema": size},
            {"name": "cursor", "in": "query", "required": False, "schema": cursor, "description": told},
        ]

    def _beyond(self, rows: QuerySet[Any], cursor: _Cursor) -> QuerySet[Any]:
        order = [_turned(name) for name in self._order] if cursor.is_backwards else self._order
        fields = [(name.lstrip("-"), "lt" if name.startswith("-") else "gt") for name in order]
        values = [_python(rows.model, name, value) for (name, _), value in zip(fields, cursor.values, strict=True)]
        after = Q()
        for (name, beyond), value in reversed(list(zip(fields, values, strict=True))):
            here = Q(**{f"{name}__{beyond}": value})
            after = here | (Q(**{name: value}) & after) if after else here
        # The whole range first, on the leading column alone: with that an index finds where to begin.
        (name, beyond), first = fields[0], values[0]
        return rows.filter(Q(**{f"{name}__{beyond}e": first}) & after).order_by(*order)

    def _address(self, row: Model, *, is_backwards: bool) -> str:
        values = [_plain(getattr(row, name.lstrip("-"))) for name in self._order]
        token = signing.dumps([self._query, int(is_backwards), values], salt=_SALT)
        return replace_query_param(self._request.build_absolute_uri(), "cursor", token)

    def _read(self, token: str) -> _Cursor | None:
        if not token:
            return None
        try:
            query, is_backwards, values = signing.loads(token[: _LONGEST_CURSOR + 1], salt=_SALT)
        except signing.BadSignature as error:
            raise _bad_cursor(_("This is no cursor of ours.")) from error
        if query != self._query:
            raise _bad_cursor(_("This cursor belongs to another query: keep filters and ordering, or begin anew."))
        return _Cursor(values, bool(is_backwards))


def _page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= LARGEST_PAGE):
        raise refuse_field("page_size", _("A number from 1 to %(most)d.") % {"most": LARGEST_PAGE})
    return int(text)


def _query(request: Request) -> str:
    asked = sorted((name, values) for name, values in request.query_params.lists() if name not in _NOT_THE_QUERY)
    caller: Any = request.caller  # type: ignore[attr-defined]  # set by TenantView
    text = json.dumps([request.path, caller.company.pk, asked])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


_NOT_THE_QUERY = {"cursor", "page_size"}


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _python(model: type[Model], name: str, value: Any) -> Any:
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    return field.to_python(value)


def _bad_cursor(sentence: str) -> Problem:
    return Problem(
        sentence, code="cursor", title=_("Cursor of another query"), errors=[field_error("cursor", sentence, "cursor")]
    )
