"""Services and customers, to read. They are kept in the portal; whoever books becomes a customer by itself."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from appointments.api import examples
from appointments.api.filters import CustomerFilter, ServiceFilter
from appointments.api.shown import CustomerSerializer, ServiceSerializer
from appointments.models import Customer, Service
from companies.api.base import ReadViewSet

_ID = r"\d{1,18}"


@extend_schema_view(
    list=extend_schema(summary="Services", examples=[examples.SERVICE]),
    retrieve=extend_schema(summary="One service", examples=[examples.SERVICE]),
)
class ServiceViewSet(ReadViewSet):
    """What customers can book."""

    queryset = Service.objects.prefetch_related("staff")
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter
    orderings = ("name",)
    default_ordering = "name"
    lookup_value_regex = _ID


@extend_schema_view(
    list=extend_schema(summary="Customers", examples=[examples.CUSTOMER]),
    retrieve=extend_schema(summary="One customer", examples=[examples.CUSTOMER]),
)
class CustomerViewSet(ReadViewSet):
    """Who books."""

    queryset: Any = Customer.objects.all()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    orderings = ("sort_name",)
    default_ordering = "sort_name"
    lookup_value_regex = _ID
