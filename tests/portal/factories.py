"""Rows of the appointment book, all invented."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from appointments.models import Absence, Appointment, AppointmentChange, Attendee, Customer, Hold, Service
from appointments.models.appointment import Source, Status, SyncStatus
from appointments.models.history import Side
from calcom.models import (
    CalcomSettings,
    Drift,
    EventType,
    EventTypeMapping,
    HostMapping,
    HostMappingAudit,
    MappingProposal,
    SyncRun,
)
from companies.alerts import Kind
from companies.models import AlertSettings, Incident, PrivacySettings
from tests.factories import BranchFactory, CompanyFactory, StaffFactory
from webhooks.models import WebhookEvent


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    company = SubFactory(CompanyFactory)
    name = Sequence("Customer {}".format)
    email = Sequence("customer{}@example.com".format)


class ServiceFactory(DjangoModelFactory[Service]):
    class Meta:
        model = Service

    company = SubFactory(CompanyFactory)
    name = Sequence("Cut {}".format)
    duration_min = 45
    price = Decimal("38.50")


class AppointmentFactory(DjangoModelFactory[Appointment]):
    """An appointment with branch, staff, service and customer of one company, but nobody attending yet."""

    class Meta:
        model = Appointment

    company = SubFactory(CompanyFactory)
    branch = SubFactory(BranchFactory, company=SelfAttribute("..company"))
    staff = SubFactory(StaffFactory, company=SelfAttribute("..company"))
    service = SubFactory(ServiceFactory, company=SelfAttribute("..company"))
    customer = SubFactory(CustomerFactory, company=SelfAttribute("..company"))
    starts_at = LazyFunction(lambda: timezone.now() + timedelta(hours=2))
    ends_at = LazyAttribute(lambda appointment: appointment.starts_at + timedelta(minutes=45))
    status = Status.CONFIRMED
    told_status = Status.CONFIRMED
    source = Source.CALCOM
    sync_origin = Side.CALCOM
    sync_status = SyncStatus.SYNCED
    calcom_booking_uid = LazyFunction(lambda: f"uid{uuid4().hex[:18]}")


class AttendeeFactory(DjangoModelFactory[Attendee]):
    class Meta:
        model = Attendee

    appointment = SubFactory(AppointmentFactory)
    company = SelfAttribute("appointment.company")
    name = Sequence("Attendee {}".format)
    email = Sequence("attendee{}@example.com".format)


class ChangeFactory(DjangoModelFactory[AppointmentChange]):
    class Meta:
        model = AppointmentChange

    appointment = SubFactory(AppointmentFactory)
    company = SelfAttribute("appointment.company")
    action = AppointmentChange.Action.UPDATED
    side = Side.CALCOM
    occurred_at = LazyFunction(timezone.now)


class AbsenceFactory(DjangoModelFactory[Absence]):
    """Of somebody whose branch says on which clock it is read: a week from now on."""

    class Meta:
        model = Absence

    company = SubFactory(CompanyFactory)
    staff = SubFactory(
        StaffFactory,
        company=SelfAttribute("..company"),
        home_branch=SubFactory(BranchFactory, company=SelfAttribute("..company")),
    )
    starts_at = LazyFunction(timezone.now)
    ends_at = LazyAttribute(lambda row: row.starts_at + timedelta(days=7))


class HoldFactory(DjangoModelFactory[Hold]):
    """A time that is held for an hour; it takes nobody's time yet."""

    class Meta:
        model = Hold

    company = SubFactory(CompanyFactory)
    staff = SubFactory(StaffFactory, company=SelfAttribute("..company"))
    service = SubFactory(ServiceFactory, company=SelfAttribute("..company"))
    starts_at = LazyFunction(lambda: timezone.now() + timedelta(hours=2))
    ends_at = LazyAttribute(lambda hold: hold.starts_at + timedelta(minutes=45))
    length_min = 45
    expires_at = LazyFunction(lambda: timezone.now() + timedelta(hours=1))


