"""Branches and staff, to read. They are kept in the portal."""

from __future__ import annotations

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from companies.api.base import ReadViewSet
from companies.api.filters import TenantFilter, TrueFalseFilter
from companies.api.serializers import RowSerializer
from companies.models import Branch, Staff


class BranchSerializer(RowSerializer):
    """A place where appointments happen."""

    time_zone = serializers.CharField(source="time_zone.key", help_text="A name of the IANA time zone database.")
    hours = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text='Opening hours in the branch\'s own time: {"mon": ["09:00-18:00"]}. Empty: always open.',
    )

    class Meta:
        model = Branch
        fields = ["id", "name", "street", "postal_code", "city", "country", "time_zone", "hours", "is_active"]


class StaffSerializer(RowSerializer):
    """Somebody who performs services."""

    home_branch = serializers.IntegerField(source="home_branch_id", allow_null=True)
    email = serializers.CharField()
    phone = serializers.CharField(help_text="As +49…; empty where there is none.")

    class Meta:
        model = Staff
        fields = ["id", "name", "email", "phone", "home_branch", "is_bookable", "is_active"]


class BranchFilter(django_filters.FilterSet):
    """Filters of branches."""

    city = django_filters.CharFilter(field_name="city", lookup_expr="iexact", max_length=100)
    is_active = TrueFalseFilter(field_name="is_active")


class StaffFilter(django_filters.FilterSet):
    """Filters of staff."""

    branch = TenantFilter(field_name="home_branch", model=Branch, label="Id of the home branch.")
    is_bookable = TrueFalseFilter(field_name="is_bookable")
    is_active = TrueFalseFilter(field_name="is_active")


_BRANCH = OpenApiExample(
    "A branch",
    {
        "id": 1,
        "name": "Mitte",
        "street": "Beispielstraße 1",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "hours": {"mon": ["09:00-18:00"], "sat": ["09:00-13:00"]},
        "is_active": True,
    },
    response_only=True,
)
_STAFF = OpenApiExample(
    "A staff member",
    {
        "id": 1,
        "name": "Lena Beispiel",
        "email": "lena@example.com",
        "phone": "",
        "home_branch": 1,
        "is_bookable": True,
        "is_active": True,
    },
    response_only=True,
)


@extend_schema_view(
    list=extend_schema(summary="Branches", examples=[_BRANCH]),
    retrieve=extend_schema(summary="One branch", examples=[_BRANCH]),
)
class BranchViewSet(ReadViewSet):
    """Where appointments happen."""

    queryset = Branch.objects.all()
    serializer_class = BranchSerializer
    filterset_class = BranchFilter
    orderings = ("name",)
    default_ordering = "name"


@extend_schema_view(
    list=extend_schema(summary="Staff", examples=[_STAFF]),
    retrieve=extend_schema(summary="One staff member", examples=[_STAFF]),
)
class StaffViewSet(ReadViewSet):
    """Who performs services."""

    queryset = Staff.objects.all()
    serializer_class = StaffSerializer
    filterset_class = StaffFilter
    orderings = ("name",)
    default_ordering = "name"
