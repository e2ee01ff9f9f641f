"""Appointments, who attends them, the time they take and the names they were known by."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from appointments.models.customer import Customer
from appointments.models.history import Side
from appointments.models.service import Service
from companies.models import Branch, Staff
from companies.tenancy import TenantModel


class Status(models.TextChoices):
    """Where an appointment stands. A move is a change and a counter, not a status."""

    PENDING = "pending", _("pending")
    CONFIRMED = "confirmed", _("confirmed")
    CANCELLED = "cancelled", _("cancelled")
    REJECTED = "rejected", _("rejected")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("no-show")


class SyncStatus(models.TextChoices):
    """How an appointment stands with the booking backend."""

    NOT_APPLICABLE = "not_applicable", _("not applicable")
    NOT_CONNECTED = "not_connected", _("not connected")
    PENDING = "pending", _("waiting")
    IN_FLIGHT = "in_flight", _("being sent")
    UNCLEAR = "unclear", _("unclear")
    SYNCED = "synced", _("synchronised")
    NEEDS_STAFF = "needs_staff", _("needs staff")
    CONFLICT = "conflict", _("conflict")
    ORPHANED = "orphaned", _("orphaned")


class Source(models.TextChoices):
    """How an appointment came to be."""

    CALCOM = "calcom", "Cal.com"
    PHONE = "phone", _("phone")
    PORTAL = "portal", _("portal")
    API = "api", "API"
    IMPORT = "import", _("import")


class LocationType(models.TextChoices):
    """What kind of place an appointment happens at."""

    IN_PERSON = "in_person", _("in person")
    VIDEO = "video", _("video")
    PHONE = "phone", _("phone")
    LINK = "link", _("link")
    OTHER = "other", _("other place")
    __empty__ = _("no location")


class Appointment(TenantModel):
    """One appointment, whatever number of moves and uids its booking went through.

    `told_status` is what the booking backend said last; `status` is what follows from it, from the attendees and
    from the meeting's end. `news` holds, for each group of columns, how new the news is that filled it
    (see appointments.inbound.registers).
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    reference = models.UUIDField(_("reference"), default=uuid4, unique=True, editable=False)
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("branch")
    )
    staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("staff member"),
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("service"),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("customer"),
    )

    title = models.CharField(_("title"), max_length=500, blank=True, default="")
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    booking_time_zone = TimeZoneField(_("time zone of the booking"), default="Europe/Berlin")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    told_status = models.CharField(max_length=10, choices=Status.choices, editable=False)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    sync_origin = models.CharField(_("sync origin"), max_length=8, choices=Side.choices)

    calcom_booking_id = models.BigIntegerField(_("Cal.com booking id"), null=True, blank=True)
    calcom_booking_uid = models.CharField(_("Cal.com booking uid"), max_length=200, blank=True, default="")
    ical_uid = models.CharField(_("iCal UID"), max_length=300, blank=True, default="")
    ical_sequence = models.IntegerField(_("iCal sequence"), null=True, blank=True)
    calcom_event_type_id = models.BigIntegerField(_("Cal.com event type id"), null=True, blank=True)
    calcom_host_id = models.BigIntegerField(_("Cal.com host id"), null=True, blank=True)

    responses = models.JSONField(_("answers"), default=dict, blank=True)
    booking_metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    hosts = models.JSONField(_("hosts"), default=list, blank=True)
    payload = models.JSONField(_("raw payload"), default=dict, blank=True)

    location_type = models.CharField(
        _("location type"), max_length=10, choices=LocationType.choices, blank=True, default=""
    )
    location_value = models.CharField(_("location"), max_length=1000, blank=True, default="")
    meeting_url = models.CharField(_("meeting URL"), max_length=1000, blank=True, default="")
    recording_url = models.CharField(_("recording"), max_length=2000, blank=True, default="")

    is_seated = models.BooleanField(_("several seats"), default=False)
    is_recurring = models.BooleanField(_("recurring"), default=False)
    recurring_event_id = models.CharField(_("recurring event id"), max_length=200, blank=True, default="")
    series_id = models.UUIDField(_("series"), null=True, blank=True)
    meeting_ended_at = models.DateTimeField(_("meeting ended"), null=True, blank=True)

    cancellation_reason = models.TextField(_("cancellation reason"), blank=True, default="")
    rejected_reason = models.TextField(_("rejection reason"), blank=True, default="")
    cancelled_by = models.CharField(_("cancelled by"), max_length=254, blank=True, default="")
    previous_starts_at = models.DateTimeField(_("previous start"), null=True, blank=True)
    rescheduled_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    rescheduled_by = models.CharField(_("moved by"), max_length=254, blank=True, default="")
    reschedule_count = models.PositiveIntegerField(_("moves"), default=0)

    booked_price = models.DecimalField(_("price when booked"), max_digits=10, decimal_places=2, null=True, blank=True)
    booked_currency = models.CharField(_("currency when booked"), max_length=3, blank=True, default="")
    booked_duration_min = models.PositiveIntegerField(_("duration when booked (minutes)"), null=True, blank=True)
    booked_service_name = models.CharField(_("service when booked"), max_length=255, blank=True, default="")
    booked_staff_name = models.CharField(_("staff member when booked"), max_length=255, blank=True, default="")
    booked_customer_name = models.CharField(_("customer when booked"), max_length=255, blank=True, default="")

    sync_status = models.CharField(_("sync"), max_length=15, choices=SyncStatus.choices)
    sync_attempts = models.PositiveIntegerField(_("sync attempts"), default=0)
    sync_error = models.TextField(_("sync error"), blank=True, default="")
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    requires_manual_review = models.BooleanField(_("needs a second look"), default=False)
    is_double_booked = models.BooleanField(_("double-booked"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    news = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "calcom_booking_uid"],
                condition=~models.Q(calcom_booking_uid=""),
                name="appointment_booking_uid_once_per_company",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="appointment_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="appointment_start"),
            models.Index(fields=["company", "-starts_at", "-id"], name="appointment_company_start"),
            models.Index(fields=["status", "-starts_at", "-id"], name="appointment_status_start"),
            models.Index(fields=["staff", "starts_at"], name="appointment_staff_start"),
            models.Index(fields=["branch", "-starts_at"], name="appointment_branch_start"),
            models.Index(fields=["service", "-starts_at"], name="appointment_service_start"),
            models.Index(fields=["customer", "-starts_at"], name="appointment_customer_start"),
            models.Index(fields=["location_type"], name="appointment_location_type"),
            models.Index(fields=["is_recurring"], name="appointment_is_recurring"),
            models.Index(fields=["sync_status"], name="appointment_sync_status"),
            models.Index(
                fields=["company", "sync_status"],
                condition=~models.Q(sync_status="synced"),
                name="appointment_company_unsynced",
            ),
            models.Index(
                fields=["company"], condition=models.Q(requires_manual_review=True), name="appointment_second_look"
            ),
            models.Index(
                fields=["company", "series_id"],
                condition=models.Q(series_id__isnull=False),
                name="appointment_company_series",
            ),
            models.Index(fields=["calcom_booking_uid", "source"], name="appointment_uid_source"),
            models.Index(fields=["company", "ical_uid"], condition=~models.Q(ical_uid=""), name="appointment_ical_uid"),
            models.Index(
                fields=["company", "calcom_booking_id"],
                condition=models.Q(calcom_booking_uid="", calcom_booking_id__isnull=False),
                name="appointment_id_without_uid",
            ),
            models.Index(
                fields=["company", "starts_at", "id"],
                condition=models.Q(calcom_booking_uid="", calcom_booking_id__isnull=False),
                name="appointment_start_without_uid",
            ),
        ]

    def __str__(self) -> str:
        return self.booking_title

    @property
    def attendee_count(self) -> int:
        """How many people attend, those who left a seat not counted."""
        return sum(attendee.state == Attendee.State.ACTIVE for attendee in self.attendees.all())

    @property
    def primary_attendee(self) -> Attendee | None:
        """Who booked: the first attendee who still attends, else the first of all."""
        attendees = sorted(self.attendees.all(), key=lambda a: (a.state != Attendee.State.ACTIVE, a.position, a.pk))
        return attendees[0] if attendees else None

    @property
    def location_display(self) -> str:
        """The location in words: kind and, where it says more, the place itself."""
        kind = str(self.get_location_type_display() or _("no location"))
        if self.location_type in {"", LocationType.VIDEO} or not self.location_value:
            return kind
        return f"{kind}: {self.location_value}"

    @property
    def booking_title(self) -> str:
        """What to call the appointment in a list."""
        return self.booked_service_name or self.title or str(self.uuid)

    @property
    def has_custom_responses(self) -> bool:
        """Whether the customer answered a question that is the company's own."""
        return any(slug not in STANDARD_QUESTIONS for slug, answer in self.responses.items() if has_answer(answer))


