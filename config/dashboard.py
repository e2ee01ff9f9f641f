"""The portal's first page: a few numbers, each leading to the list behind it, and the next appointments.

A number is counted from the very rows that its list would show to this user, so that tenancy and roles hold here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appointments.admin.badges import page_link
from appointments.admin.columns import customer_name, service_name, status_badge
from appointments.admin.filters import AttentionFilter, cancelled_since
from appointments.admin.record import Table
from appointments.admin.when import Period, bounds, moment, reader_zone, within, zone_of
from appointments.models import Appointment
from appointments.models.appointment import Status, SyncStatus
from companies.models import Company, Incident
from companies.roles import companies_where
from config.cards import number_cards
from config.connections import connections
from webhooks.authentication import refusals_today
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

TAKING_PLACE = [Status.PENDING.value, Status.CONFIRMED.value, Status.COMPLETED.value, Status.NO_SHOW.value]
OPEN = [Status.PENDING.value, Status.CONFIRMED.value]
NEXT_SHOWN = 8


@dataclass(frozen=True)
class Card:
    """A number and the list behind it."""

    name: str
    title: Any
    icon: str
    number: int
    address: str
    is_alarm: bool = False
    note: str = ""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page's template needs besides Unfold's own context."""
    cards = [*_incident_card(request), *_appointment_cards(request), *_delivery_cards(request)]
    zone = reader_zone(request)
    return context | {
        "cards": cards,
        "number_cards": number_cards(request, zone),
        "next_appointments": _next_appointments(request),
        "connections": connections(request.user, zone),
    }


def _incident_card(request: HttpRequest) -> Iterator[Card]:
    """What somebody was told of, and is not over. Only if there is something."""
    rows = _rows(request, Incident)
    if rows is not None and (count := rows.filter(ended_at__isnull=True).count()):
        address = _list(Incident, [("state", "open")])
        yield Card("incidents", _("Incidents now"), "emergency_home", count, address, is_alarm=True)


def _appointment_cards(request: HttpRequest) -> Iterator[Card]:
    rows = _rows(request, Appointment)
    if rows is None:
        return
    zone = reader_zone(request)
    for name, period, title, icon in (
        ("today", Period.TODAY, _("Appointments today"), "today"),
        ("next7", Period.NEXT_7_DAYS, _("Next 7 days"), "date_range"),
    ):
        found = rows.filter(status__in=TAKING_PLACE, **within("starts_at", bounds(period, zone)))
        address = _list(Appointment, [("period", period.value), *(("status__exact", one) for one in TAKING_PLACE)])
        yield Card(name, title, icon, found.count(), address)
    cancelled = cancelled_since(rows, bounds(Period.LAST_7_DAYS, zone)).count()
    address = _list(Appointment, [("cancelled", Period.LAST_7_DAYS.value)])
    yield Card("cancelled", _("Cancelled in 7 days"), "event_busy", cancelled, address)
    yield from _sync_cards(rows)
    yield from _rare_cards(rows, bounds(Period.UPCOMING, zone))
    doubtful = rows.filter(requires_manual_review=True).count()
    address = _list(Appointment, [("attention", "review")])
    yield Card("review", _("Need a second look"), "visibility", doubtful, address, is_alarm=doubtful > 0)


def _sync_cards(rows: QuerySet[Any]) -> Iterator[Card]:
    """What was changed here and could not be sent, or was changed there too: somebody has to decide."""
    for name, status, title, icon in (
        ("staff", SyncStatus.NEEDS_STAFF, _("Not sent: needs staff"), "support_agent"),
        ("conflict", SyncStatus.CONFLICT, _("Conflicts"), "compare_arrows"),
    ):
        count = rows.filter(sync_status=status).count()
        yield Card(name, title, icon, count, _list(Appointment, [("attention", name)]), is_alarm=count > 0)


def _rare_cards(rows: QuerySet[Any], to_come: tuple[Any, Any]) -> Iterator[Card]:
    """What seldom happens. Only where it has."""
    if lost := AttentionFilter.narrowed(rows, "orphaned").count():
        address = _list(Appointment, [("attention", "orphaned")])
        yield Card("orphaned", _("Unknown at Cal.com"), "help", lost, address, is_alarm=True)
    if twice := AttentionFilter.narrowed(rows, "double").filter(**within("starts_at", to_come)).count():
        address = _list(Appointment, [("attention", "double"), ("period", Period.UPCOMING.value)])
        yield Card("double", _("Double-booked"), "event_busy", twice, address, is_alarm=True)


def _delivery_cards(request: HttpRequest) -> Iterator[Card]:
    rows = _rows(request, WebhookEvent)
    if rows is None:
        return
    state = WebhookEvent.State
    for name, states, title, icon in (
        ("waiting", [state.PENDING, state.WAITING], _("Deliveries waiting"), "hourglass_empty"),
        ("failed", [state.FAILED], _("Deliveries failed"), "error"),
    ):
        count = rows.filter(state__in=states).count()
        address = _list(WebhookEvent, [("state__exact", one.value) for one in states])
        yield Card(name, title, icon, count, address, is_alarm=name == "failed" and count > 0)
    yield from _refusal_card(request)


def _refusal_card(request: HttpRequest) -> Iterator[Card]:
    """Deliveries that were not kept, because their signature did not fit, and where to mend that. Only if there are."""
    mine = list(companies_where(request.user, "webhooks.view_webhookevent").values_list("pk", flat=True))
    counts = {pk: count for pk in mine if (count := refusals_today(pk))}
    nobodys = refusals_today(None) if request.user.is_superuser else 0
    if not counts and not nobodys:
        return
    at_fault = list(Company.objects.filter(pk__in=counts).values_list("name", flat=True))
    if nobodys:
        at_fault.append(str(_("the address without a company")))
    note = _("Check the webhook secret, here and at Cal.com: %(places)s") % {"places": ", ".join(at_fault)}
    address = reverse("admin:companies_company_changelist")
    if len(counts) == 1 and not nobodys:
        address = reverse("admin:companies_company_change", args=[*counts])
    total = sum(counts.values()) + nobodys
    yield Card("refused", _("Turned away today"), "gpp_bad", total, address, is_alarm=True, note=note)


def _next_appointments(request: HttpRequest) -> Table | None:
    rows = _rows(request, Appointment)
    if rows is None:
        return None
    upcoming = rows.filter(Q(status__in=OPEN), **within("starts_at", bounds(Period.UPCOMING, reader_zone(request))))
    model_admin: Any = admin.site.get_model_admin(Appointment)
    cells = [
        [
            page_link(
                reverse("admin:appointments_appointment_change", args=[row.pk]), moment(row.starts_at, zone_of(row))
            ),
            customer_name(row),
            service_name(row) or "–",
            row.staff or "–",
            row.branch or "–",
            status_badge(row),
        ]
        for row in model_admin.for_list(upcoming).order_by("starts_at", "pk")[:NEXT_SHOWN]
    ]
    return Table([_("start"), _("customer"), _("service"), _("staff member"), _("branch"), _("status")], cells)


def _rows(request: HttpRequest, model: type[Model]) -> QuerySet[Any] | None:
    """What the model's list would show to this user; None where they may not open it."""
    model_admin: Any = admin.site.get_model_admin(model)
    rows: QuerySet[Any] | None = model_admin.get_queryset(request) if model_admin.has_view_permission(request) else None
    return rows


def _list(model: type[Model], parameters: list[tuple[str, str]]) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return f"{reverse(name)}?{urlencode(parameters)}"
