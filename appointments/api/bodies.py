"""What is read of a request's body. Nothing is decided here: the use cases of appointments.booking do that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from appointments.api.moments import LocalMomentField, ZoneField, instant
from appointments.backends import AttendeeSnapshot, Location
from appointments.booking.holds import DEFAULT_MIN, LONGEST_MIN
from appointments.customers import normal_phone
from appointments.models import Customer, Hold, Service
from appointments.models.appointment import LocationType, Source
from companies.api.serializers import StrictSerializer, TenantRelatedField
from companies.models import Branch, Staff

_LONGEST_LENGTH_MIN = 1440
_LONGEST_SERIES = 26
_MOST_PEOPLE = 10
_MOST_ANSWERS = 50

_ZONE_HELP = "Where clocks show `starts_at`, if it has no zone of its own; and what the customer is told times in."
_SURE_HELP = "Refuse (424) where Cal.com does not answer. Otherwise it is booked, and told to Cal.com later."


class Id(serializers.IntegerField):
    """An id inside of a list, where StrictSerializer does not look."""

    def to_internal_value(self, data: Any) -> int:
        """A whole number, and no text or truth."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class WithZone(StrictSerializer):
    """A body with `starts_at`, which may be a time on a clock together with `time_zone`."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With `starts_at` in UTC."""
        moment: datetime | None = attrs.get("starts_at")
        if moment is None:
            return attrs
        return attrs | {"starts_at": instant(moment, attrs.get("time_zone"), field="starts_at")}


