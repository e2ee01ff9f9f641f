"""What all lists of the portal share: fifty rows, few queries, a count that stays cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import ShowFacets
from django.core.paginator import Page, Paginator
from django.db import connections
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from companies.tenant_admin import TenantAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet

    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

COUNTED_ROWS = 10_000


class EstimatingPaginator(AnyPaginator):
    """Counts at most 10,000 rows; without a condition it takes PostgreSQL's own estimate. Rows of a page by their keys.

    Counting a million rows takes longer than all the rest of a page; nobody leafs through two hundred pages.
    """

    @cached_property
    def count(self) -> int:
        """Number of rows: exact up to 10,000, else about right or "at least"."""
        return self._estimate or self._rows.order_by()[:COUNTED_ROWS].count()

    @property
    def is_estimate(self) -> bool:
        """Whether `count` is a guess that PostgreSQL made."""
        return bool(self._estimate)

    @property
    def is_capped(self) -> bool:
        """Whether there may be more rows than `count`."""
        return not self._estimate and self.count >= COUNTED_ROWS

    def page(self, number: int | str) -> Page[Any]:
        """One page: first its keys, from the index alone, then these rows."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = list(self._rows.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(self._rows.filter(pk__in=keys), number, self)

    @property
    def _rows(self) -> QuerySet[Any]:
        return cast("QuerySet[Any]", self.object_list)

    @cached_property
    def _estimate(self) -> int:
        query = self._rows.query
        if query.where:
            return 0
        table = query.get_meta().db_table
        with connections[self._rows.db].cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
            (rows,) = cursor.fetchone() or (0,)
        return int(rows) if rows > COUNTED_ROWS else 0


class PortalAdmin(TenantAdmin, ModelAdmin):
    """Base of the portal's pages."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    list_fullwidth = True
    paginator = EstimatingPaginator
    empty_value_display = "–"
