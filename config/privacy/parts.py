"""Every table with personal data, under the name that an export gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from appointments.models import Appointment, Customer
from appointments.privacy import tables as appointments
from calcom import privacy as calcom
from companies.privacy.answers import ANSWERS
from companies.privacy.redaction import ERASED
from companies.privacy.tables import Part, Table
from webhooks.privacy import DELIVERIES

if TYPE_CHECKING:
    from companies.models import Company
    from companies.privacy.person import Person


def _all_lines(model: type[Model], _company: Company) -> QuerySet[Any]:
    """The portal's log knows no companies; whose a line is follows from the row that it is about."""
    return model._default_manager.all()


def _lines_about(person: Person) -> Q:
    of_customers = Q(
        content_type=ContentType.objects.get_for_model(Customer),
        object_id__in=[str(pk) for pk in sorted(person.customer_ids)],
    )
    of_appointments = Q(
        content_type=ContentType.objects.get_for_model(Appointment),
        object_id__in=[str(pk) for pk in sorted(person.own_ids)],
    )
    return of_customers | of_appointments


PORTAL_LOG = Table(
    model=LogEntry,
    own=_lines_about,
    blank={"object_repr": ERASED, "change_message": ""},
    rows=_all_lines,
)

PARTS: dict[str, Part] = {
    "customers": appointments.CUSTOMERS,
    "attendees": appointments.ATTENDEES,
    "appointments": appointments.APPOINTMENTS,
    "history": appointments.CHANGES,
    "pushes": appointments.PUSHES,
    "departures": appointments.DEPARTURES,
    "holds": appointments.HOLDS,
    "absences": appointments.ABSENCES,
    "services": appointments.SERVICES,
    "legacy_rows": calcom.LEGACY_ROWS,
    "legacy_changes": calcom.LEGACY_CHANGES,
    "legacy_runs": calcom.LEGACY_RUNS,
    "sync_runs": calcom.SYNC_RUNS,
    "deliveries": DELIVERIES,
    "api_answers": ANSWERS,
    "portal_log": PORTAL_LOG,
}

# What is blanked of an appointment that is past for long enough, with everybody in it.
OF_APPOINTMENTS = (
    appointments.ATTENDEES,
    appointments.CHANGES,
    appointments.PUSHES,
    appointments.CUSTOMERS,
    calcom.LEGACY_ROWS,
    calcom.LEGACY_CHANGES,
    DELIVERIES,
    PORTAL_LOG,
    appointments.APPOINTMENTS,
)
