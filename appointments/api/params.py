"""What is read of an address's parameters where there is no list to filter: all are texts there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from appointments.availability import Query
from appointments.models import Appointment, Customer, Hold, Service
from companies.api import instants
from companies.api.serializers import InstantField, TenantRelatedField
from companies.models import Branch, Staff

if TYPE_CHECKING:
    from companies.models import Company

    Serializer = serializers.Serializer[Any]
else:
    Serializer = serializers.Serializer

LONGEST_RANGE = timedelta(days=28)


@extend_schema_field(OpenApiTypes.INT)
class IdParam(TenantRelatedField):
    """The id of a row of the company."""

    def to_internal_value(self, data: Any) -> Any:
        """The row."""
        is_id = isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 19
        return super().to_internal_value(int(data) if is_id else data)


@extend_schema_field(OpenApiTypes.INT)
class StaffParam(IdParam):
    """A staff member, with where they work."""

    def get_queryset(self) -> QuerySet[Any]:
        """Of the company."""
        return super().get_queryset().select_related("home_branch")


@extend_schema_field(OpenApiTypes.UUID)
class UuidParam(TenantRelatedField):
    """The UUID of a row of the company."""


@extend_schema_field(OpenApiTypes.BOOL)
class TrueFalseParam(serializers.ChoiceField):
    """`true` or `false`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=["true", "false"], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Which."""
        return super().to_internal_value(data) == "true"


class DayParam(serializers.DateField):
    """A day, like 2026-12-08."""

    def to_internal_value(self, value: Any) -> date:
        """The day. Not before 1970, not after 2199."""
        day: date = super().to_internal_value(value)
        instants.read(f"{day}T00:00:00+00:00")
        return day


class InstantParam(InstantField):
    """An instant. A `+` that was not encoded arrives as a blank, and is meant all the same."""

    def to_internal_value(self, value: Any) -> datetime:
        """In UTC."""
        moment: datetime = instants.InstantFormField().clean(value)
        return moment


class QueryParams(Serializer):
    """For what time is sought."""

    service = IdParam(Service, help_text="Id of the service.")
    staff = StaffParam(Staff, required=False, help_text="Id of a staff member; without, anybody will do.")
    preferred_staff = StaffParam(Staff, required=False, help_text="Whose turn it is first, where several are free.")
    branch = IdParam(Branch, required=False, help_text="Id of the branch.")
    customer = IdParam(Customer, required=False, help_text="Nothing is offered while they have another appointment.")
    length_min = serializers.IntegerField(
        min_value=1, max_value=1440, required=False, help_text="Minutes; else the usual ones."
    )

    @property
    def company(self) -> Company:
        """The caller's."""
        company: Company = self.context["company"]
        return company

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With `query`."""
        named = {name: attrs.get(name) for name in ("staff", "branch", "customer", "length_min")}
        first = attrs.get("preferred_staff")
        return attrs | {"query": Query(company=self.company, service=attrs["service"], preferred=first, **named)}


class FreshParams(QueryParams):
    """The same, and how new the answer has to be."""

    fresh = TrueFalseParam(default=False, help_text="Ask Cal.com anew, right before booking. Needs the scope `book`.")


class SlotsParams(FreshParams):
    """From when to when."""

    since = InstantParam(help_text="Begins then or later.")
    until = InstantParam(help_text="Begins before; at most 28 days after `since`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A range that runs forwards, and is bearable."""
        since, until = attrs["since"], attrs["until"]
        if until <= since:
            raise _refused("until", _("It ends before it begins."))
        if until - since > LONGEST_RANGE:
            raise _refused("until", _("Ask for 28 days at most."))
        return super().validate(attrs)


class DayParams(FreshParams):
    """Which day, by the clocks of the branch."""

    day = DayParam(required=False, help_text="By the clocks of the branch; without, today.")


class NextParams(FreshParams):
    """From when on, and how far."""

    after = InstantParam(required=False, help_text="Without, now.")
    days = serializers.IntegerField(min_value=1, max_value=28, default=14)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """From now on unless told."""
        return super().validate({"after": timezone.now()} | attrs)


class InstantParams(FreshParams):
    """Just this time."""

    starts_at = InstantParam()


class AlternativesParams(InstantParams):
    """And how many others."""

    most = serializers.IntegerField(min_value=1, max_value=10, default=4)


class ExplainParams(InstantParams):
    """And what does not stand in its way."""

    hold = UuidParam(Hold, by="uuid", required=False, help_text="One's own hold.")
    moving = UuidParam(Appointment, by="uuid", required=False, help_text="An appointment that is to be moved there.")


def _refused(field: str, sentence: Any) -> serializers.ValidationError:
    return serializers.ValidationError({field: [ErrorDetail(str(sentence), code="range")]})