class DeliveryFactory(DjangoModelFactory[WebhookEvent]):
    class Meta:
        model = WebhookEvent

    company: Any = SubFactory(CompanyFactory)
    delivery_id = LazyFunction(uuid4)
    body = b'{"triggerEvent": "BOOKING_CREATED", "payload": {}}'
    trigger = "BOOKING_CREATED"
    state = WebhookEvent.State.DONE


class EventTypeFactory(DjangoModelFactory[EventType]):
    class Meta:
        model = EventType

    company = SubFactory(CompanyFactory)
    calcom_id = Sequence(lambda number: 88000 + number)
    title = Sequence("Event type {}".format)


class EventTypeMappingFactory(DjangoModelFactory[EventTypeMapping]):
    class Meta:
        model = EventTypeMapping

    company = SubFactory(CompanyFactory)
    event_type = SubFactory(EventTypeFactory, company=SelfAttribute("..company"))
    service = SubFactory(ServiceFactory, company=SelfAttribute("..company"))
    branch = SubFactory(BranchFactory, company=SelfAttribute("..company"))
    staff = SubFactory(StaffFactory, company=SelfAttribute("..company"))


class HostMappingFactory(DjangoModelFactory[HostMapping]):
    class Meta:
        model = HostMapping

    company = SubFactory(CompanyFactory)
    staff = SubFactory(StaffFactory, company=SelfAttribute("..company"))
    calcom_user_id = Sequence(lambda number: 5000 + number)
    calcom_name = Sequence("Host {}".format)


class HostMappingAuditFactory(DjangoModelFactory[HostMappingAudit]):
    class Meta:
        model = HostMappingAudit

    host = SubFactory(HostMappingFactory)
    company = SelfAttribute("host.company")
    calcom_user_id = SelfAttribute("host.calcom_user_id")
    action = HostMappingAudit.Action.CREATED


class MappingProposalFactory(DjangoModelFactory[MappingProposal]):
    class Meta:
        model = MappingProposal

    event_type = SubFactory(EventTypeFactory)
    company = SelfAttribute("event_type.company")
    service = SubFactory(ServiceFactory, company=SelfAttribute("..company"))
    confidence = 80
    proposed_at = LazyFunction(timezone.now)


class DriftFactory(DjangoModelFactory[Drift]):
    """A mapped event type that has another length than its service."""

    class Meta:
        model = Drift

    class Params:
        mapping = SubFactory(EventTypeMappingFactory, event_type__length_min=60)

    event_type = SelfAttribute("mapping.event_type")
    company = SelfAttribute("event_type.company")
    differences = {"length_min": {"ours": 45, "theirs": 60}}
    severity = Drift.Severity.MEDIUM
    detected_at = LazyFunction(timezone.now)


class SyncRunFactory(DjangoModelFactory[SyncRun]):
    class Meta:
        model = SyncRun

    company = SubFactory(CompanyFactory)
    kind = SyncRun.Kind.EVENT_TYPES
    state = SyncRun.State.DONE
    started_at = LazyFunction(timezone.now)
    counts = {"created": 3, "updated": 0}


class CalcomSettingsFactory(DjangoModelFactory[CalcomSettings]):
    class Meta:
        model = CalcomSettings

    company = SubFactory(CompanyFactory)


class AlertSettingsFactory(DjangoModelFactory[AlertSettings]):
    class Meta:
        model = AlertSettings

    company = SubFactory(CompanyFactory)
    addresses = Sequence("alerts{}@example.com".format)


class PrivacySettingsFactory(DjangoModelFactory[PrivacySettings]):
    class Meta:
        model = PrivacySettings

    company = SubFactory(CompanyFactory)


class IncidentFactory(DjangoModelFactory[Incident]):
    """One that is not over, and of which nobody was told."""

    class Meta:
        model = Incident

    company = SubFactory(CompanyFactory)
    kind = Kind.NEEDS_STAFF
    facts = {"count": 2}
    first_seen_at = LazyFunction(timezone.now)
    opened_at = SelfAttribute("first_seen_at")
    last_seen_at = SelfAttribute("first_seen_at")
