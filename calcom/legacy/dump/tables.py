"""The predecessor's tables that are read, in the order in which they have to be."""

from __future__ import annotations

from dataclasses import dataclass

from calcom.models import LegacyRow

Kind = LegacyRow.Kind
Names = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table. Of each group of `required` columns one is enough: its generations named them differently."""

    kind: LegacyRow.Kind
    name: str
    required: tuple[Names, ...]

    def missing(self, columns: set[str]) -> list[str]:
        """What has to be there and is not, in words."""
        return [" or ".join(group) for group in self.required if columns.isdisjoint(group)]


STARTS: Names = ("starts_at", "start_time", "start_at")
ENDS: Names = ("ends_at", "end_time", "end_at")
LENGTH: Names = ("duration_minutes", "duration")
SERVICE_NAME: Names = ("display_name", "name")
CUSTOMER_NAME: Names = ("name", "first_name", "last_name")

TABLES = (
    Table(Kind.BRANCH, "branches", (("id",), ("name",))),
    Table(Kind.STAFF, "staff", (("id",), ("name",))),
    Table(Kind.SERVICE, "services", (("id",), SERVICE_NAME, LENGTH)),
    Table(Kind.CUSTOMER, "customers", (("id",), CUSTOMER_NAME)),
    Table(Kind.APPOINTMENT, "appointments", (("id",), STARTS, ENDS, ("status",))),
)
BY_NAME = {table.name: table for table in TABLES}
BY_KIND = {table.kind: table for table in TABLES}
