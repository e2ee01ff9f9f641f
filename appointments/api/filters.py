"""Filters of lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from appointments.customers import normal_email, normal_phone
from appointments.models import Appointment, Customer, Hold, Service
from appointments.models.appointment import LocationType, Status, SyncStatus
from appointments.search import appointments_matching, customers_matching
from companies.api import instants
from companies.api.filters import TenantFilter, TrueFalseFilter
from companies.models import Branch, Staff

if TYPE_CHECKING:
    from django.db.models import QuerySet

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NO_PLACE = "none"
_MOST_MATCHES = 1_000


class _MomentOrDay(instants.InstantFormField):
    """An instant, or a day."""

    def clean(self, value: Any) -> Any:
        """A datetime or a date."""
        text = str(value or "").strip()
        if not _DAY.fullmatch(text):
            return super().clean(value)
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise forms.ValidationError(_("There is no such day.")) from error
        instants.read(f"{day}T00:00:00+00:00")
        return day


@extend_schema_field(OpenApiTypes.STR)
class MomentFilter(django_filters.Filter):
    """Before or since an instant, or a day."""

    field_class = _MomentOrDay

    def __init__(self, field_name: str, *, is_end: bool = False, **kwargs: Any) -> None:
        super().__init__(field_name, lookup_expr="lt" if is_end else "gte", **kwargs)
        self._is_end = is_end

    def filter(self, qs: Any, value: Any) -> Any:
        """Narrow."""
        if value is None:
            return qs
        if not isinstance(value, datetime):
            zone = self.parent.request.caller.company.time_zone
            value = datetime.combine(value + timedelta(days=int(self._is_end)), time(), zone)
        return super().filter(qs, value)


class AnyOfFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """One of several, separated by commas."""

    def __init__(self, field_name: str, *, choices: Iterable[tuple[Any, Any]], **kwargs: Any) -> None:
        offered = [(value, label) for value, label in choices if value]
        names = ", ".join(value for value, _label in offered)
        super().__init__(field_name, lookup_expr="in", choices=offered, label=f"Any of: {names}.", **kwargs)


class LocationFilter(AnyOfFilter):
    """Kinds of places; `none` where none is named."""

    def filter(self, qs: Any, value: Any) -> Any:
        """Narrow."""
        kinds = ["" if kind == _NO_PLACE else kind for kind in value or ()]
        return super().filter(qs, kinds)


class AppointmentFilter(django_filters.FilterSet):
    """Filters of appointments."""

    since = MomentFilter("starts_at", label="Begins then or later: an instant, or a day by the company's clocks.")
    until = MomentFilter("starts_at", is_end=True, label="Begins before that instant, or by the end of that day.")
    status = AnyOfFilter("status", choices=Status.choices)
    sync = AnyOfFilter("sync_status", choices=SyncStatus.choices)
    location_type = LocationFilter("location_type", choices=[*LocationType.choices, (_NO_PLACE, "")])
    staff = TenantFilter(field_name="staff", model=Staff, label="Id of a staff member.")
    branch = TenantFilter(field_name="branch", model=Branch, label="Id of a branch.")
    service = TenantFilter(field_name="service", model=Service, label="Id of a service.")
    customer = TenantFilter(field_name="customer", model=Customer, label="Id of a customer.")
    series = django_filters.UUIDFilter(field_name="series_id", label="A series' id.")
    text = django_filters.CharFilter(
        method="matching",
        max_length=100,
        label="Name, e-mail address or phone of somebody who comes; the latest 1,000.",
    )

    def matching(self, rows: QuerySet[Appointment], _name: str, text: str) -> QuerySet[Appointment]:
        """Of matching customers."""
        customers = Customer.objects.for_company(self.request.caller.company)
        return appointments_matching(rows, text, customers=customers, most=_MOST_MATCHES)


class CustomerFilter(django_filters.FilterSet):
    """Filters of customers."""

    text = django_filters.CharFilter(method="matching", max_length=100, label="Part of name, e-mail or phone.")
    email = django_filters.CharFilter(method="of_email", max_length=254, label="The whole address.")
    phone = django_filters.CharFilter(method="of_phone", max_length=50, label="The whole number, in any writing.")

    def matching(self, rows: QuerySet[Customer], _name: str, text: str) -> QuerySet[Customer]:
        """By parts."""
        return customers_matching(rows, text)

    def of_email(self, rows: QuerySet[Customer], _name: str, text: str) -> QuerySet[Customer]:
        """By the address, in whatever case."""
        return rows.filter(email=normal_email(text))

    def of_phone(self, rows: QuerySet[Customer], _name: str, text: str) -> QuerySet[Customer]:
        """By the number; nobody where it is none."""
        number = normal_phone(text)
        return rows.filter(phone=number) if number else rows.none()


class ServiceFilter(django_filters.FilterSet):
    """Filters of services."""

    staff = TenantFilter(field_name="staff", model=Staff, label="Id of a staff member who is named for it.")
    is_active = TrueFalseFilter(field_name="is_active")
    text = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=100, label="Part of its name."
    )


class HoldFilter(django_filters.FilterSet):
    """Filters of holds."""

    staff = TenantFilter(field_name="staff", model=Staff, label="Id of a staff member.")
    service = TenantFilter(field_name="service", model=Service, label="Id of a service.")

    class Meta:
        model = Hold
        fields: list[str] = []
