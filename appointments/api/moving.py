"""Moving appointments: asked first, then done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from appointments import booking
from appointments.api import bodies, examples
from appointments.api.asking import Asked, ask
from appointments.api.changes import ChangingViewSet
from appointments.api.free_schema import NOT_KNOWN
from appointments.api.shown import BookedSerializer, SeveralSerializer
from appointments.availability import Query
from appointments.models import Appointment

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class MovingViewSet(ChangingViewSet):
    """What moves."""

    @extend_schema(
        summary="Move",
        request=bodies.RescheduleBody,
        responses={200: BookedSerializer, **NOT_KNOWN},
        examples=[examples.RESCHEDULE, examples.BOOKED],
    )
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, uuid: str) -> Response:
        """Another time with the same staff member; it lasts as long as before.

        409 with other times where it is not free. Give the `version` that you have read.
        """
        row, body = self.read(bodies.RescheduleBody)
        asked = self._asked(row, body)
        self._availability = asked.availability if asked else "unknown"
        return self._moved(booking.reschedule, row, body, asked, self._shown_with_availability)

    @extend_schema(
        summary="Move this and the following of a series",
        request=bodies.RescheduleBody,
        responses={200: SeveralSerializer, **NOT_KNOWN},
        examples=[examples.RESCHEDULE, examples.SEVERAL],
    )
    @action(detail=True, methods=["post"], url_path="reschedule-following")
    def reschedule_following(self, request: Request, uuid: str) -> Response:
        """Move it, and all later ones of its series by as much on the clock; all or none.

        Cal.com is asked about the first only; what it refuses of the others is visible as needs_staff.
        """
        row, body = self.read(bodies.RescheduleBody)
        asked = self._asked(row, body)
        return self._moved(booking.reschedule_following, row, body, asked, self.several)

    def get_serializer_context(self) -> dict[str, Any]:
        """With what came of asking."""
        return {**super().get_serializer_context(), "availability": getattr(self, "_availability", "unknown")}

    def _moved(
        self, use_case: Any, row: Appointment, body: dict[str, Any], asked: Asked | None, answer: Any
    ) -> Response:
        def move(_staff: Any = None) -> Response:
            wanted = {"starts_at": body["starts_at"], "reason": body["reason"]}
            return self.change(use_case, row, body, answer=answer, **wanted)

        return asked.take(move) if asked else move()

    def _shown_with_availability(self, row: Appointment) -> Response:
        return self.shown(row, serializer=BookedSerializer)

    def _asked(self, row: Appointment, body: dict[str, Any]) -> Asked | None:
        """None where there is nothing to ask for: no service is known, or it cannot be moved any more."""
        self.refuse_stale(row, body)
        if row.service is None or booking.Action.RESCHEDULE not in booking.possible(row.status):
            return None
        query = Query(
            company=self.company, service=row.service, branch=row.branch, staff=row.staff, customer=row.customer
        )
        must_be_known = body["require_confirmed_availability"]
        return ask(query, body["starts_at"], must_be_known=must_be_known, moving=row)
