"""The portal's pages for appointments, customers and services."""

from appointments.admin.absence import AbsenceAdmin
from appointments.admin.appointment import AppointmentAdmin
from appointments.admin.catalogue import CustomerAdmin, ServiceAdmin

__all__ = ["AbsenceAdmin", "AppointmentAdmin", "CustomerAdmin", "ServiceAdmin"]
