"""List filters that offer rows of the user's companies only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import ForeignKey, ManyToManyField
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from companies.models import Company
from companies.roles import visible_rows
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.contrib.admin import ModelAdmin
    from django.db import models
    from django.http import HttpRequest


class TenantChoices:
    """Mixin in front of a related-field filter: its choices are what the user may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[Any, str]]:
        """Rows of the user's companies, in the order of their own list."""
        rows = visible_rows(request.user, field.remote_field.model._default_manager.all())
        if rows.model is Company:
            rows = rows.defer(*COMPANY_SECRETS)
        ordering = self.field_admin_ordering(field, request, model_admin)  # type: ignore[attr-defined]  # a mixin
        return [(row.pk, str(row)) for row in (rows.order_by(*ordering) if ordering else rows)]


class TenantRelatedFilter(TenantChoices, RelatedDropdownFilter):
    """A dropdown of related rows: `list_filter = [("branch", TenantRelatedFilter)]`."""


class TenantAutocompleteFilter(AutocompleteSelectFilter):
    """For long lists: asks the related model's autocomplete view, which is limited to the user's companies."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """One form; a row of another company, named in the address, is not shown by its name."""
        for choice in super().choices(changelist):
            field = choice["form"].fields[self.lookup_kwarg]
            field.queryset = visible_rows(self.request.user, field.queryset.all())
            yield choice


def tenant_filters(model: type[models.Model], filters: Sequence[Any]) -> list[Any]:
    """`list_filter` with every filter on a relation made one that respects tenancy."""
    return [_tenant_filter(model, entry) for entry in filters]


def _tenant_filter(model: type[models.Model], entry: Any) -> Any:
    if isinstance(entry, str):
        field = get_fields_from_path(model, entry)[-1]
        return (entry, TenantRelatedFilter) if isinstance(field, ForeignKey | ManyToManyField) else entry
    if not isinstance(entry, tuple | list):
        return entry
    name, kind = entry
    if issubclass(kind, TenantChoices | TenantAutocompleteFilter) or not issubclass(kind, RelatedFieldListFilter):
        return entry
    if issubclass(kind, AutocompleteSelectFilter):
        return name, type(kind.__name__, (TenantAutocompleteFilter, kind), {})
    return name, type(kind.__name__, (TenantChoices, kind), {})
