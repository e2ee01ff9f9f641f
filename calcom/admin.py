"""The portal's pages for what a company's Cal.com account holds, and what that means here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import BooleanRadioFilter

from appointments.admin.badges import badge
from appointments.admin.lists import PortalAdmin
from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.tenant_admin import TenantInline, TenantRelatedFilter

if TYPE_CHECKING:
    from django.http import HttpRequest


class MappingInline(TenantInline, StackedInline):
    """What booking this event type means."""

    model = EventTypeMapping
    fields = ("service", ("branch", "staff"))
    extra = 0


@admin.register(EventType)
class EventTypeAdmin(PortalAdmin):
    """Event types and what they mean."""

    list_display = (
        "title",
        "calcom_id",
        "service_column",
        "branch_column",
        "staff_column",
        "length_column",
        "is_active",
        "company",
    )
    list_filter = (("company", TenantRelatedFilter), ("is_active", BooleanRadioFilter))
    list_select_related = ("mapping__service", "mapping__branch", "mapping__staff")
    search_fields = ("title", "slug")
    inlines = (MappingInline,)
    fields = ("title", ("calcom_id", "slug"), ("length_min", "is_active"))
    actions = None
    empty_sentence = _("No event types yet. Add the ids of your event types at Cal.com, and what booking them means.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The id at Cal.com is what the row is about."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "calcom_id"]

    @admin.display(description=_("service"))
    def service_column(self, obj: EventType) -> Any:
        """The service, or that nobody said which."""
        mapping = _mapping(obj)
        return mapping.service if mapping else badge(_("not mapped"), "amber")

    @admin.display(description=_("branch"))
    def branch_column(self, obj: EventType) -> Any:
        """Where."""
        mapping = _mapping(obj)
        return mapping.branch if mapping else None

    @admin.display(description=_("staff member"))
    def staff_column(self, obj: EventType) -> Any:
        """By whom; empty for a team type."""
        mapping = _mapping(obj)
        return mapping.staff if mapping else None

    @admin.display(description=_("length"), ordering="length_min")
    def length_column(self, obj: EventType) -> Any:
        """How long it takes."""
        return None if obj.length_min is None else _("%(minutes)d min") % {"minutes": obj.length_min}


@admin.register(EventTypeMapping)
class EventTypeMappingAdmin(PortalAdmin):
    """All mappings in one list."""

    list_display = ("event_type", "service", "branch", "staff", "company")
    list_filter = (
        ("company", TenantRelatedFilter),
        ("service", TenantRelatedFilter),
        ("branch", TenantRelatedFilter),
        ("staff", TenantRelatedFilter),
    )
    list_select_related = ("event_type", "service", "branch", "staff")
    search_fields = ("event_type__title", "service__name")
    fields = ("event_type", "service", ("branch", "staff"))
    actions = None
    empty_sentence = _("No mappings yet. Without one, a booking arrives without service, branch and staff member.")


@admin.register(HostMapping)
class HostMappingAdmin(PortalAdmin):
    """Which staff member a Cal.com user is."""

    list_display = ("calcom_name", "calcom_user_id", "calcom_email", "staff", "company")
    list_display_links = ("calcom_name", "calcom_user_id")
    list_filter = (("company", TenantRelatedFilter), ("staff", TenantRelatedFilter))
    list_select_related = ("staff",)
    search_fields = ("calcom_name", "calcom_email", "staff__name")
    fields = ("calcom_user_id", ("calcom_name", "calcom_email"), "staff")
    actions = None
    empty_sentence = _("No hosts yet. Add the Cal.com users of your staff, so that bookings find them.")


def _mapping(obj: EventType) -> EventTypeMapping | None:
    return getattr(obj, "mapping", None)
