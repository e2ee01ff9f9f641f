"""A booking backend in memory: it behaves as one over the network does, answers get lost, and it never sees a
transaction open."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from appointments.backends import (
    AbsenceNews,
    AttendeeSnapshot,
    BackendGone,
    BackendNotConnected,
    BackendOutcomeUnknown,
    BackendRefused,
    BackendSlotTaken,
    BookingOrder,
    BookingSnapshot,
    FreeSlots,
    Offer,
    PlacedService,
    PlacedStaff,
    Placement,
    RemoteHold,
    Target,
)
from appointments.models import Service
from companies import meanwhile
from companies.models import Company, Staff
from tests.backends.server import Booking, Fault, Server, snapshot

__all__ = ["LOST", "Booking", "Fault", "MemoryBackend", "Server", "snapshot"]


class MemoryPlaces:
    """Event types are the services of the same number; each is performed by whom the offers name, or nobody."""

    def __init__(self, company: Company, server: Server) -> None:
        self._company, self._server = company, server

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        """What an offer says."""
        for (service_id, staff_id), offer in self._server.offers.items():
            if offer.event_type_id == event_type_id:
                service = Service.objects.get(pk=service_id)
                staff = Staff.objects.filter(pk=staff_id or 0).first()
                return Placement(
                    service=PlacedService(id=service.pk, name=service.name),
                    staff=PlacedStaff(id=staff.pk, name=staff.name) if staff else None,
                )
        return Placement()


class MemoryBackend:
    """See BookingBackend. The companies' servers are in `servers`, by their ids."""

    servers: ClassVar[defaultdict[int, Server]] = defaultdict(Server)

    def __init__(self, company: Company) -> None:
        if not company.calcom_api_key:
            raise BackendNotConnected("no key is entered")
        self.company = company
        self.server = self.servers[company.pk]

    def asking(self, _event_type_id: int) -> None:
        """It has no tables."""

    @property
    def places(self) -> MemoryPlaces:
        return MemoryPlaces(self.company, self.server)

    def offer(self, *, service_id: int, branch_id: int | None, staff_id: int | None) -> Offer | None:
        offers = self.server.offers
        return offers.get((service_id, staff_id)) or offers.get((service_id, None))

    def offers(
        self, *, service_id: int, branch_id: int | None, staff_ids: Collection[int | None]
    ) -> Mapping[int | None, Offer]:
        found = {one: self.offer(service_id=service_id, branch_id=branch_id, staff_id=one) for one in staff_ids}
        return {one: offer for one, offer in found.items() if offer is not None}

    def slots(
        self,
        event_type_id: int,
        *,
        starts_at: datetime,
        ends_at: datetime,
        time_zone: ZoneInfo,
        length_min: int | None = None,
        moving_uid: str = "",
        fresh: bool = False,
    ) -> FreeSlots:
        with self._reading("slots"):
            self.server.asked.append((event_type_id, length_min, fresh))
            if event_type_id in self.server.away:
                raise self.server.away[event_type_id]
            own = self.server.bookings[moving_uid].starts_at if moving_uid else None
            free = {*self.server.free.get((event_type_id, length_min), ()), *([own] if own else [])}
            starts = tuple(sorted(one for one in free if starts_at <= one < ends_at and not self._hidden(one)))
        if self.server.meanwhile is not None:
            self.server.meanwhile()
        old = self.server.old_answer_of
        return FreeSlots(
            starts=starts, as_of=old or timezone.now(), is_stale=old is not None, doubtful=self.server.doubtful
        )

    def reserve(
        self, event_type_id: int, *, starts_at: datetime, length_min: int | None = None, minutes: int
    ) -> RemoteHold:
        with self._writing("reserve"):
            uid, until = f"r{len(self.server.calls)}", datetime.now(UTC) + timedelta(minutes=minutes)
            self.server.reservations[uid] = (event_type_id, starts_at, until)
            return RemoteHold(uid=uid, until=until)

    def release(self, uid: str, *, event_type_id: int) -> None:
        with self._writing("release"):
            self.server.reservations.pop(uid, None)

    def create(self, order: BookingOrder) -> BookingSnapshot:
        with self._writing("create"):
            seated = next((o for o in self.server.offers.values() if o.event_type_id == order.event_type_id), None)
            starts_at = order.starts_at + timedelta(minutes=self.server.minutes_off)
            if seated is not None and seated.seats is not None:
                return self._sit(order)
            self._refuse_taken(order.event_type_id, starts_at, order.ends_at)
            status = "pending" if seated is not None and seated.needs_confirmation else "confirmed"
            booking = self.server.new(
                event_type_id=order.event_type_id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=order.length_min),
                attendees=(*order.attendees, *(AttendeeSnapshot(email=guest, is_guest=True) for guest in order.guests)),
                reference=order.reference,
                status=status,
            )
            return snapshot(booking)

    def move(self, target: Target, *, starts_at: datetime, ends_at: datetime, reason: str) -> BookingSnapshot:
        with self._writing("move"):
            old = self._get(target.uid)
            if old.status == "cancelled":
                raise BackendRefused(reason="it has been cancelled")
            starts_at += timedelta(minutes=self.server.minutes_off)
            self._refuse_taken(old.event_type_id, starts_at, ends_at, but=old)
            return snapshot(self.server.move(old.uid, starts_at))

    def cancel(self, target: Target, *, reason: str, seat_uid: str = "") -> BookingSnapshot:
        with self._writing("cancel"):
            booking = self._get(target.uid)
            if not seat_uid:
                return snapshot(self.server.cancel(target.uid, reason))
            email = next((email for email, seat in booking.seats.items() if seat == seat_uid), None)
            if email is None:
                raise BackendRefused(reason="Invalid seatUid")
            del booking.seats[email]
            booking.attendees = tuple(one for one in booking.attendees if one.email != email)
            return snapshot(booking, is_seated=True)

    def confirm(self, target: Target) -> BookingSnapshot:
        return self._decide("confirm", target, "confirmed", "")

    def decline(self, target: Target, *, reason: str) -> BookingSnapshot:
        return self._decide("decline", target, "rejected", reason)

    def mark_absent(self, target: Target, *, absences: Mapping[str, bool]) -> AbsenceNews:
        with self._writing("mark_absent"):
            booking = self._get(target.uid)
            booking.absences |= absences
            return AbsenceNews(uid=booking.uid, absences=booking.absences, as_of=timezone.now())

    def get(self, uid: str) -> BookingSnapshot | None:
        with self._reading("get"):
            booking = self.server.bookings.get(uid)
            return snapshot(booking) if booking else None

    def find(self, order: BookingOrder) -> BookingSnapshot | None:
        with self._reading("find"):
            found = (one for one in self.server.bookings.values() if one.reference == order.reference)
            return next((snapshot(one) for one in found), None)

    def _hidden(self, moment: datetime) -> bool:
        return any(starts_at == moment for _, starts_at, until in self.server.reservations.values())

    def _decide(self, name: str, target: Target, status: str, reason: str) -> BookingSnapshot:
        with self._writing(name):
            booking = self._get(target.uid)
            if booking.status == "cancelled":
                raise BackendRefused(reason="it has been cancelled")
            booking.status, booking.reason, booking.updated_at = status, reason, timezone.now()
            return snapshot(booking)

    def _sit(self, order: BookingOrder) -> BookingSnapshot:
        person = order.attendees[0]
        known = (one for one in self.server.alive if one.seats and one.starts_at == order.starts_at)
        booking = next(known, None) or self.server.new(
            event_type_id=order.event_type_id, starts_at=order.starts_at, ends_at=order.ends_at, attendees=()
        )
        booking.attendees = (*booking.attendees, person)
        booking.seats[person.email] = f"seat-{uuid4()}"
        booking.updated_at = timezone.now()
        return replace(snapshot(booking, only=person.email), reference=order.reference)

    def _get(self, uid: str) -> Booking:
        if uid not in self.server.bookings:
            raise BackendGone(reason=f"{uid} was not found")
        return self.server.bookings[uid]

    def _refuse_taken(
        self, event_type_id: int, starts_at: datetime, ends_at: datetime, but: Booking | None = None
    ) -> None:
        for other in self.server.alive if self.server.is_exclusive else ():
            is_same = other.event_type_id == event_type_id and other is not but
            if is_same and other.starts_at < ends_at and starts_at < other.ends_at:
                raise BackendSlotTaken(reason="already has booking at this time")

    def _writing(self, name: str) -> _Call:
        return _Call(self.server, name, self.server.before, self.server.after)

    def _reading(self, name: str) -> _Call:
        return _Call(self.server, name, deque(), deque())


class _Call:
    """One call: counted, outside of transactions, with the faults that were ordered; what is put off is done then."""

    def __init__(self, server: Server, name: str, before: deque[Fault], after: deque[Fault]) -> None:
        self._server, self._name, self._before, self._after = server, name, before, after

    def __enter__(self) -> None:
        is_inside = connection.in_atomic_block and (not self._server.is_test_inside or connection.savepoint_ids)
        assert not is_inside, f"{self._name} was called inside a transaction"
        self._server.calls.append(self._name)
        _happen(self._before)
        meanwhile.catch_up()
        self._server.lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._server.lock.release()
        if kind is None:
            _happen(self._after)


def _happen(faults: deque[Fault]) -> None:
    fault = faults.popleft() if faults else None
    if isinstance(fault, Exception):
        raise fault
    if fault is not None:
        fault()


LOST = BackendOutcomeUnknown("the answer did not come")