STANDARD_QUESTIONS = frozenset(
    {"name", "email", "attendeePhoneNumber", "location", "title", "notes", "guests", "rescheduleReason"}
)


def has_answer(answer: Any) -> bool:
    """Whether a stored answer, {"label": …, "value": …}, says anything."""
    return isinstance(answer, dict) and answer.get("value") not in (None, "", [], {})


class Attendee(TenantModel):
    """Somebody who attends an appointment. Of a seated booking, one row for each seat, also for those who left."""

    class State(models.TextChoices):
        ACTIVE = "active", _("attends")
        GONE = "gone", _("left")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="attendees", verbose_name=_("appointment")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    email = models.CharField(_("e-mail address"), max_length=254, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    locale = models.CharField(_("language"), max_length=20, blank=True, default="")
    is_guest = models.BooleanField(_("guest"), default=False)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.ACTIVE)
    as_of = models.DateTimeField(_("state since"), null=True, blank=True)
    seat_uid = models.CharField(_("seat"), max_length=64, blank=True, default="")
    leaving_reason = models.TextField(_("reason for leaving"), blank=True, default="")
    responses = models.JSONField(_("answers"), default=dict, blank=True)
    no_show = models.BooleanField(_("did not come"), default=False)
    no_show_as_of = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name or self.email or self.phone

    @property
    def contact(self) -> str:
        """By what they are known again: the e-mail address, or the phone number where there is none."""
        return self.email or self.phone
