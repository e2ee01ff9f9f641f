"""The portal's pages for appointments, customers and services."""

from appointments.admin.appointment import AppointmentAdmin
from appointments.admin.catalogue import CustomerAdmin, ServiceAdmin

__all__ = ["AppointmentAdmin", "CustomerAdmin", "ServiceAdmin"]
