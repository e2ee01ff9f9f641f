"""Cal.com as the booking backend of one company.

Each error says what may be done about it, in the domain's words; a lost answer to a write is never taken for a failure.
What has been done already is success. A booking that was moved lives on under another uid: it is followed as far as
nobody else's change would be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from appointments.backends import (
    AbsenceNews,
    BackendNotConnected,
    BackendRefused,
    BookingOrder,
    BookingSnapshot,
    Offer,
    Replaced,
    Target,
)
from appointments.bulk import Asking, Rows, read
from appointments.customers import normal_email
from calcom import cache, mapping
from calcom.client import CalcomClient
from calcom.client.filters import BookingFilter
from calcom.errors import CalcomAuthFailed, CalcomMisconfigured, CalcomNotFound, CalcomRejected
from calcom.free import FreeTime
from calcom.models import EventType, HostMapping
from calcom.offers import offer_of, offers_of
from calcom.orders import request_for
from calcom.places import PlacesOfOne
from calcom.translation import is_cancelled_already, translated
from companies.fields import EncryptionKeyError

if TYPE_CHECKING:
    from calcom.schemas.bookings import BookingRead
    from companies.models import Company

logger = structlog.get_logger(__name__)

_OFF = {"cancelled", "rejected"}
_MOST_MOVES = 10  # in a chain that is followed


class CalcomBackend(FreeTime):
    """The protocol appointments.backends.BookingBackend. Somebody waits: its calls come first in the budget."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._event_types: dict[int, tuple[EventType | None, list[int]]] = {}
        # Asked for only where somebody besides the booker comes. One query.
        self._host_emails = cast("set[str]", SimpleLazyObject(self._known_host_emails))
        try:
            super().__init__(CalcomClient(company))
        except (CalcomAuthFailed, CalcomMisconfigured, EncryptionKeyError) as error:
            raise BackendNotConnected(str(error)) from error

    def asking(self, event_type_id: int) -> Asking:
        """Our copy of the event type, those that share a host with it, and what it means here."""
        return Asking(
            (
                Rows(EventType, "company_id = %s AND calcom_id = %s", (self._company.pk, event_type_id)),
                cache.sharing_a_host(self._company.pk, event_type_id),
                *self.places.asking(event_type_id),
            ),
            partial(self._take, event_type_id),
        )

    @cached_property
    def places(self) -> PlacesOfOne:
        """What Cal.com's event types and hosts mean here."""
        return PlacesOfOne(self._company)

    def offer(self, *, service_id: int, branch_id: int | None, staff_id: int | None) -> Offer | None:
        """The event type that is booked; None where nobody mapped one that can be."""
        return offer_of(self._company, service_id=service_id, branch_id=branch_id, staff_id=staff_id)

    def offers(
        self, *, service_id: int, branch_id: int | None, staff_ids: Collection[int | None]
    ) -> Mapping[int | None, Offer]:
        """The event types that are booked with each of them."""
        return offers_of(self._company, service_id=service_id, branch_id=branch_id, staff_ids=staff_ids)

    def create(self, order: BookingOrder) -> BookingSnapshot:
        """Make the booking. Of a recurring event type only one is asked for; where a whole series was made after all,
        the rest of it is surplus."""
        event_type, sharing = self._event_type(order.event_type_id)
        with translated(is_seated=event_type is not None and event_type.seats is not None):
            request = request_for(order, event_type, company_id=self._company.pk)
            bookings = self._client.create_booking(request, sharing=sharing)
        for surplus in bookings[1:]:
            logger.error("calcom.backend.made_a_series", company_id=self._company.pk, booking_id=surplus.id)
        told = self._told(_ours(bookings[0], order))
        return replace(told, surplus_uids=tuple(one.uid for one in bookings[1:]))

    def move(self, target: Target, *, starts_at: datetime, ends_at: datetime, reason: str) -> BookingSnapshot:
        """Move the booking, in its host's name, so that it needs no confirmation. It keeps its length."""
        with translated():
            try:
                moved = self._moved(target.uid, starts_at=starts_at, reason=reason, event_type_id=target.event_type_id)
            except CalcomRejected as error:
                if "has been cancelled and rescheduled already" not in error.reason:
                    raise
                moved = self._follow(target, starts_at=starts_at, reason=reason)
        told = self._told(moved)
        if told.replaces is None and told.uid != target.uid:
            return replace(told, is_move=True, replaces=Replaced(uid=target.uid))
        return told

    def cancel(self, target: Target, *, reason: str, seat_uid: str = "") -> BookingSnapshot:
        """Cancel the booking, or one seat. Cal.com demands a reason of whoever owns the calendar.

        What was moved meanwhile is answered as it is: somebody else wants it at another time.
        """
        reason = reason.strip() or _("Cancelled by the company.")
        with translated():
            try:
                now = self._client.cancel_booking(target.uid, reason=reason, seat_uid=seat_uid)[0]
            except CalcomRejected as error:
                if not is_cancelled_already(error.reason):
                    raise
                now = self._client.booking(target.uid)
        told = self._told(now)
        return replace(told, attendees=()) if seat_uid else told

    def confirm(self, target: Target) -> BookingSnapshot:
        """Accept a pending or declined booking."""
        with translated():
            try:
                return self._told(self._client.confirm_booking(target.uid))
            except CalcomRejected as error:
                if "already confirmed" not in error.reason:
                    raise
            return self._told(self._client.booking(target.uid))

    def decline(self, target: Target, *, reason: str) -> BookingSnapshot:
        """Decline a pending booking; once more does no harm."""
        with translated():
            told = self._told(self._client.decline_booking(target.uid, reason=reason.strip()))
        return replace(told, rejected_reason=reason.strip())

    def mark_absent(self, target: Target, *, absences: Mapping[str, bool]) -> AbsenceNews:
        """Mark who did not come. Cal.com knows attendees by the very spelling of their address: looked up first."""
        with translated():
            known = {mapping.contact_of(one.email): one.email for one in self._client.booking(target.uid).attendees}
            if strangers := absences.keys() - known.keys():
                reason = _("Cal.com has no attendee with the address %s.") % ", ".join(sorted(strangers))
                raise BackendRefused(reason, reason=reason)
            wanted = {known[email]: is_absent for email, is_absent in absences.items()}
            after = self._client.mark_absent(target.uid, attendees=wanted)
        told = {mapping.contact_of(one.email): bool(one.absent) for one in after.attendees}
        kept = {email: told[email] for email in absences if email in told}
        return AbsenceNews(uid=target.uid, absences=kept, as_of=timezone.now())

    def get(self, uid: str) -> BookingSnapshot | None:
        """The booking as it is now; None where Cal.com does not know it."""
        with translated():
            try:
                return self._told(self._client.booking(uid))
            except CalcomNotFound:
                return None

    def find(self, order: BookingOrder) -> BookingSnapshot | None:
        """The booking that this order made; only its very reference counts.

        One that was cancelled or moved since is found as well: it was made; where it was made twice, the others are
        surplus. Of a seat, the attendee has to be the one ordered for. The reference is a random number that
        went nowhere but into this booking, so it is believed also when the key that signed it is gone.
        """
        with translated():
            made = [booking for booking in self._candidates(order) if _is_ours(booking, order)]
            if not made:
                return None
            made.sort(key=lambda booking: (booking.status in _OFF, booking.id))
            alive = self._alive(made, order)
        if len(alive) > 1:
            logger.error(
                "calcom.backend.booked_twice",
                company_id=self._company.pk,
                appointment_id=order.appointment_id,
                count=len(alive),
            )
        told = self._told(_ours(made[0], order))
        surplus = () if told.is_seated else tuple(uid for uid in alive if uid != told.uid)
        return replace(told, reference=order.reference, surplus_uids=surplus)

    def _alive(self, made: list[BookingRead], order: BookingOrder) -> list[str]:
        """The uids of all that one order made and that is on; of a series made by mistake, the other dates too."""
        series = self._client.series(made[0].recurring_uid) if made[0].recurring_uid else []
        all_made = [*made, *(one for one in series if mapping.carries(one, order.reference))]
        return list(dict.fromkeys(one.uid for one in all_made if one.status not in _OFF))

    def _candidates(self, order: BookingOrder) -> list[BookingRead]:
        """Bookings of the event type, the attendee and the start."""
        wanted = BookingFilter(
            event_type_ids=[order.event_type_id],
            attendee_email=order.attendees[0].email,
            starts_after=order.starts_at,
            ends_before=order.ends_at + timedelta(days=1),
        )
        try:
            found = list(self._client.bookings(wanted))
        except CalcomRejected:  # an event type that the key sees no longer
            found = list(self._client.bookings(replace(wanted, event_type_ids=())))
        return [
            booking
            for booking in found
            if booking.starts_at == order.starts_at and booking.event_type_id in {order.event_type_id, None}
        ]

    def _moved(self, uid: str, *, starts_at: datetime, reason: str, event_type_id: int | None) -> BookingRead:
        event_type = None if event_type_id is None else self._event_type(event_type_id)[0]
        by = ""
        if event_type is None or event_type.requires_confirmation:
            by = next((host.email for host in self._client.booking(uid).hosts if host.id is not None), "")
        return self._client.reschedule_booking(uid, starts_at=starts_at, reason=reason.strip(), rescheduled_by=by)

    def _follow(self, target: Target, *, starts_at: datetime, reason: str) -> BookingRead:
        """The booking was moved before: by us, or to where it was; else it is somebody else's change, and theirs."""
        *_former, uid = self._chain(target.uid)
        now = self._client.booking(uid)
        if now.starts_at == starts_at and now.status not in _OFF:
            return now
        if now.starts_at == target.starts_at:
            return self._moved(uid, starts_at=starts_at, reason=reason, event_type_id=target.event_type_id)
        text = _("The booking has been moved at Cal.com meanwhile.")
        raise BackendRefused(text, reason=text)

    def _chain(self, uid: str) -> Iterator[str]:
        """The uid, and where that booking was moved, the uids it had afterwards."""
        seen: set[str] = set()
        while uid and uid not in seen and len(seen) < _MOST_MOVES:
            seen.add(uid)
            yield uid
            uid = self._client.booking(uid).rescheduled_to_uid

    def _event_type(self, calcom_id: int) -> tuple[EventType | None, list[int]]:
        """Our copy of it, and the ids of those that share a host with it."""
        if calcom_id not in self._event_types:
            self.asking(calcom_id).ask()
        return self._event_types[calcom_id]

    def _take(self, calcom_id: int, found: list[EventType], sharing: Iterable[tuple[int]], *placed: Any) -> None:
        self._event_types[calcom_id] = next(iter(found), None), [other for (other,) in sharing]
        self.places.take(calcom_id, *placed)

    def _known_host_emails(self) -> set[str]:
        """Hosts are no customers."""
        hosts = read(HostMapping, "company_id = %s AND calcom_email <> ''", self._company.pk)
        return {normal_email(host.calcom_email) for host in hosts}

    def _told(self, read: BookingRead) -> BookingSnapshot:
        """The answer as news. Without the form's answers: ours have labels, and the webhook's do."""
        told = mapping.booking_snapshot(read, company_id=self._company.pk, host_emails=self._host_emails)
        return replace(told, responses=None)


def _ours(booking: BookingRead, order: BookingOrder) -> BookingRead:
    """The booking, and of one of several people the seat that the order took, whatever else the answer lists."""
    return booking.model_copy(update={"seat_uid": mapping.seat_holding(booking, order.reference) or booking.seat_uid})


def _is_ours(booking: BookingRead, order: BookingOrder) -> bool:
    """Whether the order made this booking, or took a seat of it for its very attendee."""
    seat_uid = mapping.seat_holding(booking, order.reference)
    if not seat_uid:
        return mapping.carries(booking, order.reference)
    holder = next(one for one in booking.attendees if one.seat_uid == seat_uid)
    return mapping.contact_of(holder.email) == order.attendees[0].contact
