"""Deliveries in the portal: what Cal.com sent, what became of it, and processing it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import DropdownFilter, MultipleChoicesDropdownFilter
from unfold.decorators import action

from appointments.admin.badges import badge, page_link
from appointments.admin.filters import DayRangeFilter, PeriodFilter
from appointments.admin.lists import PortalAdmin
from appointments.admin.record import Facts, Folded, RecordPage, Tab
from appointments.admin.redaction import pretty_body
from appointments.admin.when import Period, moment
from appointments.models import AppointmentChange
from companies.roles import PAYLOAD, company_ids_where
from companies.tenant_admin import TenantRelatedFilter, role_permission
from webhooks import inbox, tasks
from webhooks.handlers import HANDLERS, WITHOUT_EFFECT
from webhooks.models import WebhookEvent
from webhooks.reasons import shown

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

State = WebhookEvent.State

_COLOURS = {
    State.PENDING: "blue",
    State.WAITING: "amber",
    State.DONE: "green",
    State.REFUSED: "red",
    State.FAILED: "red",
}


class ReceivedFilter(PeriodFilter):
    """When a delivery came."""

    field = "received_at"
    periods = (Period.TODAY, Period.WEEK, Period.LAST_7_DAYS)


class TriggerFilter(DropdownFilter):
    """What a delivery tells. The known triggers: asking the table for its own would read all of it."""

    title = _("trigger")
    parameter_name = "trigger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All that the contract knows."""
        return [(name, name) for name in sorted({*HANDLERS, *WITHOUT_EFFECT})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to one trigger."""
        return queryset.filter(trigger=self.value()) if self.value() else queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(RecordPage, PortalAdmin):
    """Read-only but for one thing: a delivery can be processed again."""

    list_display = (
        "received_column",
        "trigger_column",
        "state_column",
        "reason_column",
        "uid_column",
        "attempts",
        "company",
    )
    list_filter = (
        ("state", MultipleChoicesDropdownFilter),
        TriggerFilter,
        ReceivedFilter,
        ("received_at", DayRangeFilter),
        ("company", TenantRelatedFilter),
    )
    list_defer = ("body",)
    ordering = ("-received_at", "-pk")
    sortable_by = ("received_column",)
    search_fields = ("delivery_id",)  # makes the search field appear; get_search_results does the work
    search_help_text = _("Booking uid or delivery id")
    actions = ("replay",)
    actions_detail = ("replay_one",)
    empty_sentence = _("No deliveries yet. Enter the company's webhook address at Cal.com, and they arrive here.")

    has_replay_permission = role_permission("replay")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By a booking's uid, to those who may read it, or by the delivery's id."""
        text = search_term.strip()
        if not text:
            return queryset, False
        try:
            return queryset.filter(delivery_id=UUID(text)), False
        except ValueError:
            pass
        found = queryset.filter(booking_uid=text)
        if not request.user.is_superuser:
            found = found.filter(company__in=company_ids_where(request.user, PAYLOAD))
        return found, False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The booking's uid is a capability: for those who may read the payload in all companies they see here."""
        columns = super().get_list_display(request)
        return [name for name in columns if name != "uid_column" or request.user.has_perm(PAYLOAD)]

    @action(description=_("Process again"), permissions=["replay"], icon="replay")
    def replay(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Process the chosen deliveries again."""
        self._replay(request, queryset)

    @action(
        description=_("Process again"),
        permissions=["replay"],
        icon="replay",
        url_path="replay",
        dialog={
            "title": _("Process this delivery again?"),
            "description": _("News that is known already changes nothing."),
            "form_class": None,
            "form_submit_text": _("Process again"),
        },
    )
    def replay_one(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Process the delivery on the page again."""
        event = self.permitted(request, object_id, "replay")
        self._replay(request, self.get_queryset(request).filter(pk=event.pk))
        return self.back_to(event)

    def _replay(self, request: HttpRequest, events: QuerySet[Any]) -> None:
        count = inbox.replay(events)
        tasks.wake()
        text = ngettext("%(count)d delivery is processed again.", "%(count)d deliveries are processed again.", count)
        messages.success(request, text % {"count": count})

    def tabs(self, request: HttpRequest, obj: WebhookEvent) -> list[Tab]:
        """The facts, and the body for those who may read it."""
        sees_payload = request.user.has_perm(PAYLOAD, obj)
        tabs = [Tab("general", _("Details"), [_facts(obj, sees_payload=sees_payload)])]
        if sees_payload:
            body = pretty_body(bytes(obj.body))
            tabs.append(Tab("body", _("Body"), [Folded(_("Body"), body)], empty=_("The body is no longer kept.")))
        return tabs

    @admin.display(description=_("received"), ordering="received_at")
    def received_column(self, obj: WebhookEvent) -> str:
        """When it came."""
        return moment(obj.received_at)

    @admin.display(description=_("trigger"), empty_value="–")
    def trigger_column(self, obj: WebhookEvent) -> str | None:
        """What it tells; not known before it is processed."""
        return obj.trigger or None

    @admin.display(description=_("state"))
    def state_column(self, obj: WebhookEvent) -> SafeString:
        """What became of it."""
        return _state(obj)

    @admin.display(description=_("reason"))
    def reason_column(self, obj: WebhookEvent) -> str | None:
        """Why that became of it."""
        return shown(obj) or None

    @admin.display(description=_("booking uid"))
    def uid_column(self, obj: WebhookEvent) -> str | None:
        """The booking it is about."""
        return obj.booking_uid or None


def _state(event: WebhookEvent) -> SafeString:
    return badge(event.get_state_display(), _COLOURS.get(State(event.state), "grey"), title=shown(event))


def _facts(event: WebhookEvent, *, sees_payload: bool) -> Facts:
    rows: list[tuple[Any, Any]] = [
        (_("state"), _state(event)),
        (_("reason"), shown(event)),
        (_("trigger"), event.trigger),
        (_("received"), moment(event.received_at)),
        (_("attempts"), event.attempts),
        (_("finished"), moment(event.finished_at) if event.finished_at else ""),
        (_("delivery"), str(event.delivery_id)),
        (_("company"), event.company or _("not known yet")),
        (_("appointment"), _appointment(event)),
    ]
    if event.state in {State.PENDING, State.WAITING}:
        rows.append((_("next attempt"), moment(event.next_at)))
    if sees_payload:
        rows.append((_("booking uid"), event.booking_uid))
    return Facts(rows)


def _appointment(event: WebhookEvent) -> Any:
    """The appointment that this delivery changed, if it did."""
    changes = AppointmentChange.objects.filter(company=event.company_id, delivery_id=event.delivery_id)
    change = changes.select_related("appointment").first() if event.company_id else None
    if change is None:
        return ""
    address = reverse("admin:appointments_appointment_change", args=[change.appointment_id])
    return page_link(address, change.appointment)
