"""Appointments in the portal: the list and the page. What they offer to do goes through appointments.booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter

from appointments.admin import columns
from appointments.admin.badges import noted, page_link
from appointments.admin.conflict import ConflictPage
from appointments.admin.desk import DeskActions
from appointments.admin.filters import (
    TO_DECIDE,
    AttentionFilter,
    CancelledFilter,
    DayRangeFilter,
    GapsFilter,
    HasAttendeesFilter,
    LocationFilter,
    PeriodFilter,
    RecurringFilter,
)
from appointments.admin.lists import PortalAdmin
from appointments.admin.new_page import NewAppointmentPage
from appointments.admin.page import tabs_of
from appointments.admin.record import RecordPage, Tab
from appointments.admin.selected import SelectedActions
from appointments.admin.trouble import trouble_of
from appointments.models import Appointment, Customer, Push
from appointments.models.appointment import SyncStatus
from appointments.search import appointments_matching
from companies.roles import visible_rows
from companies.tenant_admin import TenantRelatedFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

LARGE_COLUMNS = ("responses", "booking_metadata", "hosts", "payload", "news")


@admin.register(Appointment)
class AppointmentAdmin(DeskActions, ConflictPage, SelectedActions, NewAppointmentPage, RecordPage, PortalAdmin):
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
        ("sync_status", MultipleChoicesDropdownFilter),
        CancelledFilter,
        GapsFilter,
    )
    list_select_related = ("branch", "staff", "service", "customer")
    list_defer = LARGE_COLUMNS
    list_prefetch = ("attendees",)
    ordering = ("-starts_at", "-pk")
    sortable_by = ("start_column",)
    search_fields = ("customer__name",)  # makes the search field appear; get_search_results does the work
    search_help_text = _("Name, e-mail, phone or booking uid")
    extra_lookups = frozenset({"customer__id__exact"})
    empty_sentence = _("No appointments yet. They appear here as soon as Cal.com sends one.")
    to_decide_display = (
        "customer_column",
        "service_column",
        "start_column",
        "sync_column",
        "trouble_column",
        "way_out_column",
        "company",
    )

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
        if _is_to_decide(request):
            return [name for name in self.to_decide_display if name != "company" or name in shown]
        if "company" not in shown:
            return shown
        return ["place_column" if name == "branch" else name for name in shown if name != "company"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With what is open of each, where the list says what is the matter."""
        changelist = super().get_changelist_instance(request)
        if _is_to_decide(request):
            pushes = Push.objects.filter(finished_at__isnull=True).order_by("version")
            changelist.result_list = changelist.result_list.prefetch_related(Prefetch("pushes", pushes))
        return changelist

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

    @admin.display(description=capfirst(_("what is the matter")), empty_value="–")
    def trouble_column(self, obj: Appointment) -> SafeString | None:
        """In words, and in those of Cal.com."""
        trouble = trouble_of(obj, list(obj.pushes.all()))
        return noted(trouble.what, "", trouble.told) if trouble else None

    @admin.display(description=capfirst(_("way out")), empty_value="–")
    def way_out_column(self, obj: Appointment) -> SafeString | None:
        """What to do, on the page where it can be done."""
        trouble = trouble_of(obj, list(obj.pushes.all()))
        page = "decide" if obj.sync_status == SyncStatus.CONFLICT else "change"
        address = reverse(f"admin:appointments_appointment_{page}", args=[obj.pk])
        return page_link(address, trouble.way_out) if trouble else None


def _is_to_decide(request: HttpRequest) -> bool:
    """Whether the list is narrowed to what waits for a person: then it says why, and what to do."""
    return request.GET.get(AttentionFilter.parameter_name) in TO_DECIDE
