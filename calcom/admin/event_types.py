"""Event types: what Cal.com lists, what it means here, and where the two differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import BooleanRadioFilter, DropdownFilter

from appointments.admin.badges import badge
from appointments.admin.lists import PortalAdmin
from appointments.admin.money import price_text
from appointments.admin.when import moment
from calcom.admin import words
from calcom.admin.event_type_actions import EventTypeActions
from calcom.models import Drift, EventType, EventTypeMapping, HostMapping, MappingProposal
from calcom.sync.drift import CURRENT
from companies.tenant_admin import TenantInline, TenantRelatedFilter

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


class MappingInline(TenantInline, StackedInline):
    """What booking this event type means."""

    model = EventTypeMapping
    fields = ("service", ("branch", "staff"))
    extra = 0


class AttentionFilter(DropdownFilter):
    """What wants a person's eye."""

    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The reasons."""
        return [
            ("proposed", _("a mapping is proposed")),
            ("unmapped", _("without a mapping")),
            ("drift", _("differs from ours")),
            ("missing", _("missing")),
            ("warning", _("warning")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to one of them."""
        waiting = Q(proposal__state=MappingProposal.State.WAITING, mapping__isnull=True)
        conditions = {
            "proposed": waiting,
            "unmapped": Q(mapping__isnull=True),
            "drift": Q(pk__in=Drift.objects.filter(state=Drift.State.OPEN).values("event_type")),
            "missing": Q(is_listed=False),
            "warning": ~Q(warnings=[]),
        }
        condition = conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


@admin.register(EventType)
class EventTypeAdmin(EventTypeActions, PortalAdmin):
    """Event types and what they mean. What Cal.com says can only be changed there, once it has been listed."""

    list_display = (
        "title",
        "calcom_id",
        "state_column",
        "service_column",
        "branch_column",
        "staff_column",
        "length_column",
        "company",
    )
    list_filter = (("company", TenantRelatedFilter), AttentionFilter, ("is_active", BooleanRadioFilter))
    list_select_related = ("mapping__service", "mapping__branch", "mapping__staff", "proposal__service")
    list_defer = ("description", "booking_fields", "locations")
    search_fields = ("title", "slug")
    inlines = (MappingInline,)
    fields = ("title", ("calcom_id", "slug"), ("length_min", "is_active"))
    facts = (
        "state_fact",
        "warnings_fact",
        "drift_fact",
        "proposal_fact",
        "length_fact",
        "price_fact",
        "scheduling_fact",
        "hosts_fact",
        "listed_fact",
    )
    empty_sentence = _(
        "No event types yet. They come by themselves once the company has an API key; or add their ids at Cal.com, and "
        "what booking them means."
    )

    def get_fieldsets(self, request: HttpRequest, obj: EventType | None = None) -> list[Any]:
        """What is known of it, below what can be changed."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None else [*fieldsets, ("Cal.com", {"fields": list(self.facts)})]

    def get_readonly_fields(self, request: HttpRequest, obj: EventType | None = None) -> list[Any]:
        """The id is what the row is about; the rest is Cal.com's, once it has been listed."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None:
            return fields
        theirs = ["title", "slug", "length_min"] if obj.is_verified else []
        return [*fields, "calcom_id", *theirs, *self.facts]

    def for_list(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """With the current drift, at most one for each."""
        current = Drift.objects.filter(state__in=CURRENT)
        return super().for_list(rows).prefetch_related(Prefetch("drifts", current, to_attr="current_drifts"))

    @admin.display(description=_("state"))
    def state_column(self, obj: Any) -> SafeString:
        """Listed, missing, differing, and so on."""
        return words.state_badges(obj, drift=next(iter(obj.current_drifts), None))

    @admin.display(description=_("service"))
    def service_column(self, obj: EventType) -> Any:
        """The service; the proposed one; or that nobody said which."""
        if mapping := words.mapping_of(obj):
            return mapping.service
        if proposal := words.waiting_proposal_of(obj):
            return badge(_("%(service)s?") % {"service": proposal.service}, "blue", title=_("proposed"))
        return badge(_("not mapped"), "amber")

    @admin.display(description=_("branch"))
    def branch_column(self, obj: EventType) -> Any:
        """Where."""
        mapping = words.mapping_of(obj)
        return mapping.branch if mapping else None

    @admin.display(description=_("staff member"))
    def staff_column(self, obj: EventType) -> Any:
        """By whom; empty for a team type."""
        mapping = words.mapping_of(obj)
        return mapping.staff if mapping else None

    @admin.display(description=_("length"), ordering="length_min")
    def length_column(self, obj: EventType) -> Any:
        """How long it takes."""
        return None if obj.length_min is None else _("%(minutes)d min") % {"minutes": obj.length_min}

    @admin.display(description=_("state"))
    def state_fact(self, obj: EventType) -> SafeString:
        """As in the list."""
        return words.state_badges(obj, drift=self.current_drift(obj))

    @admin.display(description=_("warnings"), empty_value="–")
    def warnings_fact(self, obj: EventType) -> Any:
        """What will go wrong when it is booked from here."""
        return words.warning_lines(obj) or None

    @admin.display(description=_("differs from ours"), empty_value="–")
    def drift_fact(self, obj: EventType) -> Any:
        """Ours → theirs."""
        return words.drift_lines(self.current_drift(obj)) or None

    @admin.display(description=_("proposed mapping"), empty_value="–")
    def proposal_fact(self, obj: EventType) -> Any:
        """What it probably means."""
        proposal = words.waiting_proposal_of(obj)
        return words.proposal_text(proposal) if proposal else None

    @admin.display(description=_("lengths to choose from"), empty_value="–")
    def length_fact(self, obj: EventType) -> Any:
        """Where there are several."""
        return ", ".join(str(length) for length in obj.length_options) or None

    @admin.display(description=_("price"), empty_value="–")
    def price_fact(self, obj: EventType) -> Any:
        """What Cal.com takes."""
        return price_text(obj.price, obj.currency) or None

    @admin.display(description=_("scheduling"), empty_value="–")
    def scheduling_fact(self, obj: EventType) -> Any:
        """How hosts are chosen; nothing for a personal one."""
        return obj.get_scheduling_type_display() or None

    @admin.display(description=_("hosts"), empty_value="–")
    def hosts_fact(self, obj: EventType) -> Any:
        """By name where they are known."""
        known = HostMapping.objects.for_company(obj.company).filter(calcom_user_id__in=obj.host_ids)
        names = dict(known.values_list("calcom_user_id", "calcom_name"))
        return ", ".join(names.get(host_id) or str(host_id) for host_id in obj.host_ids) or None

    @admin.display(description=_("last listed"), empty_value="–")
    def listed_fact(self, obj: EventType) -> Any:
        """When Cal.com last had it in a list, and in which."""
        listed_at: datetime | None = obj.last_listed_at
        return f"{moment(listed_at)} ({obj.listed_by})" if listed_at else None


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