class PersonBody(StrictSerializer):
    """Somebody who attends."""

    name = serializers.CharField(max_length=255)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=50, required=False, allow_blank=True)
    time_zone = ZoneField(required=False)
    locale = serializers.RegexField(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$", max_length=10, required=False)

    def validate_phone(self, value: str) -> str:
        """A number that can be called."""
        if value.strip() and not normal_phone(value):
            raise serializers.ValidationError(_("This is no phone number. Write it like +49 30 123456."), code="phone")
        return value

    def to_internal_value(self, data: Any) -> AttendeeSnapshot:
        """As the domain has it."""
        told = super().to_internal_value(data)
        return AttendeeSnapshot(**told)


class LocationBody(StrictSerializer):
    """Where it happens."""

    type = serializers.ChoiceField(choices=LocationType.choices)
    value = serializers.CharField(max_length=1000, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Location:
        """As the domain has it."""
        told = super().to_internal_value(data)
        return Location(**told)


class OrderBody(WithZone):
    """What can be said of an appointment that is booked, or of each of a series."""

    service = TenantRelatedField(Service)
    staff = TenantRelatedField(
        Staff, required=False, allow_null=True, help_text="Without one, whoever is free; `preferred_staff` first."
    )
    preferred_staff = TenantRelatedField(Staff, required=False, allow_null=True)
    branch = TenantRelatedField(Branch, required=False, allow_null=True)
    customer = TenantRelatedField(
        Customer, required=False, allow_null=True, help_text="Somebody who is known; else give `attendees`."
    )
    starts_at = LocalMomentField()
    time_zone = ZoneField(required=False, help_text=_ZONE_HELP)
    length_min = serializers.IntegerField(
        min_value=1, max_value=_LONGEST_LENGTH_MIN, required=False, allow_null=True, help_text="Else the usual one."
    )
    attendees = serializers.ListField(child=PersonBody(), required=False, min_length=1, max_length=_MOST_PEOPLE)
    guests = serializers.ListField(
        child=serializers.EmailField(max_length=254), required=False, max_length=_MOST_PEOPLE
    )
    location = LocationBody(required=False)
    answers = serializers.DictField(required=False, help_text="Answers to the service's questions, by their names.")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF takes declared fields off the class
        choices=[(one.value, one.label) for one in (Source.API, Source.PHONE)], default="api"
    )
    require_confirmed_availability = serializers.BooleanField(default=False, help_text=_SURE_HELP)

    def validate_answers(self, value: dict[str, Any]) -> dict[str, Any]:
        """A bearable number of them."""
        if len(value) > _MOST_ANSWERS or any(len(name) > 100 for name in value):
            raise serializers.ValidationError(_("At most 50 answers, with names of at most 100 characters."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody has to come."""
        if not attrs.get("customer") and not attrs.get("attendees"):
            sentence = _("Say who the appointment is for, or name a customer.")
            raise serializers.ValidationError({"attendees": [ErrorDetail(str(sentence), code="required")]})
        return super().validate(attrs)


class NewAppointmentBody(OrderBody):
    """An appointment to be booked. With a `hold`, service, time, staff member, branch and length are the hold's."""

    service = TenantRelatedField(Service, required=False)
    starts_at = LocalMomentField(required=False)
    hold = TenantRelatedField(Hold, by="uuid", required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With what the hold says."""
        attrs = super().validate(attrs)
        held: Hold | None = attrs.get("hold")
        if held is not None:
            attrs = {"service": held.service, "starts_at": held.starts_at} | attrs
        missing = [name for name in ("service", "starts_at") if name not in attrs]
        if missing:
            sentence = _("This field is required, unless there is a hold.")
            raise serializers.ValidationError({name: [ErrorDetail(str(sentence), code="required")] for name in missing})
        return attrs


class NewSeriesBody(OrderBody):
    """Appointments some weeks apart, at the same time on the clock."""

    count = serializers.IntegerField(min_value=2, max_value=_LONGEST_SERIES)
    every_weeks = serializers.IntegerField(min_value=1, max_value=12, default=1)


class ChangeBody(StrictSerializer):
    """A change. `version` is the one that was read: if it has changed since, nothing is done (409)."""

    version = serializers.IntegerField(min_value=1, required=False, help_text="Or send it as If-Match.")


class RescheduleBody(WithZone, ChangeBody):
    """Another time; it lasts as long as before."""

    starts_at = LocalMomentField()
    time_zone = ZoneField(required=False, help_text="Where clocks show `starts_at`, if it has no zone of its own.")
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    require_confirmed_availability = serializers.BooleanField(default=False, help_text=_SURE_HELP)


class CancelFollowingBody(ChangeBody):
    """Why. The customer reads it."""

    reason = serializers.CharField(max_length=1000)


class CancelBody(CancelFollowingBody):
    """Why; and of an appointment with several seats, whose seat."""

    attendee = Id(required=False, allow_null=True, help_text="Id of an attendee: only that seat is given up.")


class DeclineBody(ChangeBody):
    """Why."""

    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class NoShowBody(ChangeBody):
    """Who did not come, and who did after all, by the ids of attendees. Neither: nobody came."""

    absent = serializers.ListField(child=Id(), required=False, allow_empty=False, max_length=100)
    came = serializers.ListField(child=Id(), required=False, allow_empty=False, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nobody can be both."""
        if set(attrs.get("absent", ())) & set(attrs.get("came", ())):
            sentence = _("Somebody is named as absent, too.")
            raise serializers.ValidationError({"came": [ErrorDetail(str(sentence), code="invalid")]})
        return attrs


class NewHoldBody(WithZone):
    """A time to be held."""

    service = TenantRelatedField(Service)
    staff = TenantRelatedField(Staff, required=False, allow_null=True)
    preferred_staff = TenantRelatedField(Staff, required=False, allow_null=True)
    branch = TenantRelatedField(Branch, required=False, allow_null=True)
    customer = TenantRelatedField(Customer, required=False, allow_null=True)
    starts_at = LocalMomentField()
    time_zone = ZoneField(required=False, help_text="Where clocks show `starts_at`, if it has no zone of its own.")
    length_min = serializers.IntegerField(min_value=1, max_value=_LONGEST_LENGTH_MIN, required=False, allow_null=True)
    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_MIN, default=DEFAULT_MIN)
    require_confirmed_availability = serializers.BooleanField(default=False, help_text=_SURE_HELP)


class ExtendHoldBody(StrictSerializer):
    """For how many minutes from now on; an hour in all."""

    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_MIN, default=DEFAULT_MIN)
