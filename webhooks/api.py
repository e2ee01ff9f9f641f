"""Deliveries and what became of them, to read. Their bodies stay inside: they hold whatever customers wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from companies.api.base import ReadViewSet
from companies.api.examples import first, provide
from companies.api.filters import InstantFilter
from companies.api.serializers import RowSerializer
from companies.models import Scope
from companies.roles import PAYLOAD
from webhooks.models import WebhookEvent
from webhooks.reasons import shown

if TYPE_CHECKING:
    from companies.api.callers import Caller


class DeliverySerializer(RowSerializer):
    """One delivery of Cal.com's."""

    id = serializers.UUIDField(source="delivery_id")
    booking_uid = serializers.SerializerMethodField(
        help_text="Whoever knows it can cancel the booking at Cal.com: empty for keys that may not."
    )
    reason = serializers.SerializerMethodField(help_text="Why it ended so; empty where there is nothing to say.")

    class Meta:
        model = WebhookEvent
        fields = ["id", "trigger", "booking_uid", "state", "reason", "attempts", "received_at", "finished_at"]

    def get_booking_uid(self, event: WebhookEvent) -> str:
        """For keys that may cancel, and for people who may read raw data."""
        caller: Caller = self.context["caller"]
        may_know = caller.may(Scope.BOOK) if caller.key else caller.holds(PAYLOAD)
        return event.booking_uid if may_know else ""

    def get_reason(self, event: WebhookEvent) -> str:
        """In the reader's language."""
        return shown(event)


class DeliveryFilter(django_filters.FilterSet):
    """Filters of deliveries."""

    state = django_filters.ChoiceFilter(field_name="state", choices=WebhookEvent.State.choices)
    trigger = django_filters.CharFilter(field_name="trigger", max_length=64)
    booking_uid = django_filters.CharFilter(field_name="booking_uid", max_length=200)
    received_from = InstantFilter(field_name="received_at", lookup_expr="gte")
    received_to = InstantFilter(field_name="received_at", lookup_expr="lt")


provide(
    "deliveries",
    of=first(WebhookEvent.objects, "delivery_id"),
    otherwise="5f0bb1f2-52f3-5d4c-9a52-0d9b1a5b5b6e",
)

_EXAMPLE = OpenApiExample(
    "A delivery",
    {
        "id": "5f0bb1f2-52f3-5d4c-9a52-0d9b1a5b5b6e",
        "trigger": "BOOKING_CREATED",
        "booking_uid": "bFJeNb2uX8ANpT3JL5EfXw",
        "state": "done",
        "reason": "",
        "attempts": 0,
        "received_at": "2026-12-01T08:00:00Z",
        "finished_at": "2026-12-01T08:00:01Z",
    },
    response_only=True,
)


@extend_schema_view(
    list=extend_schema(summary="Deliveries", examples=[_EXAMPLE]),
    retrieve=extend_schema(summary="One delivery", examples=[_EXAMPLE]),
)
class DeliveryViewSet(ReadViewSet):
    """What Cal.com told, newest first, and what became of it."""

    queryset = WebhookEvent.objects.defer("body")
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    lookup_field = "delivery_id"
    lookup_url_kwarg = "id"
    orderings = ("received_at",)
    default_ordering = "-received_at"


router = SimpleRouter()
router.register("deliveries", DeliveryViewSet, basename="delivery")

urlpatterns = router.urls
