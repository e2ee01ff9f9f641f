"""The list of a portal page: what it reads in one query, and what may be asked of it by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest

    Admin = ModelAdmin[Any]
else:
    Admin = object

_ENDINGS = (
    "",
    "__exact",
    "__isnull",
    "__id__exact",
    "_from",
    "_to",
)  # what Django's and Unfold's filters put in addresses


class PortalChangeList(ChangeList):  # type: ignore[misc]  # django-unfold has no types
    """A list that names what it joins, leaves out and fetches beside."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """`list_select_related` also where the rows were joined before (Django then ignores it)."""
        return self.model_admin.for_list(super().get_queryset(request, *args, **kwargs))  # type: ignore[no-any-return]

    def get_results(self, request: HttpRequest) -> None:
        """ "12 results (show all)" is said only where a search or a filter leaves something out."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class ListAdmin(Admin):
    """The list's part of a portal page."""

    list_select_related: ClassVar[list[str] | tuple[str, ...]] = ()
    list_defer: ClassVar[Sequence[str]] = ()
    list_prefetch: ClassVar[Sequence[str]] = ()
    extra_lookups: ClassVar[frozenset[str]] = frozenset()
    empty_sentence: Any = _("Nothing here yet.")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Our list."""
        return PortalChangeList

    def for_list(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with what a list shows of them joined, fetched beside or left out."""
        if self.list_select_related:
            rows = rows.select_related(*self.list_select_related)
        return rows.defer(*self.list_defer).prefetch_related(*self.list_prefetch)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what a filter of the list offers.

        Django allows every column of the row in the address, and so guessing hidden ones letter by letter
        (?payload__icontains=…).
        """
        offered: set[str] = set()
        for entry in self.get_list_filter(request):
            name: Any = entry[0] if isinstance(entry, tuple | list) else entry
            if isinstance(name, str):
                offered.update(f"{name}{ending}" for ending in _ENDINGS)
            else:
                offered.add(name.parameter_name)
        return lookup in offered | self.extra_lookups
