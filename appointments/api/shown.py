"""How rows of the appointment book are shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from appointments.api.free_schema import NamedSerializer
from appointments.booking import possible
from appointments.models import Appointment, AppointmentChange, Attendee, Customer, Push, Service
from appointments.models.appointment import LocationType, Status, SyncStatus
from companies.api.serializers import InstantField, RowSerializer

if TYPE_CHECKING:
    Serializer = serializers.Serializer[Any]
else:
    Serializer = serializers.Serializer

_FOR_STAFF = {SyncStatus.NEEDS_STAFF, SyncStatus.CONFLICT, SyncStatus.ORPHANED}


class LocalTimes(Serializer):
    """From when to when, in UTC and on the clocks of the branch."""

    starts_at = InstantField()
    ends_at = InstantField()
    starts_at_local = serializers.SerializerMethodField()
    ends_at_local = serializers.SerializerMethodField()
    time_zone = serializers.SerializerMethodField(help_text="Of the branch, else of the company.")

    @extend_schema_field(serializers.DateTimeField())
    def get_starts_at_local(self, row: Any) -> str:
        """On the clocks there."""
        return _local(row.starts_at, self._zone(row))

    @extend_schema_field(serializers.DateTimeField())
    def get_ends_at_local(self, row: Any) -> str:
        """On the clocks there."""
        return _local(row.ends_at, self._zone(row))

    def get_time_zone(self, row: Any) -> str:
        """Its name."""
        return self._zone(row).key

    def _zone(self, row: Any) -> ZoneInfo:
        zone: ZoneInfo = (row.branch or self.context["company"]).time_zone
        return zone


class AttendeeSerializer(RowSerializer):
    """Somebody who attends, or has left a seat."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    state = serializers.ChoiceField(choices=Attendee.State.choices)
    email = serializers.CharField()
    phone = serializers.CharField()

    class Meta:
        model = Attendee
        fields = ["id", "customer", "name", "email", "phone", "is_guest", "state", "no_show"]


class LocationSerializer(Serializer):
    """Where it happens."""

    type = serializers.ChoiceField(source="location_type", choices=LocationType.choices, allow_blank=True)
    value = serializers.CharField(source="location_value")


class PriceSerializer(Serializer):
    """The price when it was booked."""

    amount = serializers.DecimalField(source="booked_price", max_digits=10, decimal_places=2, allow_null=True)
    currency = serializers.CharField(source="booked_currency")


class SyncSerializer(Serializer):
    """How it stands with Cal.com. `needs_staff`: somebody has to decide something in the portal; `needs_second_look`:
    something there is other than was asked for, like the person."""

    status = serializers.ChoiceField(source="sync_status", choices=SyncStatus.choices)
    error = serializers.CharField(source="sync_error")
    attempts = serializers.IntegerField(source="sync_attempts")
    verified_at = InstantField(allow_null=True)
    needs_staff = serializers.SerializerMethodField()
    needs_second_look = serializers.BooleanField(source="requires_manual_review")

    def get_needs_staff(self, row: Appointment) -> bool:
        """Whether it waits for a person."""
        return row.sync_status in _FOR_STAFF


class AppointmentSerializer(LocalTimes):
    """An appointment. Its `version` is its ETag, too."""

    id = serializers.UUIDField(source="uuid")
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    sync = SyncSerializer(source="*")
    title = serializers.CharField(source="booking_title")
    service = NamedSerializer(allow_null=True)
    staff = NamedSerializer(allow_null=True)
    branch = NamedSerializer(allow_null=True)
    customer = NamedSerializer(allow_null=True)
    attendees = AttendeeSerializer(many=True)
    location = LocationSerializer(source="*")
    meeting_url = serializers.CharField()
    price = PriceSerializer(source="*")
    answers = serializers.DictField(source="responses")
    source = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    series = serializers.UUIDField(source="series_id", allow_null=True)
    is_seated = serializers.BooleanField()
    is_double_booked = serializers.BooleanField()
    cancellation_reason = serializers.CharField()
    rejected_reason = serializers.CharField()
    reschedule_count = serializers.IntegerField()
    previous_starts_at = InstantField(allow_null=True)
    possible = serializers.SerializerMethodField(help_text="What can be done with it in this state.")
    created_at = InstantField()
    updated_at = InstantField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_possible(self, row: Appointment) -> list[str]:
        """The names of the actions."""
        return [action.name.lower().replace("_", "-").removeprefix("mark-") for action in possible(row.status)]


