"""What stands in the way of an erasure: appointments to come, and changes that are just on their way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import booking, standing
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment, Attendee, Push
from appointments.models.appointment import Status
from appointments.models.history import Side
from appointments.privacy.tables import CANCELLED_ON_REQUEST
from appointments.wishes import wish_of
from appointments.wording import kept

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from companies.models import Company
    from companies.privacy.person import Person

_OPEN = (Status.PENDING, Status.CONFIRMED)
_ON_ITS_WAY = (Push.State.IN_FLIGHT, Push.State.UNCLEAR)
_NOBODY = Actor(side=Side.SYSTEM)


def appointments_to_come(company: Company, person: Person) -> QuerySet[Appointment]:
    """Those that they booked, or have a seat in. What somebody else booked with them as a guest is that one's."""
    seats = Attendee.objects.filter(
        appointment=OuterRef("pk"), pk__in=person.attendee_ids, state=Attendee.State.ACTIVE, is_guest=False
    )
    rows = Appointment.objects.for_company(company).filter(ends_at__gt=timezone.now(), status__in=_OPEN)
    return rows.filter(Q(pk__in=person.own_ids) | Q(pk__in=person.shared_ids) & Exists(seats)).order_by("starts_at")


def guest_of_others(company: Company, person: Person) -> int:
    """How many appointments to come were booked by others who named them as a guest: the backend knows them still."""
    rows = Appointment.objects.for_company(company).filter(pk__in=person.shared_ids, ends_at__gt=timezone.now())
    booked = appointments_to_come(company, person).order_by().values("pk")
    return rows.filter(status__in=_OPEN).exclude(pk__in=booked).count()


def changes_on_their_way(company: Company, person: Person) -> int:
    """How many changes may reach the backend at this moment: with what they carry, nobody may meddle."""
    return Push.objects.filter(
        company=company, appointment__in=person.appointment_ids, state__in=_ON_ITS_WAY, finished_at__isnull=True
    ).count()


def lock(company: Company, person: Person) -> None:
    """From here on nobody applies news to their appointments: whoever waits finds them erased."""
    rows = Appointment.objects.for_company(company).filter(pk__in=person.appointment_ids)
    list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


def call_off(company: Company, person: Person) -> tuple[int, list[str]]:
    """Cancel what is to come; the backend is told by the worker, after the commit.

    Returns how many were cancelled, and why others were not.
    """
    cancelled, failures = 0, list[str]()
    reason = kept(CANCELLED_ON_REQUEST)
    for row in appointments_to_come(company, person):
        try:
            if row.pk in person.own_ids:
                booking.cancel(row, reason=reason, actor=_NOBODY)
            else:
                _give_seats_up(row, person, reason=reason)
        except BookingError as error:
            failures.append(_("Appointment %(id)s: %(reason)s") % {"id": row.pk, "reason": error})
        else:
            cancelled += 1
    return cancelled, failures


def let_go(company: Company, person: Person) -> None:
    """Of changes that wait, only cancellations are still told; the rest would tell who it was. Of changes of others'
    bookings only they are left out: with what stands for them afterwards Cal.com would refuse it. Under the lock.
    """
    waiting = Push.objects.filter(appointment__in=person.appointment_ids, finished_at__isnull=True)
    waiting = waiting.exclude(state__in=_ON_ITS_WAY)
    rows = Appointment.objects.for_company(company).filter(pk__in=person.appointment_ids)
    for row in list(rows.filter(pk__in=waiting.values("appointment")).order_by("pk")):
        needless = waiting.filter(appointment=row)
        if row.pk in person.own_ids:
            needless = needless.exclude(operation=Push.Operation.CANCEL, appointment__ends_at__gt=timezone.now())
        else:
            needless = needless.filter(pk__in=[push.pk for push in needless if not _without(push, person)])
        needless.update(state=Push.State.FOLDED, finished_at=timezone.now(), next_at=None)
        standing.rederive(row, standing.open_pushes(row.pk))


def _without(push: Push, person: Person) -> bool:
    """Leave them out of what the Push wants. Whether anything is still wanted."""
    wish = wish_of(push)
    absences = {who: is_absent for who, is_absent in wish.absences.items() if who not in person.contacts}
    others = tuple(one for one in wish.attendees if one.contact not in person.contacts)
    guests = tuple(guest for guest in wish.guests if guest not in person.contacts)
    push.wanted = replace(wish, attendees=others or wish.attendees, guests=guests, absences=absences).as_json()
    push.save(update_fields=["wanted"])
    return bool(absences) or not wish.absences


def _give_seats_up(row: Appointment, person: Person, *, reason: str) -> None:
    seats = Attendee.objects.filter(appointment=row, pk__in=person.attendee_ids, state=Attendee.State.ACTIVE)
    for seat in seats.exclude(is_guest=True):
        contact = seat.contact
        booking.cancel_seat(row, attendee=seat, reason=reason, actor=_NOBODY)
        _name_by_seat(row, contact, seat.seat_uid)


def _name_by_seat(row: Appointment, contact: str, seat_uid: str) -> None:
    """Let the cancellation that waits name the seat, not whose it was."""
    waiting = Push.objects.filter(
        appointment=row, operation=Push.Operation.CANCEL, state=Push.State.PENDING, wanted__email=contact
    )
    for push in waiting if seat_uid else ():
        push.wanted = replace(wish_of(push), email="", seat_uid=seat_uid).as_json()
        push.save(update_fields=["wanted"])
