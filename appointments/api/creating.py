"""Booking: Cal.com is asked first, outside of the transaction; then it is booked here, and Cal.com told afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from appointments import booking
from appointments.api import bodies, examples
from appointments.api.asking import Asked, ask
from appointments.api.changes import ChangingViewSet, etag
from appointments.api.free_schema import NOT_KNOWN
from appointments.api.shown import BookedSerializer, SeriesSerializer
from appointments.availability import Query
from appointments.booking.place import place_of
from appointments.customers import Person
from companies.models import Branch, Staff

if TYPE_CHECKING:
    from datetime import datetime

    from rest_framework.request import Request

# What booking.book() is told besides, by the names of the body.
_DETAILS = ("customer", "attendees", "branch", "length_min", "guests", "location", "answers", "notes", "time_zone")


class CreatingViewSet(ChangingViewSet):
    """What books."""

    @extend_schema(
        summary="Book",
        request=bodies.NewAppointmentBody,
        responses={201: BookedSerializer, **NOT_KNOWN},
        examples=[examples.BOOK, examples.BOOK_HELD, examples.BOOKED],
    )
    def create(self, request: Request) -> Response:
        """Book an appointment, or a seat of one. Send an Idempotency-Key, and repeat with the same after a timeout.

        It is here at once; how far Cal.com knows says `sync`. `availability` is `unknown` where Cal.com did not
        answer: then it hears of it later, and may still refuse. 409 with the reason and other times where it is not
        free.
        """
        body = self.validated(bodies.NewAppointmentBody)
        asked = ask(
            _query(self.company, body),
            body["starts_at"],
            must_be_known=body["require_confirmed_availability"],
            own_hold=body.get("hold"),
            person=_person(body),
        )
        return asked.take(lambda staff: self.once(lambda: self._booked(body, asked, staff)))

    @extend_schema(
        summary="Book a series",
        request=bodies.NewSeriesBody,
        responses={201: SeriesSerializer, **NOT_KNOWN},
        examples=[examples.SERIES, examples.SERIES_BOOKED],
    )
    @action(detail=False, methods=["post"])
    def series(self, request: Request) -> Response:
        """Book an appointment every so many weeks, at the same time on the clock; all or none, by one staff member."""
        body = self.validated(bodies.NewSeriesBody)
        query = _query(self.company, body)
        dates = self._dates(body)
        sure = body["require_confirmed_availability"]
        asked = _ask_about_all(query, dates, must_be_known=sure, person=_person(body))
        return asked.take(lambda staff: self.once(lambda: self._series_booked(body, dates, asked, staff)))

    def _booked(self, body: dict[str, Any], asked: Asked, staff: Staff | None) -> Response:
        row = booking.book(
            self.company,
            service=body["service"],
            starts_at=body["starts_at"],
            actor=self.actor,
            hold=body.get("hold"),
            **_details(body, staff),
        )
        context = {**self.get_serializer_context(), "availability": asked.availability}
        row = self.get_queryset().get(pk=row.pk)
        address = self.request.build_absolute_uri(reverse("appointment-detail", args=[row.uuid]))
        headers = {**etag(row), "Location": address}
        return Response(BookedSerializer(row, context=context).data, status=201, headers=headers)

    def _series_booked(
        self, body: dict[str, Any], dates: list[datetime], asked: Asked, staff: Staff | None
    ) -> Response:
        rows = booking.book_series(
            self.company, service=body["service"], dates=dates, actor=self.actor, **_details(body, staff)
        )
        told = {"series": rows[0].series_id, "availability": asked.availability, "results": self.all_shown(rows)}
        return Response(told, status=201)

    def _dates(self, body: dict[str, Any]) -> list[datetime]:
        branch: Branch | None = body.get("branch") or place_of(self.company, body.get("staff"))
        zone = body.get("time_zone") or str((branch or self.company).time_zone)
        return booking.weekly(body["starts_at"], count=body["count"], zone=zone, every_weeks=body["every_weeks"])


def _ask_about_all(query: Query, dates: list[datetime], *, must_be_known: bool, person: Person | None) -> Asked:
    """The first date anew, the others of whoever takes it; for those an answer of some seconds ago will do."""
    first = ask(query, dates[0], must_be_known=must_be_known, person=person)
    if first.availability != "available":
        return first
    theirs, known = replace(query, staff=first.staff[0]), "available"
    for starts_at in dates[1:]:
        asked = ask(theirs, starts_at, must_be_known=must_be_known, fresh=False, person=person)
        if asked.availability != "available":
            known = "unknown"
            break  # who did not answer now will not answer about the next one either
    return replace(first, staff=first.staff[:1], availability=known)


def _query(company: Any, body: dict[str, Any]) -> Query:
    held = body.get("hold")
    return Query(
        company=company,
        service=body["service"],
        staff=body.get("staff") or (held.staff if held else None),
        branch=body.get("branch") or (held.branch if held else None),
        length_min=body.get("length_min") or (held.length_min if held else None),
        customer=body.get("customer"),
        preferred=body.get("preferred_staff"),
    )


def _person(body: dict[str, Any]) -> Person | None:
    """Who books, where it is said by name and not by customer."""
    first = next(iter(body.get("attendees") or ()), None)
    return Person(first.name, first.email, first.phone) if first else None


def _details(body: dict[str, Any], staff: Staff | None) -> Any:
    told = {name: body[name] for name in _DETAILS if body.get(name) is not None}
    return {**told, "staff": staff, "source": body["source"]}
