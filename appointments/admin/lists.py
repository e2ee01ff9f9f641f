"""What all lists of the portal share: fifty rows, few queries, a count that stays cheap, a sentence when empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib.admin import ShowFacets
from django.core.paginator import Page, Paginator
from django.db import connections
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from companies.tenant_admin import TenantAdmin, without_secrets

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

COUNTED_ROWS = 10_000
_ENDINGS = (
    "",
    "__exact",
    "__isnull",
    "__id__exact",
    "_from",
    "_to",
)  # what Django's and Unfold's filters put in addresses


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


class PortalChangeList(ChangeList):
    """A list that names what it joins, leaves out and fetches beside, for operators too."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """`list_select_related` also where the rows were joined before (Django then ignores it)."""
        return self.model_admin.for_list(super().get_queryset(request, *args, **kwargs))  # type: ignore[no-any-return]

    def get_results(self, request: HttpRequest) -> None:
        """ "12 results (show all)" is said only where a search or a filter leaves something out."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class PortalAdmin(TenantAdmin, ModelAdmin):
    """Base of the portal's pages."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    list_fullwidth = True
    list_select_related: ClassVar[tuple[str, ...]] = ()
    list_defer: ClassVar[tuple[str, ...]] = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ()
    paginator = EstimatingPaginator
    empty_sentence: Any = _("Nothing here yet.")
    empty_value_display = "–"
    extra_lookups: frozenset[str] = frozenset()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Our list."""
        return PortalChangeList

    def for_list(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with what a list shows of them joined, fetched beside or left out."""
        joined = self.list_select_related
        if joined:
            rows = rows.select_related(None).select_related(*joined)
        if "company" in joined:
            rows = without_secrets(rows)
        return rows.defer(*self.list_defer).prefetch_related(*self.list_prefetch)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what a filter of the list offers.

        Django allows every column of the row in the address, and so guessing hidden ones letter by letter
        (?payload__icontains=…).
        """
        offered: set[str] = set()
        for entry in self.get_list_filter(request):
            if isinstance(entry, tuple | list):
                offered.update(f"{entry[0]}{ending}" for ending in _ENDINGS)
            else:
                offered.add(getattr(entry, "parameter_name", entry))
        return lookup in offered | self.extra_lookups
