"""The local rules of booking: each refusal says what would be allowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.backends import AttendeeSnapshot, Offer
from appointments.errors import NotBookable, UnknownService
from appointments.models import Customer, Service
from companies.models import Branch, Company, Staff

HORIZON = timedelta(days=365)
_MOST_GUESTS = 10


def check_service(company: Company, service: Service) -> None:
    """The company's own, and active."""
    if service.company_id != company.pk:
        raise UnknownService(_("This company has no such service."))
    if not service.is_active:
        raise UnknownService(_("“%(service)s” is switched off and cannot be booked.") % {"service": service})


def check_staff(company: Company, service: Service, staff: Staff | None) -> None:
    """The company's own, bookable, and somebody who performs the service."""
    if staff is None:
        return
    if staff.company_id != company.pk:
        raise NotBookable(_("This company has no such staff member."))
    performers = dict(service.staff.filter(is_active=True, is_bookable=True).values_list("pk", "name"))
    names = ", ".join(performers.values())
    if not staff.is_active or not staff.is_bookable:
        refusal = _("%(staff)s cannot be booked at present.") % {"staff": staff}
        raise NotBookable(f"{refusal} " + _("Possible: %(others)s.") % {"others": names} if names else refusal)
    if performers and staff.pk not in performers:
        words = {"staff": staff, "service": service, "others": names}
        raise NotBookable(_("%(staff)s does not perform “%(service)s”. Possible: %(others)s.") % words)


def check_branch(company: Company, branch: Branch | None) -> None:
    """The company's own, and active."""
    if branch is not None and branch.company_id != company.pk:
        raise NotBookable(_("This company has no such branch."))
    if branch is not None and not branch.is_active:
        raise NotBookable(_("“%(branch)s” is closed.") % {"branch": branch})


def check_customer(company: Company, customer: Customer | None) -> None:
    """The company's own."""
    if customer is not None and customer.company_id != company.pk:
        raise NotBookable(_("This company has no such customer."))


def check_length(service: Service, length_min: int, offer: Offer | None) -> None:
    """At least a minute, and one of the lengths on offer."""
    if length_min <= 0:
        words = {"usual": service.duration_min}
        raise NotBookable(_("An appointment lasts at least one minute; this service usually %(usual)s.") % words)
    if offer is not None and offer.lengths and length_min not in offer.lengths:
        possible = ", ".join(str(length) for length in offer.lengths)
        raise NotBookable(
            _("%(wanted)s minutes are not on offer. Possible: %(lengths)s.")
            % {"wanted": length_min, "lengths": possible}
        )


def check_start(company: Company, service: Service | None, starts_at: datetime) -> None:
    """An instant in the future, after the service's notice and before the horizon."""
    if starts_at.tzinfo is None:
        raise NotBookable(_("Say in which time zone that time is meant."))
    now, earliest, latest = window(service.notice_min if service else 0)
    if starts_at <= now:
        raise NotBookable(_("That time is past. Possible from %(time)s.") % {"time": _local(earliest, company)})
    if starts_at < earliest:
        words = {"minutes": service.notice_min if service else 0, "time": _local(earliest, company)}
        raise NotBookable(
            _("“%(service)s” has to be booked %(minutes)s minutes ahead: possible from %(time)s.")
            % {**words, "service": service}
        )
    if starts_at > latest:
        words = {"days": HORIZON.days, "time": _local(latest, company)}
        raise NotBookable(_("Bookings reach %(days)s days ahead: possible until %(time)s.") % words)


def window(notice_min: int) -> tuple[datetime, datetime, datetime]:
    """Now, and from when to when something can be booked."""
    now = timezone.now()
    return now, now + timedelta(minutes=notice_min), now + HORIZON


def check_people(attendees: Sequence[AttendeeSnapshot], guests: Sequence[str], offer: Offer | None) -> None:
    """Somebody who books and can be reached, and guests with addresses of their own."""
    if not attendees or not (attendees[0].name or attendees[0].email):
        raise NotBookable(_("Say who the appointment is for."))
    if offer is not None and not (attendees[0].email or attendees[0].phone):
        raise NotBookable(_("An e-mail address or a phone number is needed to book there."))
    addresses = [*guests, *(person.email for person in attendees if person.email)]
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError as error:
            words = {"address": address}
            raise NotBookable(_("“%(address)s” is no e-mail address.") % words) from error
    if guests and len(set(addresses)) != len(addresses):
        raise NotBookable(_("Each guest needs an address of their own, other than that of whoever books."))
    if guests and offer is not None and (not offer.allows_guests or offer.seats is not None):
        raise NotBookable(_("Guests cannot be brought along here. Book for each of them."))
    if len(guests) > _MOST_GUESTS:
        raise NotBookable(_("At most %(most)s guests can be brought along.") % {"most": _MOST_GUESTS})


def check_seats(attendees: Sequence[AttendeeSnapshot], offer: Offer | None) -> None:
    """One seat at a time: each of them is a booking of its own there."""
    if offer is not None and offer.seats is not None and len(attendees) > 1:
        raise NotBookable(_("Seats are booked one by one. Book for each of them."))


def _local(moment: datetime, company: Company) -> str:
    return f"{moment.astimezone(company.time_zone):%Y-%m-%d %H:%M}"
