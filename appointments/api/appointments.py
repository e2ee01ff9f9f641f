"""Appointments: list, read, and all that can be done with one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from appointments import booking
from appointments.api import bodies, examples, ics
from appointments.api.changes import ChangingViewSet, etag
from appointments.api.creating import CreatingViewSet
from appointments.api.filters import AppointmentFilter
from appointments.api.moving import MovingViewSet
from appointments.api.shown import AppointmentSerializer, ChangeSerializer, SeveralSerializer, SyncStateSerializer
from appointments.models import Appointment, AppointmentChange, Attendee
from companies.api.base import ReadViewSet
from companies.models import Scope

if TYPE_CHECKING:
    from rest_framework.request import Request

UUID_PATTERN = "[0-9a-fA-F-]{36}"
_NOT_SHOWN = ("payload", "booking_metadata", "hosts", "news")
_BY_ACTION = {"create": "add", "series": "add"}


class CalendarRenderer(BaseRenderer):
    """So that text/calendar may be asked for. Problems are told as ever."""

    media_type = "text/calendar"
    format = "ics"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """What is no calendar."""
        return JSONRenderer().render(data)


@extend_schema_view(
    list=extend_schema(summary="Appointments", examples=[examples.APPOINTMENT]),
    retrieve=extend_schema(summary="One appointment", examples=[examples.APPOINTMENT]),
)
class AppointmentViewSet(CreatingViewSet, MovingViewSet, ChangingViewSet, ReadViewSet):
    """Appointments of the company."""

    queryset = (
        Appointment.objects.select_related("service", "staff", "branch", "customer")
        .prefetch_related(Prefetch("attendees", Attendee.objects.order_by("position", "pk")))
        .defer(*_NOT_SHOWN)
    )
    serializer_class = AppointmentSerializer
    filterset_class = AppointmentFilter
    lookup_field = "uuid"
    lookup_value_regex = UUID_PATTERN
    orderings = ("starts_at",)
    default_ordering = "-starts_at"
    scopes = {
        "create": Scope.BOOK,
        "series": Scope.BOOK,
        "reschedule": Scope.BOOK,
        "reschedule_following": Scope.BOOK,
        "cancel": Scope.BOOK,
        "cancel_following": Scope.BOOK,
    }

    def rights(self, scope: Scope) -> Sequence[str]:
        """Staff may read appointments, and not who changed what; a series is booked, not changed."""
        name = str(getattr(self, "action", "") or "")
        if name == "history":
            return ("appointments.view_appointment", "appointments.view_appointmentchange")
        if name in _BY_ACTION:
            return (f"appointments.{_BY_ACTION[name]}_appointment",)
        return super().rights(scope)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With its version as ETag."""
        row = self.get_object()
        return Response(self.get_serializer(row).data, headers=etag(row))

    @extend_schema(
        summary="Cancel",
        request=bodies.CancelBody,
        responses=AppointmentSerializer,
        examples=[examples.CANCEL, examples.APPOINTMENT],
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, uuid: str) -> Response:
        """Cancel it, or give up one seat of it."""
        row, body = self.read(bodies.CancelBody)
        if body.get("attendee") is None:
            return self.do(booking.cancel, row, body, reason=body["reason"])
        seat = Attendee.objects.for_company(self.company).filter(pk=body["attendee"]).first() or Attendee()
        return self.do(booking.cancel_seat, row, body, reason=body["reason"], attendee=seat)

    @extend_schema(
        summary="Cancel this and the following of a series",
        request=bodies.CancelFollowingBody,
        responses=SeveralSerializer,
        examples=[examples.CANCEL, examples.SEVERAL],
    )
    @action(detail=True, methods=["post"], url_path="cancel-following")
    def cancel_following(self, request: Request, uuid: str) -> Response:
        """Cancel it and all later ones of its series that can still be cancelled."""
        row, body = self.read(bodies.CancelFollowingBody)
        return self.change(booking.cancel_following, row, body, answer=self.several, reason=body["reason"])

    @extend_schema(
        summary="Confirm",
        request=bodies.ChangeBody,
        responses=AppointmentSerializer,
        examples=[examples.CHANGE_NOTHING, examples.APPOINTMENT],
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, uuid: str) -> Response:
        """Accept a request, or one that was declined before: then its time must still be free."""
        return self.do(booking.confirm, *self.read(bodies.ChangeBody))

    @extend_schema(
        summary="Decline",
        request=bodies.DeclineBody,
        responses=AppointmentSerializer,
        examples=[examples.DECLINE, examples.APPOINTMENT],
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, uuid: str) -> Response:
        """Decline a request. Not final: it can be confirmed afterwards."""
        row, body = self.read(bodies.DeclineBody)
        return self.do(booking.decline, row, body, reason=body["reason"])

    @extend_schema(
        summary="Note who did not come",
        request=bodies.NoShowBody,
        responses=AppointmentSerializer,
        examples=[examples.NO_SHOW, examples.APPOINTMENT],
    )
    @action(detail=True, methods=["post"], url_path="no-show")
    def no_show(self, request: Request, uuid: str) -> Response:
        """Possible from its start on. Without names nobody came."""
        row, body = self.read(bodies.NoShowBody)
        return self.do(booking.mark_no_show, row, body, absences=_absences(body))

    @extend_schema(
        summary="Note that it took place",
        request=bodies.ChangeBody,
        responses=AppointmentSerializer,
        examples=[examples.CHANGE_NOTHING, examples.APPOINTMENT],
    )
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, uuid: str) -> Response:
        """Only noted here: Cal.com has no such thing."""
        return self.do(booking.complete, *self.read(bodies.ChangeBody))

    @extend_schema(summary="History", responses=ChangeSerializer(many=True), filters=False, examples=[examples.CHANGE])
    @action(detail=True, filter_backends=[])
    def history(self, request: Request, uuid: str) -> Response:
        """Who changed what, when and why, newest first."""
        lines = AppointmentChange.objects.for_company(self.company).filter(appointment=self.get_object())
        page = self.paginate_queryset(lines.order_by("-occurred_at", "-pk"))
        return self.get_paginated_response(ChangeSerializer(page, many=True).data)

    @extend_schema(summary="How it stands with Cal.com", responses=SyncStateSerializer, examples=[examples.SYNC])
    @action(detail=True)
    def sync(self, request: Request, uuid: str) -> Response:
        """Whether Cal.com knows it as it is, and what is on its way."""
        row = self.get_object()
        return Response(SyncStateSerializer(row).data, headers=etag(row))

    @extend_schema(
        summary="As a calendar file",
        responses={(200, "text/calendar"): OpenApiResponse(OpenApiTypes.STR, description="RFC 5545, with VTIMEZONE.")},
    )
    @action(detail=True, url_path=r"calendar\.ics", renderer_classes=[JSONRenderer, CalendarRenderer])
    def calendar(self, request: Request, uuid: str) -> HttpResponse:
        """For calendars on telephones and desks; it names no address of whoever attends."""
        row = self.get_object()
        name = f'inline; filename="{row.uuid}.ics"'
        return HttpResponse(
            ics.calendar_of(row, zone=(row.branch or self.company).time_zone),
            content_type=ics.MEDIA_TYPE,
            headers={"Content-Disposition": name},
        )


def _absences(body: dict[str, Any]) -> dict[int, bool] | None:
    """By attendee; None where nobody is named."""
    return {**dict.fromkeys(body.get("absent", ()), True), **dict.fromkeys(body.get("came", ()), False)} or None
