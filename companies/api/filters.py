"""Filters and orderings of lists. What a list does not know is refused: a mistyped filter must not show everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend

from companies.api.instants import InstantFormField
from companies.api.problems import refuse_field

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

COMMON = frozenset({"company", "cursor", "page_size", "ordering"})


@extend_schema_field(OpenApiTypes.BOOL)
class TrueFalseFilter(django_filters.TypedChoiceFilter):
    """`true` or `false`. Django's own takes whatever else as "any"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=choices, coerce=lambda text: text == "true", empty_value=None, **kwargs)


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantFilter(django_filters.Filter):
    """A time with its zone, as in ISO 8601."""

    field_class = InstantFormField


class TenantFilter(django_filters.ModelChoiceFilter):
    """The id of a row of the caller's company: `branch = TenantFilter(model=Branch)`. Other ids are refused."""

    def __init__(self, *args: Any, model: type[Model], **kwargs: Any) -> None:
        def rows(request: Any) -> QuerySet[Any]:
            manager: Any = model._default_manager
            found: QuerySet[Any] = manager.none() if request is None else manager.for_company(request.caller.company)
            return found

        super().__init__(*args, queryset=rows, **kwargs)
        self.extra["error_messages"] = {"invalid_choice": _("There is no such row in your company.")}


class FilterBackend(DjangoFilterBackend):
    """django-filter, and nothing beside it."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """The rows asked for. Raises ValidationError for parameters the list does not know, or repeated ones."""
        filterset: Any = self.get_filterset(request, queryset, view)
        known = COMMON | (set(filterset.form.fields) if filterset is not None else set())
        check_parameters(request, known)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise ValidationError({name: list(errors) for name, errors in filterset.errors.items()})
        found: QuerySet[Any] = filterset.qs
        return found


class OrderingBackend(BaseFilterBackend):
    """`?ordering=name` or `-name`, as the view's `orderings` allow; the id decides between equal rows."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows in order."""
        wanted = request.query_params.get("ordering") or view.default_ordering
        if wanted not in _offered(view):
            offered = ", ".join(_offered(view))
            raise refuse_field("ordering", _("One of: %(offered)s.") % {"offered": offered})
        last = "-pk" if wanted.startswith("-") else "pk"
        return queryset.order_by(*dict.fromkeys([wanted, last]))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For OpenAPI."""
        schema = {"type": "string", "enum": _offered(view), "default": view.default_ordering}
        return [{"name": "ordering", "in": "query", "required": False, "schema": schema}]


def check_parameters(request: Request, known: set[str] | frozenset[str]) -> None:
    """Refuse parameters of the address that nobody reads. For views without a list as well."""
    for name, values in request.query_params.lists():
        if name not in known:
            raise refuse_field(name[:100], _("There is no such parameter."), "unknown")
        if len(values) > 1:
            raise refuse_field(name, _("Give this parameter once."))
        if not values[0].strip():
            raise refuse_field(name, _("Give this parameter a value, or leave it out."), "blank")


def _offered(view: Any) -> list[str]:
    names = dict.fromkeys([*view.orderings, view.default_ordering.lstrip("-")])
    return [f"{sign}{name}" for name in names for sign in ("", "-")]
