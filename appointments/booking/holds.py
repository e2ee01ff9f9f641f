"""Holds: a time is kept for somebody for some minutes, here at once, and at the backend where that succeeds.

A hold takes a StaffTime row as an appointment does, so nobody else gets the time; a booking takes that row over. It is
over by itself: whoever needs the time deletes what is over, in the same transaction. The backend hears of it after the
commit, by the worker; it guarantees nothing there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import occupancy, rules, tasks
from appointments.booking.actor import Actor
from appointments.booking.place import offer_of, place_of
from appointments.errors import InvalidTransition, NotBookable
from appointments.metrics import counting_refusals
from appointments.models import Hold, Service
from companies.models import Branch, Company, Staff
from companies.transactions import transactional

DEFAULT_MIN = 5
LONGEST_MIN = 60


@counting_refusals
@transactional
def hold(
    company: Company,
    *,
    service: Service,
    staff: Staff,
    starts_at: datetime,
    actor: Actor,
    branch: Branch | None = None,
    length_min: int | None = None,
    minutes: int = DEFAULT_MIN,
) -> Hold:
    """Keep a staff member's time for some minutes.

    Raises SlotTaken where it is not free here, and UnknownService, NotBookable and NotYours as book() does.
    """
    actor.check(company)
    rules.check_service(company, service)
    rules.check_staff(company, service, staff)
    branch = branch or place_of(company, staff)
    rules.check_branch(company, branch)
    rules.check_start(company, service, starts_at)
    offer = offer_of(company, service=service, branch=branch, staff=staff)
    length_min = service.duration_min if length_min is None else length_min
    rules.check_length(service, length_min, offer)
    if offer is not None and offer.seats is not None:
        raise NotBookable(_("Seats cannot be held. Book one."))
    now = timezone.now()
    row = Hold(
        company=company,
        service=service,
        branch=branch,
        staff=staff,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=length_min),
        length_min=length_min,
        created_at=now,
        expires_at=_until(now, now, minutes),
        holder=actor.known_as[:254],
        event_type_id=offer.event_type_id if offer else None,
    )
    occupancy.keep(row)
    tasks.reserve_soon(row.pk)
    return row


@counting_refusals
@transactional
def extend(hold: Hold, *, actor: Actor, minutes: int = DEFAULT_MIN) -> Hold:
    """Keep it for so many minutes from now, an hour in all. Raises InvalidTransition where it is over."""
    actor.check(hold.company)
    occupancy.lock_time_of(hold.staff_id)
    now = timezone.now()
    row = Hold.objects.for_company(hold.company).filter(pk=hold.pk, expires_at__gt=now).first()
    if row is None:
        raise InvalidTransition(_("The time is not held any more. Hold it again, if it is still free."))
    row.expires_at = _until(row.created_at, now, minutes)
    row.save(update_fields=["expires_at"])
    tasks.reserve_soon(row.pk)
    return row


@counting_refusals
@transactional
def release(hold: Hold, *, actor: Actor) -> None:
    """Give the time back. One that is over, or was booked, is no error."""
    actor.check(hold.company)
    occupancy.lock_time_of(hold.staff_id)
    row = Hold.objects.for_company(hold.company).filter(pk=hold.pk).first()
    if row is not None:
        tasks.show_again_soon(row)
        row.delete()


def _until(since: datetime, now: datetime, minutes: int) -> datetime:
    if not 1 <= minutes <= LONGEST_MIN:
        raise NotBookable(_("A time can be held for 1 to %(most)s minutes.") % {"most": LONGEST_MIN})
    until = now + timedelta(minutes=minutes)
    if until > since + timedelta(minutes=LONGEST_MIN):
        raise NotBookable(_("A time can be held for %(most)s minutes in all. Book it now.") % {"most": LONGEST_MIN})
    return until
