"""Every table with personal data, under the name that an export gives it."""

from __future__ import annotations

from appointments.privacy import tables as appointments
from calcom import privacy as calcom
from companies.privacy.answers import ANSWERS
from companies.privacy.tables import Part
from config.privacy.portal_log import PORTAL_LOG
from webhooks.privacy import DELIVERIES

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
    appointments.DEPARTURES_FROM,
    calcom.LEGACY_ROWS,
    calcom.LEGACY_CHANGES,
    DELIVERIES,
    PORTAL_LOG,
    appointments.APPOINTMENTS,
)
# And of a customer who has no other.
OF_CUSTOMERS = (appointments.CUSTOMERS, calcom.LEGACY_ROWS, calcom.LEGACY_CHANGES, PORTAL_LOG)
