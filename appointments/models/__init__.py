"""The tables of the appointment book."""

from appointments.models.absence import Absence
from appointments.models.appointment import Appointment, Attendee
from appointments.models.booking import Departure, FormerUid
from appointments.models.customer import Customer
from appointments.models.erasure import ErasedAppointment, Tombstone
from appointments.models.history import AppointmentChange
from appointments.models.hold import Hold
from appointments.models.push import Push
from appointments.models.service import Service
from appointments.models.staff_time import StaffTime

__all__ = [
    "Absence",
    "Appointment",
    "AppointmentChange",
    "Attendee",
    "Customer",
    "Departure",
    "ErasedAppointment",
    "FormerUid",
    "Hold",
    "Push",
    "Service",
    "StaffTime",
    "Tombstone",
]
