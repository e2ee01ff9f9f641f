"""Changing an appointment: move, cancel, confirm, decline, mark who did not come, complete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import occupancy, rules
from appointments.booking.actor import Actor
from appointments.booking.desk import Desk, refuse_in_conflict, take_up, take_up_all
from appointments.booking.transitions import Action, possible, require
from appointments.errors import InvalidTransition, NotBookable
from appointments.metrics import counting_refusals
from appointments.models import Appointment, AppointmentChange, Attendee, Push
from appointments.models.appointment import Status
from appointments.wall_time import instant
from appointments.wishes import Wish
from companies.transactions import transactional

Operation, Change = Push.Operation, AppointmentChange.Action


@counting_refusals
@transactional
def reschedule(
    appointment: Appointment, *, starts_at: datetime, actor: Actor, version: int | None = None, reason: str = ""
) -> Appointment:
    """Move an appointment; it lasts as long as before. Raises SlotTaken, InvalidTransition, NotBookable, StaleVersion.

    `version`: the one that was read; a stale one is refused.
    """
    desk = take_up(appointment, actor=actor, version=version)
    _move(desk, starts_at, reason=reason)
    occupancy.take(desk.row.company, [desk.row])
    return desk.row


@counting_refusals
@transactional
def reschedule_following(
    appointment: Appointment, *, starts_at: datetime, actor: Actor, version: int | None = None, reason: str = ""
) -> list[Appointment]:
    """Move an appointment of a series, and all later ones that can still be moved by as much on the clock."""
    desks = take_up_all(_from_here_on(appointment), actor=actor, version=version)
    shift = _wall(starts_at, desks[0].row) - _wall(desks[0].row.starts_at, desks[0].row)
    moved = [desks[0], *(desk for desk in desks[1:] if _is_open(desk, Action.RESCHEDULE))]
    _move(moved[0], starts_at, reason=reason)
    for desk in moved[1:]:
        to = instant(_wall(desk.row.starts_at, desk.row) + shift, str(desk.row.booking_time_zone))
        _move(desk, to, reason=reason)
    occupancy.take(desks[0].row.company, [desk.row for desk in moved])
    return [desk.row for desk in moved]


@counting_refusals
@transactional
def cancel(appointment: Appointment, *, reason: str, actor: Actor, version: int | None = None) -> Appointment:
    """Cancel an appointment. A reason is needed: the backend asks whoever owns the calendar for one."""
    desk = take_up(appointment, actor=actor, version=version)
    _cancel(desk, reason=reason)
    return desk.row


@counting_refusals
@transactional
def cancel_following(
    appointment: Appointment, *, reason: str, actor: Actor, version: int | None = None
) -> list[Appointment]:
    """Cancel an appointment of a series and all later ones that can still be cancelled."""
    desks = take_up_all(_from_here_on(appointment), actor=actor, version=version)
    off = [desks[0], *(desk for desk in desks[1:] if _is_open(desk, Action.CANCEL))]
    for desk in off:
        _cancel(desk, reason=reason)
    return [desk.row for desk in off]


@counting_refusals
@transactional
def cancel_series(
    appointment: Appointment, *, reason: str, actor: Actor, version: int | None = None
) -> list[Appointment]:
    """Call off a whole series: all of it that can still be cancelled, earlier ones too; what is over stays.

    The version is that of the appointment given. Raises InvalidTransition where nothing can be cancelled any more.
    """
    desks = take_up_all(_whole_series(appointment), actor=actor, version=version)
    off = [desk for desk in desks if _is_open(desk, Action.CANCEL)]
    if not off:
        raise InvalidTransition(_("Nothing of this series can be cancelled any more."))
    for desk in off:
        _cancel(desk, reason=reason)
    return [desk.row for desk in off]


@counting_refusals
@transactional
def cancel_seat(
    appointment: Appointment, *, attendee: Attendee, reason: str, actor: Actor, version: int | None = None
) -> Appointment:
    """Give up one seat; whoever gives up the last one cancels the appointment."""
    desk = take_up(appointment, actor=actor, version=version)
    active = [one for one in desk.entry.attendees if one.state == Attendee.State.ACTIVE]
    seat = next((one for one in active if one.pk == attendee.pk), None)
    if not desk.row.is_seated or seat is None:
        raise InvalidTransition(_("That is no seat of this appointment. Cancel the whole appointment instead."))
    if len(active) == 1:
        _cancel(desk, reason=reason)
        return desk.row
    require(desk.row.status, Action.CANCEL)
    refuse_in_conflict(desk)
    desk.wish(Operation.CANCEL, Wish(email=seat.contact, was=desk.was), reason=_needed(reason))
    seat.state, seat.as_of, seat.leaving_reason = Attendee.State.GONE, desk.now, reason
    return desk.save(Change.ATTENDEES, reason=reason)


@counting_refusals
@transactional
def confirm(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Appointment:
    """Accept a request, or one that was declined before: then its time must still be free."""
    desk = take_up(appointment, actor=actor, version=version)
    require(desk.row.status, Action.CONFIRM)
    refuse_in_conflict(desk)
    desk.row.told_status = Status.CONFIRMED
    held = desk.wish(Operation.CONFIRM, Wish(was=desk.was))
    desk.write("status", {"rejected_reason": ""}, version=held)
    desk.save(Change.CONFIRMED)
    occupancy.take(desk.row.company, [desk.row])
    return desk.row


@counting_refusals
@transactional
def decline(appointment: Appointment, *, reason: str, actor: Actor, version: int | None = None) -> Appointment:
    """Decline a request. Not final: it can be confirmed afterwards."""
    desk = take_up(appointment, actor=actor, version=version)
    require(desk.row.status, Action.DECLINE)
    refuse_in_conflict(desk)
    desk.row.told_status = Status.REJECTED
    held = desk.wish(Operation.DECLINE, Wish(was=desk.was), reason=reason)
    desk.write("status", {"rejected_reason": reason}, version=held)
    desk.save(Change.REJECTED, reason=reason)
    occupancy.take(desk.row.company, [desk.row])
    return desk.row


@counting_refusals
@transactional
def mark_no_show(
    appointment: Appointment, *, absences: Mapping[int, bool] | None = None, actor: Actor, version: int | None = None
) -> Appointment:
    """Note who did not come: attendee id to True, or to False for somebody who did after all.

    Without `absences` it is everybody who attends. Possible from the start on, not before.
    """
    desk = take_up(appointment, actor=actor, version=version)
    require(desk.row.status, Action.MARK_NO_SHOW)
    refuse_in_conflict(desk)
    _refuse_before_start(desk)
    active = {one.pk: one for one in desk.entry.attendees if one.state == Attendee.State.ACTIVE}
    marked = dict.fromkeys(active, True) if absences is None else dict(absences)
    if not marked or not active.keys() >= marked.keys():
        raise NotBookable(_("Only those who attend can be marked as absent."))
    for pk, is_absent in marked.items():
        active[pk].no_show, active[pk].no_show_as_of = is_absent, desk.now
    told = {active[pk].contact: is_absent for pk, is_absent in marked.items() if active[pk].contact}
    if told:
        desk.wish(Operation.MARK_ABSENT, Wish(absences=told, was=desk.was))
    return desk.save(Change.NO_SHOW)


@counting_refusals
@transactional
def complete(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Appointment:
    """Note that it took place. Only known here: the backend has no such thing."""
    desk = take_up(appointment, actor=actor, version=version)
    require(desk.row.status, Action.COMPLETE)
    _refuse_before_start(desk)
    desk.write("ended", {"meeting_ended_at": min(desk.now, desk.row.ends_at)}, version=None)
    return desk.save(Change.COMPLETED)


def _move(desk: Desk, starts_at: datetime, *, reason: str) -> None:
    row = desk.row
    require(row.status, Action.RESCHEDULE)
    refuse_in_conflict(desk)
    _refuse_after_end(desk)
    rules.check_start(row.company, row.service, starts_at)
    if starts_at == row.starts_at:
        raise NotBookable(_("It is at that time already."))
    ends_at = starts_at + (row.ends_at - row.starts_at)
    wish = Wish(starts_at=starts_at, ends_at=ends_at, from_uid=row.calcom_booking_uid, was=desk.was)
    held = desk.wish(Operation.MOVE, wish, reason=reason)
    desk.write("times", {"starts_at": starts_at, "ends_at": ends_at}, version=held)
    who = desk.actor.known_as
    desk.write("moved", {"rescheduled_at": desk.now, "rescheduled_by": who[:254]}, version=held)
    desk.save(Change.MOVED, reason=reason)


def _cancel(desk: Desk, *, reason: str) -> None:
    row = desk.row
    require(row.status, Action.CANCEL)
    _refuse_after_end(desk)
    row.told_status = Status.CANCELLED
    held = desk.wish(Operation.CANCEL, Wish(was=desk.was), reason=_needed(reason))
    columns = {"cancellation_reason": reason, "cancelled_by": desk.actor.known_as[:254]}
    desk.write("status", columns, version=held)
    desk.save(Change.CANCELLED, reason=reason)
    occupancy.take(row.company, [row])


def _needed(reason: str) -> str:
    if not reason.strip():
        raise NotBookable(_("Say why it is cancelled: the customer reads it."))
    return reason


def _from_here_on(appointment: Appointment) -> list[Appointment]:
    """The appointment, and the later ones of its series."""
    return [appointment, *(one for one in _whole_series(appointment)[1:] if one.starts_at > appointment.starts_at)]


def _whole_series(appointment: Appointment) -> list[Appointment]:
    """The appointment, and the others of its series in their order."""
    if appointment.series_id is None:
        raise InvalidTransition(_("This appointment does not belong to a series."))
    series = Appointment.objects.filter(company_id=appointment.company_id, series_id=appointment.series_id)
    return [appointment, *series.exclude(pk=appointment.pk).order_by("starts_at", "pk")]


def _is_open(desk: Desk, action: Action) -> bool:
    return action in possible(desk.row.status) and desk.row.ends_at > timezone.now()


def _wall(moment: datetime, row: Appointment) -> datetime:
    zone: Any = row.booking_time_zone
    return moment.astimezone(zone).replace(tzinfo=None)


def _refuse_before_start(desk: Desk) -> None:
    if desk.row.starts_at > desk.now:
        words = {"time": f"{desk.row.starts_at.astimezone(desk.row.booking_time_zone):%Y-%m-%d %H:%M}"}
        raise InvalidTransition(_("Only once it has begun: possible from %(time)s.") % words)


def _refuse_after_end(desk: Desk) -> None:
    if desk.row.ends_at <= desk.now:
        raise InvalidTransition(_("It is over. Possible: complete, or mark as no-show."))
