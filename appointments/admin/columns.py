"""How an appointment's facts look in lists and on its page."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.admin.badges import badge, joined, mark, noted
from appointments.admin.when import clock, day, zone_of
from appointments.models import Appointment, Attendee
from appointments.models.appointment import LocationType, Status, SyncStatus

_STATUS_COLOURS = {
    Status.PENDING: "amber",
    Status.CONFIRMED: "green",
    Status.COMPLETED: "blue",
    Status.CANCELLED: "red",
    Status.REJECTED: "red",
    Status.NO_SHOW: "grey",
}
_SYNC_COLOURS = {
    SyncStatus.SYNCED: "green",
    SyncStatus.PENDING: "amber",
    SyncStatus.IN_FLIGHT: "blue",
    SyncStatus.UNCLEAR: "amber",
    SyncStatus.NEEDS_STAFF: "red",
    SyncStatus.CONFLICT: "red",
    SyncStatus.ORPHANED: "red",
}
_LOCATION_COLOURS = {LocationType.VIDEO: "green", LocationType.PHONE: "amber", LocationType.IN_PERSON: "primary"}


def status_badge(appointment: Appointment) -> SafeString:
    """The status in the colour that staff know it by."""
    return badge(appointment.get_status_display(), _STATUS_COLOURS.get(Status(appointment.status), "grey"))


def sync_badge(appointment: Appointment) -> SafeString:
    """How it stands with the booking backend, and what somebody should look at."""
    colour = _SYNC_COLOURS.get(SyncStatus(appointment.sync_status), "grey")
    return joined(
        [
            badge(appointment.get_sync_status_display(), colour, title=appointment.sync_error),
            *review_marks(appointment),
        ]
    )


def review_marks(appointment: Appointment) -> list[SafeString]:
    """Marks for what needs a person."""
    marks = []
    if appointment.requires_manual_review:
        marks.append(mark("visibility", _("needs a second look"), "amber"))
    if appointment.is_double_booked:
        marks.append(mark("event_busy", _("double-booked"), "red"))
    return marks


def location_badge(appointment: Appointment) -> SafeString:
    """The kind of place, with the place itself where the pointer rests."""
    if not appointment.location_type:
        return mark_safe("–")
    colour = _LOCATION_COLOURS.get(LocationType(appointment.location_type), "grey")
    return badge(appointment.get_location_type_display(), colour, title=appointment.location_display)


def attendee_badge(appointment: Appointment) -> SafeString:
    """How many attend; more than one stands out."""
    count = appointment.attendee_count
    words = ngettext("%(count)d attendee", "%(count)d attendees", count) % {"count": count}
    return badge(count, "amber" if count > 1 else "grey", title=words)


def customer_name(appointment: Appointment) -> str:
    """Who booked, by the best name there is."""
    if appointment.customer is not None:
        return str(appointment.customer)
    booker = appointment.primary_attendee
    return appointment.booked_customer_name or (str(booker) if booker else str(_("no customer")))


def customer_cell(appointment: Appointment) -> SafeString:
    """Who booked; all who attend where the pointer rests."""
    attending = [_line(one) for one in appointment.attendees.all() if one.state == Attendee.State.ACTIVE]
    return noted(customer_name(appointment), "\n".join(attending))


def service_name(appointment: Appointment) -> str:
    """The service as it was called when booked, else what the booking is called."""
    return appointment.booked_service_name or (str(appointment.service) if appointment.service else appointment.title)


def start_cell(appointment: Appointment) -> SafeString:
    """Weekday, date and time in the branch's zone, how long it takes, and a mark if it is one of a series."""
    zone = zone_of(appointment)
    minutes = round((appointment.ends_at - appointment.starts_at).total_seconds() / 60)
    begins, ends = clock(appointment.starts_at, zone), clock(appointment.ends_at, zone)
    note = format_html("{} · {}", begins, _("%(minutes)d min") % {"minutes": minutes})
    series = mark("repeat", _("part of a series")) if is_of_series(appointment) else ""
    return format_html(
        '<span class="sk-start">{} {}</span>',
        noted(day(appointment.starts_at, zone), f"{begins} – {ends} ({zone})", note),
        series,
    )


def is_of_series(appointment: Appointment) -> bool:
    """One of a series, made here or at Cal.com."""
    return appointment.is_recurring or appointment.series_id is not None


def _line(attendee: Attendee) -> str:
    contact = attendee.email or attendee.phone
    return f"{attendee.name} ({contact})" if attendee.name and contact else attendee.name or contact
