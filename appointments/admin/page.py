"""The tabs of an appointment's page.

A booking's uid, its seats' uids and a recording's link let whoever holds them act at Cal.com without logging in: they
are shown with the raw payload, to those who may read that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from appointments import standing
from appointments.admin import columns
from appointments.admin.answers import answered, location_name
from appointments.admin.badges import badge, joined, page_link, web_link
from appointments.admin.changes import history_table
from appointments.admin.money import price_text
from appointments.admin.record import Block, Facts, Folded, Tab, Table
from appointments.admin.redaction import pretty
from appointments.admin.trouble import change_words, trouble_of
from appointments.admin.when import clock, moment, zone_of
from appointments.models import Appointment, Attendee, Push
from companies.roles import PAYLOAD

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import User

MOST_SIBLINGS = 50


def tabs_of(appointment: Appointment, user: Any) -> list[Tab]:
    """What this user may read of the appointment."""
    attendees = list(appointment.attendees.select_related("customer"))
    sees_payload = user.has_perm(PAYLOAD, appointment)
    tabs = [
        _details(appointment, sees_payload=sees_payload),
        _attendees(appointment, attendees, sees_payload=sees_payload),
        _answers(appointment, attendees),
        _location(appointment, sees_payload=sees_payload),
        _hosts(appointment),
        _recurrence(appointment, user, sees_payload=sees_payload),
        _cancellation(appointment),
    ]
    if user.has_perm("appointments.view_appointmentchange", appointment):
        history = history_table(appointment, with_secrets=sees_payload)
        tabs.append(Tab("history", _("History"), [history], empty=_("Nothing has happened to this appointment yet.")))
    if sees_payload:
        tabs.append(_payload(appointment))
    return tabs


def _details(appointment: Appointment, *, sees_payload: bool) -> Tab:
    zone = zone_of(appointment)
    until = clock(appointment.ends_at, zone)
    booking = Facts(
        [
            (_("status"), joined([columns.status_badge(appointment), *columns.review_marks(appointment)])),
            (_("start"), format_html("{} – {} ({})", moment(appointment.starts_at, zone), until, zone)),
            (_("customer"), _customer(appointment)),
            (_("phone"), appointment.customer.phone if appointment.customer else ""),
            (_("e-mail address"), appointment.customer.email if appointment.customer else ""),
            (_("service"), columns.service_name(appointment)),
            (_("title"), appointment.title),
            (_("staff member"), appointment.staff or appointment.booked_staff_name),
            (_("branch"), appointment.branch),
            (_("price when booked"), price_text(appointment.booked_price, appointment.booked_currency)),
            (_("duration when booked"), _minutes(appointment.booked_duration_min)),
            (_("time zone of the booking"), str(appointment.booking_time_zone)),
        ]
    )
    pushes = standing.open_pushes(appointment.pk)
    for push in pushes:
        push.appointment = appointment
    sync = _sync(appointment, sees_payload=sees_payload)
    blocks: list[Block] = [_trouble(appointment, pushes), booking, _on_its_way(appointment, pushes), sync]
    return Tab("general", _("Details"), blocks)


def _trouble(appointment: Appointment, pushes: list[Push]) -> Facts:
    trouble = trouble_of(appointment, pushes)
    if trouble is None:
        return Facts([])
    rows = [(_("reason"), trouble.what), (_("details"), trouble.told), (_("way out"), trouble.way_out)]
    return Facts(rows, title=_("Waits for you"))


def _on_its_way(appointment: Appointment, pushes: list[Push]) -> Table:
    headings = [_("what"), _("state"), _("wanted since"), _("by"), _("attempts"), _("next try"), _("error")]
    rows = [
        [
            change_words(push),
            push.get_state_display(),
            _at(appointment, push.created_at),
            push.actor or push.get_side_display(),
            push.attempts,
            _at(appointment, push.next_at) or "–",
            push.error or "–",
        ]
        for push in pushes
    ]
    return Table(headings, rows, title=_("Not yet at Cal.com"))


def _sync(appointment: Appointment, *, sees_payload: bool) -> Facts:
    rows: list[tuple[Any, Any]] = [
        (_("sync"), columns.sync_badge(appointment)),
        (_("sync error"), appointment.sync_error),
        (_("source"), appointment.get_source_display()),
        (_("Cal.com event type id"), appointment.calcom_event_type_id),
        (_("Cal.com booking id"), appointment.calcom_booking_id),
        (_("created"), _at(appointment, appointment.created_at)),
        (_("updated"), _at(appointment, appointment.updated_at)),
    ]
    if sees_payload:
        former = ", ".join(appointment.former_uids.order_by("pk").values_list("uid", flat=True))
        rows += [
            (_("Cal.com booking uid"), appointment.calcom_booking_uid),
            (_("former uids"), former),
            (_("iCal UID"), appointment.ical_uid),
        ]
    return Facts(rows, title="Cal.com")


def _attendees(appointment: Appointment, attendees: list[Attendee], *, sees_payload: bool) -> Tab:
    headings = [_("name"), _("e-mail address"), _("phone"), _("language"), _("time zone"), _("state")]
    if sees_payload and appointment.is_seated:
        headings.append(_("seat"))
    rows = [_attendee_row(appointment, one)[: len(headings)] for one in attendees]
    return Tab(
        "attendees",
        _("Attendees"),
        [Table(headings, rows)],
        empty=_("Nobody is known to attend."),
        count=sum(one.state == Attendee.State.ACTIVE for one in attendees),
    )


def _attendee_row(appointment: Appointment, attendee: Attendee) -> list[Any]:
    name: Any = str(attendee)
    if attendee.customer_id:
        name = page_link(reverse("admin:appointments_customer_change", args=[attendee.customer_id]), name)
    return [
        name,
        attendee.email or "–",
        attendee.phone or "–",
        attendee.locale or "–",
        attendee.time_zone or "–",
        _state(appointment, attendee),
        attendee.seat_uid or "–",
    ]


def _state(appointment: Appointment, attendee: Attendee) -> Any:
    is_gone = attendee.state == Attendee.State.GONE
    since = _at(appointment, attendee.as_of) if appointment.is_seated else ""
    title = "\n".join(filter(None, [since, attendee.leaving_reason]))
    badges = [badge(attendee.get_state_display(), "grey" if is_gone else "green", title=title)]
    if attendee.no_show:
        badges.append(badge(_("did not come"), "amber"))
    if attendee.is_guest:
        badges.append(badge(_("guest"), "blue"))
    return joined(badges)


def _answers(appointment: Appointment, attendees: list[Attendee]) -> Tab:
    own = [Facts(answered(one.responses), title=str(one)) for one in attendees if one.responses]
    blocks = own if appointment.is_seated and own else [Facts(answered(appointment.responses)), *own]
    return Tab("answers", _("Answers"), blocks, empty=_("No question was answered with this booking."))


def _location(appointment: Appointment, *, sees_payload: bool) -> Tab:
    facts = [
        (_("location type"), columns.location_badge(appointment) if appointment.location_type else ""),
        (_("location"), web_link(str(location_name(appointment.location_value)))),
        (_("meeting URL"), web_link(appointment.meeting_url)),
    ]
    if sees_payload:
        facts.append((_("recording"), web_link(appointment.recording_url)))
    return Tab("location", _("Location"), [Facts(facts)], empty=_("No place is known."))


def _hosts(appointment: Appointment) -> Tab:
    hosts = (
        [host for host in appointment.hosts if isinstance(host, dict)] if isinstance(appointment.hosts, list) else []
    )
    rows = [[host.get("name") or "–", host.get("email") or "–", host.get("id") or "–"] for host in hosts]
    table = Table([_("name at Cal.com"), _("e-mail address"), _("Cal.com user id")], rows)
    staff = Facts([(_("staff member here"), appointment.staff)])
    return Tab("hosts", _("Hosts"), [table, staff], empty=_("Cal.com named no host."))


def _recurrence(appointment: Appointment, user: User, *, sees_payload: bool) -> Tab:
    empty = _("This appointment is not part of a series.")
    if not columns.is_of_series(appointment):
        return Tab("recurrence", _("Recurrence"), empty=empty)
    facts: list[tuple[Any, Any]] = [(_("recurring"), _("Yes"))]
    if sees_payload:
        facts.append((_("recurring event id"), appointment.recurring_event_id))
    rows = [
        [
            page_link(
                reverse("admin:appointments_appointment_change", args=[one.pk]), moment(one.starts_at, zone_of(one))
            ),
            columns.status_badge(one),
        ]
        for one in _series(appointment, user)
    ]
    others = Table([_("start"), _("status")], rows, title=_("Other appointments of the series"))
    return Tab("recurrence", _("Recurrence"), [Facts(facts), others], empty=empty)


def _series(appointment: Appointment, user: User) -> Any:
    rows = Appointment.objects.visible_to(user).for_company(appointment.company).exclude(pk=appointment.pk)
    if appointment.series_id:
        rows = rows.filter(series_id=appointment.series_id)
    elif appointment.recurring_event_id:
        rows = rows.filter(recurring_event_id=appointment.recurring_event_id)
    else:
        return []
    return rows.select_related("branch", "company").order_by("starts_at")[:MOST_SIBLINGS]


def _cancellation(appointment: Appointment) -> Tab:
    cancelled = Facts(
        [
            (_("cancellation reason"), appointment.cancellation_reason),
            (_("rejection reason"), appointment.rejected_reason),
            (_("cancelled by"), appointment.cancelled_by),
        ],
        title=_("Cancellation"),
    )
    moved = Facts(
        [
            (_("moves"), appointment.reschedule_count or ""),
            (_("previous start"), _at(appointment, appointment.previous_starts_at)),
            (_("moved at"), _at(appointment, appointment.rescheduled_at)),
            (_("moved by"), appointment.rescheduled_by),
        ],
        title=_("Moved"),
    )
    return Tab("cancellation", _("Cancellation"), [cancelled, moved], empty=_("Neither cancelled nor moved."))


def _payload(appointment: Appointment) -> Tab:
    blocks = [
        Folded(_("Raw payload"), pretty(appointment.payload) if appointment.payload else ""),
        Folded(_("Metadata"), pretty(appointment.booking_metadata) if appointment.booking_metadata else ""),
    ]
    return Tab("payload", _("Raw payload"), blocks, empty=_("No payload is kept."))


def _customer(appointment: Appointment) -> Any:
    name = columns.customer_name(appointment)
    if appointment.customer_id is None:
        return name
    return page_link(reverse("admin:appointments_customer_change", args=[appointment.customer_id]), name)


def _at(appointment: Appointment, instant: datetime | None) -> str:
    return moment(instant, zone_of(appointment)) if instant else ""


def _minutes(count: int | None) -> Any:
    return "" if count is None else _("%(minutes)d min") % {"minutes": count}
