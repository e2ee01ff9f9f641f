"""The booking backend of a company: the class that settings.BOOKING_BACKEND names."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from appointments.backends import BookingBackend
from companies.models import Company


def backend_of(company: Company) -> BookingBackend:
    """The company's backend. Raises BackendNotConnected where there is no usable connection. Asks nobody."""
    return cast("BookingBackend", import_string(settings.BOOKING_BACKEND)(company))