AVAILABILITY = [
    ("available", _("It was asked for, and it was free.")),
    ("unknown", _("Cal.com did not answer. It hears of it later.")),
]


class AskedSerializer(Serializer):
    """Whether Cal.com has confirmed that the time was free."""

    availability = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=AVAILABILITY))
    def get_availability(self, row: Any) -> str:
        """As it was answered."""
        return str(self.context["availability"])


class BookedSerializer(AskedSerializer, AppointmentSerializer):
    """An appointment that was booked or moved just now."""


class SeveralSerializer(Serializer):
    """The appointments that were changed."""

    results = AppointmentSerializer(many=True)


class SeriesSerializer(Serializer):
    """A series that was booked just now."""

    series = serializers.UUIDField()
    availability = serializers.ChoiceField(choices=AVAILABILITY)
    results = AppointmentSerializer(many=True)


class ChangeSerializer(RowSerializer):
    """One line of the history. `details` maps a field to its old and new value."""

    actor = serializers.CharField(source="actor_name")
    details = serializers.DictField()

    class Meta:
        model = AppointmentChange
        fields = ["id", "action", "side", "actor", "reason", "occurred_at", "recorded_at", "details"]


class PushSerializer(RowSerializer):
    """One change on its way to Cal.com."""

    state = serializers.ChoiceField(choices=Push.State.choices)
    trouble = serializers.ChoiceField(choices=Push.Trouble.choices, allow_blank=True)

    class Meta:
        model = Push
        fields = [
            "version",
            "operation",
            "state",
            "trouble",
            "error",
            "attempts",
            "reason",
            "created_at",
            "next_at",
            "finished_at",
        ]


class SyncStateSerializer(SyncSerializer):
    """How an appointment stands with Cal.com, and the latest changes that Cal.com was to be told, newest first."""

    id = serializers.UUIDField(source="uuid")
    version = serializers.IntegerField()
    calcom_booking_id = serializers.IntegerField(allow_null=True)
    changes = serializers.SerializerMethodField()

    @extend_schema_field(PushSerializer(many=True))
    def get_changes(self, row: Appointment) -> Any:
        """Twenty at most."""
        latest = Push.objects.filter(appointment=row).order_by("-version")[:20]
        return PushSerializer(latest, many=True).data


class HoldSerializer(LocalTimes):
    """A time that is held. `is_reserved`: Cal.com hides it from others as well."""

    id = serializers.UUIDField(source="uuid")
    service = NamedSerializer()
    staff = NamedSerializer()
    branch = NamedSerializer(allow_null=True)
    length_min = serializers.IntegerField()
    expires_at = InstantField()
    is_live = serializers.BooleanField()
    is_reserved = serializers.BooleanField()
    holder = serializers.CharField()
    created_at = InstantField()


class HeldSerializer(AskedSerializer, HoldSerializer):
    """A time that is held since just now."""


class ServiceSerializer(RowSerializer):
    """What customers can book. Lengths are minutes; `staff` empty: everybody performs it."""

    staff = serializers.SerializerMethodField()
    description = serializers.CharField()
    price = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)
    currency = serializers.CharField()
    duration_min = serializers.IntegerField()
    buffer_before_min = serializers.IntegerField()
    buffer_after_min = serializers.IntegerField()
    notice_min = serializers.IntegerField()

    class Meta:
        model = Service
        fields = [
            "id",
            "name",
            "description",
            "duration_min",
            "buffer_before_min",
            "buffer_after_min",
            "notice_min",
            "price",
            "currency",
            "requires_confirmation",
            "staff",
            "is_active",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_staff(self, row: Service) -> list[int]:
        """Ids, from what was fetched beside."""
        return sorted(one.pk for one in row.staff.all())


class CustomerSerializer(RowSerializer):
    """Somebody who books. E-mail address and phone may be empty."""

    email = serializers.CharField()
    phone = serializers.CharField(help_text="As +49…; empty where there is none.")
    language = serializers.CharField()
    notes = serializers.CharField()

    class Meta:
        model = Customer
        fields = ["id", "name", "email", "phone", "language", "notes", "created_at"]


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()
