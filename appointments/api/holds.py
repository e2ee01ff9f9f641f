"""Holds: a time is kept for some minutes, until it is booked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.response import Response

from appointments import booking
from appointments.api import bodies, examples
from appointments.api.asking import Asked, ask
from appointments.api.changes import actor_of
from appointments.api.filters import HoldFilter
from appointments.api.free_schema import NOT_KNOWN
from appointments.api.shown import HeldSerializer, HoldSerializer
from appointments.availability import Query
from appointments.errors import NotBookable
from appointments.models import Appointment, Hold
from companies.api.base import ReadViewSet
from companies.models import Scope, Staff

if TYPE_CHECKING:
    from rest_framework.request import Request

UUID_PATTERN = "[0-9a-fA-F-]{36}"


@extend_schema_view(
    list=extend_schema(summary="Times that are held", examples=[examples.HELD]),
    retrieve=extend_schema(summary="One time that is held", examples=[examples.HELD]),
)
class HoldViewSet(ReadViewSet):
    """Times that are kept for somebody for some minutes; over by themselves at `expires_at`."""

    queryset = Hold.objects.select_related("service", "staff", "branch")
    serializer_class = HoldSerializer
    filterset_class = HoldFilter
    lookup_field = "uuid"
    lookup_value_regex = UUID_PATTERN
    orderings = ("starts_at",)
    default_ordering = "starts_at"
    permission_model = Appointment
    scopes = {"create": Scope.BOOK, "extend": Scope.BOOK, "destroy": Scope.BOOK}

    def rights(self, scope: Scope) -> Sequence[str]:
        """Whoever may book may hold."""
        return (f"appointments.{'view' if scope is Scope.READ else 'add'}_appointment",)

    def get_queryset(self) -> QuerySet[Any]:
        """Only those that still hold; what is over can be let go all the same."""
        rows = super().get_queryset()
        return rows.filter(expires_at__gt=timezone.now()) if self.action in {"list", "retrieve"} else rows

    @extend_schema(
        summary="Hold a time",
        request=bodies.NewHoldBody,
        responses={201: HeldSerializer, **NOT_KNOWN},
        examples=[examples.HOLD, examples.HELD_NOW],
    )
    def create(self, request: Request) -> Response:
        """Keep a time for some minutes: nobody else can book it. Book it with its id as `hold`.

        409 with the reason and other times where it is not free.
        """
        body = self.validated(bodies.NewHoldBody)
        query = Query(
            company=self.company,
            service=body["service"],
            staff=body.get("staff"),
            branch=body.get("branch"),
            length_min=body.get("length_min"),
            customer=body.get("customer"),
            preferred=body.get("preferred_staff"),
        )
        asked = ask(query, body["starts_at"], must_be_known=body["require_confirmed_availability"])
        return asked.take(lambda staff: self.once(lambda: self._held_now(body, asked, staff)))

    @extend_schema(
        summary="Hold it longer",
        request=bodies.ExtendHoldBody,
        responses=HoldSerializer,
        examples=[examples.EXTEND, examples.HELD],
    )
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, uuid: str) -> Response:
        """So many minutes from now on, an hour in all. 409 where it is over."""
        row = self.get_object()
        body = self.validated(bodies.ExtendHoldBody)
        return self.once(lambda: self._extended(row, body["minutes"]))

    @extend_schema(summary="Let it go", request=None, responses={204: None})
    def destroy(self, request: Request, uuid: str) -> Response:
        """Give the time back."""
        row = self.get_object()
        return self.once(lambda: self._released(row))

    def _held_now(self, body: dict[str, Any], asked: Asked, staff: Staff | None) -> Response:
        if staff is None:
            raise NotBookable(_("Whose time? Cal.com does not say who is free: name a staff member."))
        row = booking.hold(
            self.company,
            service=body["service"],
            staff=staff,
            branch=body.get("branch"),
            starts_at=body["starts_at"],
            length_min=body.get("length_min"),
            minutes=body["minutes"],
            actor=actor_of(self.caller),
        )
        context = {**self.get_serializer_context(), "availability": asked.availability}
        return Response(HeldSerializer(row, context=context).data, status=201)

    def _extended(self, row: Hold, minutes: int) -> Response:
        row = booking.extend(row, minutes=minutes, actor=actor_of(self.caller))
        return Response(self.get_serializer(row).data)

    def _released(self, row: Hold) -> Response:
        booking.release(row, actor=actor_of(self.caller))
        return Response(status=204)
