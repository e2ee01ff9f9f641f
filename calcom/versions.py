"""Which API version goes with which endpoint. A wrong one falls back silently at Cal.com to another shape."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from companies.models import Company

HEADER = "cal-api-version"
CURSOR_LISTS_SINCE = "2026-05-01"


class Group(StrEnum):
    """Endpoints that change their shape together. The values are the keys of Company.calcom_api_versions."""

    BOOKINGS = "bookings"
    BOOKING_LIST = "booking_list"
    BOOKING_CHANGES = "booking_changes"
    EVENT_TYPES = "event_types"
    SLOTS = "slots"
    SCHEDULES = "schedules"
    NONE = "none"


# What every server since September 2024 knows; Cal.com itself still answers it (October 2026).
VERSIONS = {
    Group.BOOKINGS: "2024-08-13",
    Group.BOOKING_LIST: "2024-08-13",
    Group.BOOKING_CHANGES: "2024-08-13",
    Group.EVENT_TYPES: "2024-06-14",
    Group.SLOTS: "2024-09-04",
    Group.SCHEDULES: "2024-06-11",
    Group.NONE: "",
}


def version_for(company: Company, group: Group) -> str:
    """The version to send, or "" for none: the company's own where it has entered one."""
    return str(company.calcom_api_versions.get(group.value, VERSIONS[group]))
