"""When is somebody free? Six questions to appointments.availability."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from appointments import availability
from appointments.api import free_examples as examples
from appointments.api import free_schema, free_shown, params
from appointments.availability.kept import Kept
from appointments.models import Service
from companies.api.base import TenantView
from companies.api.filters import check_parameters
from companies.api.scopes import too_small
from companies.keys import Scope

if TYPE_CHECKING:
    from rest_framework.request import Request

    from appointments.availability import Query


_kept = Kept[dict[str, Any]]()


class AvailabilityViewSet(ViewSetMixin, TenantView):
    """Free time. Three answers, never two: free, not free and why, and not known as Cal.com did not answer."""

    permission_model = Service

    @extend_schema(
        summary="Free times",
        parameters=[params.SlotsParams],
        responses=free_schema.SlotsSerializer,
        examples=examples.SLOTS,
    )
    @action(detail=False)
    def slots(self, request: Request) -> Response:
        """All times within a range, soonest first, with who is free."""
        asked = self._read(params.SlotsParams)
        found = availability.slots(asked["query"], asked["since"], asked["until"], fresh=asked["fresh"])
        return Response(free_shown.slots(found, free_shown.zone_of(asked["query"])))

    @extend_schema(
        summary="A week",
        parameters=[params.DayParams],
        responses=free_schema.WeekSerializer,
        examples=examples.WEEK,
    )
    @action(detail=False)
    def week(self, request: Request) -> Response:
        """Monday to Sunday of the week of `day`, slot by slot: free, or why not."""
        asked = self._read(params.DayParams)
        found = availability.week(asked["query"], _day(asked), fresh=asked["fresh"])
        return Response(free_shown.week(found))

    @extend_schema(
        summary="A day",
        parameters=[params.DayParams],
        responses=free_schema.DayViewSerializer,
        examples=examples.DAY,
    )
    @action(detail=False)
    def day(self, request: Request) -> Response:
        """One day over all staff who perform the service; whoever cannot be booked, with the reason."""
        asked = self._read(params.DayParams)
        found = availability.day_view(asked["query"], _day(asked), fresh=asked["fresh"])
        return Response(free_shown.day(found))

    @extend_schema(
        summary="The next free time",
        parameters=[params.NextParams],
        responses=free_schema.NextFreeSerializer,
        examples=examples.NEXT,
    )
    @action(detail=False)
    def next(self, request: Request) -> Response:
        """The first one, up to 28 days ahead."""
        asked = self._read(params.NextParams)
        found = availability.next_free(asked["query"], asked["after"], days=asked["days"], fresh=asked["fresh"])
        return Response(free_shown.next_free(found, free_shown.zone_of(asked["query"])))

    @extend_schema(
        summary="Other times",
        parameters=[params.AlternativesParams],
        responses=free_schema.AlternativesSerializer,
        examples=examples.ALTERNATIVES,
    )
    @action(detail=False)
    def alternatives(self, request: Request) -> Response:
        """The same day, the next working day and a week later at that time, and the next free one."""
        asked = self._read(params.AlternativesParams)
        query: Query = asked["query"]
        found = availability.alternatives(query, asked["starts_at"], most=asked["most"], fresh=asked["fresh"])
        return Response(free_shown.alternatives(found, free_shown.zone_of(query)))

    @extend_schema(
        summary="Why a time is free or not",
        parameters=[params.ExplainParams],
        responses=free_schema.ExplanationSerializer,
        examples=examples.EXPLAIN,
    )
    @action(detail=False)
    def explain(self, request: Request) -> Response:
        """All that was looked at for just this time, step by step, and what follows."""
        asked = self._checked(params.ExplainParams)
        query: Query = asked["query"]
        found = availability.explain(
            query.service,
            query.staff,
            asked["starts_at"],
            branch=query.branch,
            length_min=query.length_min,
            customer=query.customer,
            fresh=asked["fresh"],
            own_hold=asked.get("hold"),
            moving=asked.get("moving"),
        )
        return Response(free_shown.explanation(found, free_shown.zone_of(query)))

    def _read(self, kind: type[params.QueryParams]) -> dict[str, Any]:
        """The address's parameters, checked; the rows that they name may be some seconds old.

        Asking Cal.com anew uses up what the company may ask in a minute: it is for those who book.
        """
        asked = tuple(sorted((name, *values) for name, values in self.request.query_params.lists()))
        told = _kept.get((kind, self.company.pk, asked), lambda: self._checked(kind))
        if told["fresh"] and not self.caller.may(Scope.BOOK):
            raise too_small(Scope.BOOK, is_key=self.caller.key is not None)
        return told

    def _checked(self, kind: type[params.QueryParams]) -> dict[str, Any]:
        serializer = kind(data=self.request.query_params.dict(), context={"company": self.company})
        check_parameters(self.request, {"company", *serializer.fields})
        serializer.is_valid(raise_exception=True)
        told: dict[str, Any] = serializer.validated_data
        return told


def _day(asked: dict[str, Any]) -> date:
    """The day; today, by the clocks of the branch."""
    day: date | None = asked.get("day")
    return day or timezone.now().astimezone(free_shown.zone_of(asked["query"])).date()
