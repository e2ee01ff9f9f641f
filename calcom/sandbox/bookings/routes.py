"""Imports every module that registers routes for bookings."""

from __future__ import annotations

from calcom.sandbox.bookings import (
    absent,
    cancel,
    create,
    decide,
    links,
    listing,
    location,
    people,
    read,
    reassign,
    reschedule,
)

__all__ = (
    "absent",
    "cancel",
    "create",
    "decide",
    "links",
    "listing",
    "location",
    "people",
    "read",
    "reassign",
    "reschedule",
)
