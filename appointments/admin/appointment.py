"""Appointments in the portal: the list and the page. Both are for reading; changes come with the two-way sync."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter

from appointments.admin import columns
from appointments.admin.badges import noted
from appointments.admin.filters import (
    AttentionFilter,
    CancelledFilter,
    DayRangeFilter,
    HasAttendeesFilter,
    LocationFilter,
    PeriodFilter,
    RecurringFilter,
)
from appointments.admin.lists import PortalAdmin
from appointments.admin.page import tabs_of
from appointments.admin.record import RecordPage, Tab
from appointments.admin.search import appointments_matching
from appointments.models import Appointment, Customer
from companies.roles import visible_rows
from companies.tenant_admin import TenantRelatedFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

LARGE_COLUMNS = ("responses", "booking_metadata", "hosts", "payload", "news")


@admin.register(Appointment)
class AppointmentAdmin(RecordPage, PortalAdmin):
    """Who comes when, to whom, for what, and how that stands with Cal.com."""

    list_display = (
        "customer_column",
        "staff",
        "branch",
        "service_column",
        "start_column",
        "status_column",
        "attendees_column",
        "location_column",
        "sync_column",
        "company",
    )
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        PeriodFilter,
        ("starts_at", DayRangeFilter),
        ("branch", TenantRelatedFilter),
        ("staff", TenantRelatedFilter),
        ("service", TenantRelatedFilter),
        LocationFilter,
        HasAttendeesFilter,
        RecurringFilter,
        AttentionFilter,
        CancelledFilter,
    )
    list_select_related = ("branch", "staff", "service", "customer")
    list_defer = LARGE_COLUMNS
    list_prefetch = ("attendees",)
    ordering = ("-starts_at", "-pk")
    sortable_by = ("start_column",)
    search_fields = ("customer__name",)  # makes the search field appear; get_search_results does the work
    search_help_text = _("Name, e-mail, phone or booking uid")
    extra_lookups = frozenset({"customer__id__exact"})
    actions = None
    empty_sentence = _("No appointments yet. They appear here as soon as Cal.com sends one.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By customer or booking uid."""
        if not search_term.strip():
            return queryset, False
        customers = visible_rows(request.user, Customer.objects.all())
        return appointments_matching(queryset, search_term, customers=customers), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Who sees several companies reads the company below the branch: another column would not fit."""
        shown = super().get_list_display(request)
        if "company" not in shown:
            return shown
        return ["place_column" if name == "branch" else name for name in shown if name != "company"]

    def tabs(self, request: HttpRequest, obj: Appointment) -> list[Tab]:
        """What the page shows to this reader."""
        return tabs_of(obj, request.user)

    @admin.display(description=_("customer"))
    def customer_column(self, obj: Appointment) -> SafeString:
        """Who booked."""
        return columns.customer_cell(obj)

    @admin.display(description=_("service"))
    def service_column(self, obj: Appointment) -> str:
        """What was booked."""
        return columns.service_name(obj) or self.get_empty_value_display()

    @admin.display(description=_("start"), ordering="starts_at")
    def start_column(self, obj: Appointment) -> SafeString:
        """When."""
        return columns.start_cell(obj)

    @admin.display(description=_("branch"))
    def place_column(self, obj: Appointment) -> SafeString:
        """Branch and company."""
        return noted(obj.branch or self.get_empty_value_display(), "", obj.company)

    @admin.display(description=_("status"))
    def status_column(self, obj: Appointment) -> SafeString:
        """The status."""
        return columns.status_badge(obj)

    @admin.display(description=_("attendees"))
    def attendees_column(self, obj: Appointment) -> SafeString:
        """How many attend."""
        return columns.attendee_badge(obj)

    @admin.display(description=_("location"))
    def location_column(self, obj: Appointment) -> SafeString:
        """Where."""
        return columns.location_badge(obj)

    @admin.display(description=_("sync"))
    def sync_column(self, obj: Appointment) -> SafeString:
        """How it stands with Cal.com."""
        return columns.sync_badge(obj)
