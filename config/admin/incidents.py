"""Incidents in the portal: what was the matter, from when to when, and who was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from appointments.admin.badges import badge, page_link
from appointments.admin.lists import PortalAdmin
from appointments.admin.record import Facts, RecordPage, Tab, Table
from companies.models import AlertMessage, Incident
from companies.tenant_admin import TenantRelatedFilter
from config.watch import words

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

State = AlertMessage.State

_COLOURS = {State.WAITING: "blue", State.SENT: "green", State.FAILED: "red", State.DROPPED: "grey"}


class OpenFilter(DropdownFilter):
    """Incidents by whether they are over."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two."""
        return [("open", _("not over")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to one."""
        if self.value() not in {"open", "over"}:
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "open")


@admin.register(Incident)
class IncidentAdmin(RecordPage, PortalAdmin):
    """For reading. Those of no company are the operators'."""

    list_display = ("began_column", "kind_column", "state_column", "what_column", "told_column", "company")
    list_display_links = ("began_column",)
    list_filter = (OpenFilter, ("kind", ChoicesDropdownFilter), ("company", TenantRelatedFilter))
    ordering = ("-opened_at", "-pk")
    sortable_by = ("began_column",)
    actions = None
    empty_sentence = _("No incidents so far.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What was certain."""
        return super().get_queryset(request).filter(opened_at__isnull=False)

    def for_list(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """With how many messages were sent and failed."""
        counts = {
            "sent": Count("messages", filter=Q(messages__state=State.SENT)),
            "failed": Count("messages", filter=Q(messages__state=State.FAILED)),
        }
        listed: QuerySet[Any] = super().for_list(rows).annotate(**counts)
        return listed

    def tabs(self, request: HttpRequest, obj: Incident) -> list[Tab]:
        """What it was, and who was told."""
        facts = Facts(
            [
                (_("state"), _state(obj)),
                (_("company"), obj.company),
                (_("what"), words.what(obj)),
                (_("what to do"), "" if obj.ended_at else words.to_do(obj)),
                (_("began"), words.when(obj.opened_at, obj) if obj.opened_at else ""),
                (_("last seen"), words.when(obj.last_seen_at, obj)),
                (_("over since"), words.when(obj.ended_at, obj) if obj.ended_at else ""),
                (_("page"), page_link(words.page(obj), _("Look at it"))),
            ]
        )
        messages = list(obj.messages.order_by("pk"))
        empty = _("Nobody was told: this kind is switched off, or there is no address.")
        return [
            Tab("general", _("Details"), [facts]),
            Tab("messages", _("Messages"), [_messages(obj, messages)], empty, count=len(messages)),
        ]

    @admin.display(description=_("began"), ordering="opened_at")
    def began_column(self, obj: Incident) -> str:
        """When, by the company's clocks."""
        return words.when(obj.opened_at, obj) if obj.opened_at else ""

    @admin.display(description=_("incident"))
    def kind_column(self, obj: Incident) -> str:
        """What kind."""
        return capfirst(str(obj))

    @admin.display(description=_("state"))
    def state_column(self, obj: Incident) -> SafeString:
        """Whether it is over."""
        return _state(obj)

    @admin.display(description=_("what was seen last"))
    def what_column(self, obj: Incident) -> str:
        """The numbers."""
        return words.what(obj)

    @admin.display(description=_("messages"), empty_value="–")
    def told_column(self, obj: Any) -> str | None:
        """How many went out, and how many did not."""
        told = [_("%(n)d sent") % {"n": obj.sent}] if obj.sent else []
        if obj.failed:
            told.append(_("%(n)d failed") % {"n": obj.failed})
        return ", ".join(told) or None


def _state(incident: Incident) -> SafeString:
    return badge(_("over"), "green") if incident.ended_at else badge(_("not over"), "red")


def _messages(incident: Incident, messages: list[AlertMessage]) -> Table:
    rows = [
        [
            one.get_occasion_display(),
            one.address or one.get_channel_display(),
            badge(one.get_state_display(), _COLOURS[State(one.state)]),
            _time(one, incident),
            one.attempts,
            one.error or "–",
        ]
        for one in messages
    ]
    headings = [_("occasion"), _("to"), _("state"), _("sent, or next try"), _("attempts"), _("what went wrong")]
    return Table(headings, rows)


def _time(message: AlertMessage, incident: Incident) -> str:
    shown = message.next_at if message.state == State.WAITING else message.sent_at
    return words.when(shown, incident) if shown else "–"
