"""News about people who were erased is taken over without them.

an appointment whose booker was erased     nothing of theirs comes back, by whatever address they are named
erased people among the attendees          they come as nobody: of bookings that were before the erasure, or that
                                           start before it; whoever books anew later is a new customer
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F

from appointments import tombstones
from appointments.backends import AbsenceNews, AttendeeSnapshot, BookingSnapshot, Location, News, RecordingNews
from appointments.models import ErasedAppointment
from appointments.tombstones import Erased
from companies.privacy.person import Person
from companies.privacy.redaction import ERASED, Redactor

if TYPE_CHECKING:
    from companies.models import Company

Extent = ErasedAppointment.Extent


def without_the_forgotten(company: Company, batch: Sequence[News]) -> Sequence[News]:
    """The same news, without anybody who was erased. For companies where anybody ever was (appointments.tombstones)."""
    contacts = {contact for news in batch for contact in _contacts(news)}
    memory = _Memory(tombstones.erased_among(company, contacts), _extents(company, batch))
    return [memory.clean(news) for news in batch]


def is_nobody(name: str, contact: str) -> bool:
    """Whether an attendee is somebody who was erased: no customer is made of them."""
    return name == ERASED and not contact


@dataclass(frozen=True)
class _Memory:
    """Who was erased, and the extent to which each booking's appointment was."""

    erased: Erased
    extents: dict[str, str] = field(default_factory=dict)

    def clean(self, news: News) -> News:
        if isinstance(news, BookingSnapshot):
            return self._snapshot(news)
        extent = self.extents.get(news.uid)
        if isinstance(news, RecordingNews):
            return replace(news, url="") if extent in {Extent.ALL, Extent.BOOKER} else news
        absences = {
            "" if extent == Extent.ALL or (extent and self._since(contact)) else contact: is_absent
            for contact, is_absent in news.absences.items()
        }
        return replace(news, absences=absences)

    def _snapshot(self, news: BookingSnapshot) -> BookingSnapshot:
        extent = next((self.extents[name] for name in _names(news) if name in self.extents), None)
        gone = [person for person in news.attendees if self._is_gone(news, person, extent)]
        attendees = tuple(_nobody(person) if person in gone else person for person in news.attendees)
        is_bookers = not news.is_seated and any(not person.is_guest for person in gone)
        if extent in {Extent.ALL, Extent.BOOKER} or is_bookers:
            return replace(_without_details(news), attendees=attendees)
        return replace(_redacted(news, gone), attendees=attendees) if gone else news

    def _is_gone(self, news: BookingSnapshot, person: AttendeeSnapshot, extent: str | None) -> bool:
        if extent == Extent.ALL or (extent == Extent.BOOKER and not person.is_guest and not news.is_seated):
            return True
        since = self.erased.knows(email=person.email, phone=person.phone)
        return since is not None and (extent is not None or _was_before(news, since))

    def _since(self, contact: str) -> datetime | None:
        is_email = "@" in contact
        return self.erased.knows(email=contact if is_email else "", phone="" if is_email else contact)


def _was_before(news: BookingSnapshot, since: datetime) -> bool:
    return news.starts_at <= since or (news.as_of is not None and news.as_of <= since)


def _contacts(news: News) -> Iterator[str]:
    if isinstance(news, BookingSnapshot):
        yield from (contact for person in news.attendees for contact in (person.email, person.phone))
    elif isinstance(news, AbsenceNews):
        yield from news.absences


def _names(news: News) -> Iterator[str]:
    """Under which the appointment may be known: the uid, that of the booking before, or the iCal UID of the chain."""
    yield news.uid
    if isinstance(news, BookingSnapshot):
        if news.replaces is not None:
            yield news.replaces.uid
        if news.ical_uid and not news.is_seated and not news.is_recurring:
            yield news.ical_uid


def _extents(company: Company, batch: Sequence[News]) -> dict[str, str]:
    """The extent of the erasure of each appointment concerned, by every name of it."""
    names = {name for news in batch for name in _names(news) if name}
    rows = ErasedAppointment.objects.for_company(company)
    chained = rows.filter(appointment__ical_uid__in=names, appointment__company=company)
    former = rows.filter(appointment__former_uids__uid__in=names, appointment__former_uids__company=company)
    current = rows.filter(appointment__calcom_booking_uid__in=names, appointment__company=company)
    return {
        **dict(chained.exclude(appointment__ical_uid="").values_list("appointment__ical_uid", "extent")),
        **dict(former.values_list(F("appointment__former_uids__uid"), "extent")),
        **dict(current.values_list("appointment__calcom_booking_uid", "extent")),
    }


def _nobody(person: AttendeeSnapshot) -> AttendeeSnapshot:
    return AttendeeSnapshot(name=ERASED, is_guest=person.is_guest)


def _without_details(news: BookingSnapshot) -> BookingSnapshot:
    return replace(
        news,
        title="",
        responses=None,
        metadata=None,
        payload={},
        location=None if news.location is None else Location(type=news.location.type),
        meeting_url="",
        cancellation_reason="",
        rejected_reason="",
        cancelled_by="",
        rescheduled_by="",
    )


def _redacted(news: BookingSnapshot, gone: Sequence[AttendeeSnapshot]) -> BookingSnapshot:
    """What others told with the booking, without those who are gone."""
    person = Person(
        emails=frozenset(one.email for one in gone if one.email),
        phones=frozenset(one.phone for one in gone if one.phone),
        names=frozenset(one.name for one in gone if one.name),
    )
    redactor = Redactor(person)
    place = news.location
    return replace(
        news,
        title=redactor.text(news.title),
        responses=redactor.json(news.responses),
        metadata=redactor.json(news.metadata),
        payload=redactor.json(news.payload),
        location=None if place is None else replace(place, value=redactor.text(place.value)),
        cancellation_reason=redactor.text(news.cancellation_reason),
        rejected_reason=redactor.text(news.rejected_reason),
        cancelled_by=redactor.text(news.cancelled_by),
        rescheduled_by=redactor.text(news.rescheduled_by),
    )
