"""The tables of the appointment book."""

from appointments.models.appointment import Appointment, Attendee, FormerUid, StaffTime
from appointments.models.customer import Customer
from appointments.models.history import AppointmentChange
from appointments.models.service import Service

__all__ = ["Appointment", "AppointmentChange", "Attendee", "Customer", "FormerUid", "Service", "StaffTime"]
