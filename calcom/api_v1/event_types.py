"""Event types and what booking one means here, to read. They are kept in step by the sync, and mapped in the portal."""

from __future__ import annotations

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping
from companies.api.base import ReadViewSet
from companies.api.examples import first, provide
from companies.api.filters import TenantFilter, TrueFalseFilter
from companies.api.serializers import RowSerializer
from companies.models import Branch, Staff


class MeaningSerializer(RowSerializer):
    """Which service is booked with it, where, and by whom performed."""

    service = serializers.IntegerField(source="service_id")
    branch = serializers.IntegerField(source="branch_id", allow_null=True, help_text="Empty: any.")
    staff = serializers.IntegerField(source="staff_id", allow_null=True, help_text="Empty: a team's event type.")

    class Meta:
        model = EventTypeMapping
        fields = ["service", "branch", "staff"]


class EventTypeSerializer(RowSerializer):
    """An event type of the company's Cal.com account."""

    mapping = MeaningSerializer(allow_null=True, help_text="What it means here; null: nobody has said so yet.")
    length_options = serializers.ListField(child=serializers.IntegerField(), help_text="Minutes to choose from.")
    warnings = serializers.ListField(child=serializers.ChoiceField(EventType.Caution.choices))

    class Meta:
        model = EventType
        fields = [
            "id",
            "calcom_id",
            "title",
            "slug",
            "description",
            "length_min",
            "length_options",
            "price",
            "currency",
            "scheduling_type",
            "requires_confirmation",
            "is_recurring",
            "seats",
            "notice_min",
            "buffer_before_min",
            "buffer_after_min",
            "is_hidden",
            "is_active",
            "is_listed",
            "warnings",
            "mapping",
            "last_synced_at",
        ]


class EventTypeFilter(django_filters.FilterSet):
    """Filters of event types."""

    calcom_id = django_filters.NumberFilter(field_name="calcom_id", min_value=1, max_value=2**63 - 1, decimal_places=0)
    title = django_filters.CharFilter(field_name="title", lookup_expr="icontains", max_length=255)
    service = TenantFilter(field_name="mapping__service", model=Service)
    branch = TenantFilter(field_name="mapping__branch", model=Branch)
    staff = TenantFilter(field_name="mapping__staff", model=Staff)
    is_active = TrueFalseFilter(field_name="is_active")
    is_listed = TrueFalseFilter(field_name="is_listed")
    is_mapped = TrueFalseFilter(field_name="mapping", lookup_expr="isnull", exclude=True)


provide("event-types", of=first(EventType.objects), otherwise=1)

_EXAMPLE = OpenApiExample(
    "An event type",
    {
        "id": 1,
        "calcom_id": 4711,
        "title": "Haircut",
        "slug": "haircut",
        "description": "",
        "length_min": 45,
        "length_options": [],
        "price": "38.50",
        "currency": "EUR",
        "scheduling_type": "",
        "requires_confirmation": False,
        "is_recurring": False,
        "seats": None,
        "notice_min": 120,
        "buffer_before_min": 0,
        "buffer_after_min": 15,
        "is_hidden": False,
        "is_active": True,
        "is_listed": True,
        "warnings": [],
        "mapping": {"service": 1, "branch": 1, "staff": 1},
        "last_synced_at": "2026-12-01T08:00:00Z",
    },
    response_only=True,
)


@extend_schema_view(
    list=extend_schema(summary="Event types", examples=[_EXAMPLE]),
    retrieve=extend_schema(summary="One event type", examples=[_EXAMPLE]),
)
class EventTypeViewSet(ReadViewSet):
    """What Cal.com offers, and which service, branch and staff member that means here."""

    queryset = EventType.objects.select_related("mapping")
    serializer_class = EventTypeSerializer
    filterset_class = EventTypeFilter
    orderings = ("title", "calcom_id")
    default_ordering = "title"
