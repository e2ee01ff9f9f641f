"""What became of reading bookings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COUNTS = ("seen", "created", "updated", "unchanged", "foreign", "orphaned", "found_again", "read_again")


@dataclass
class BookingsResult:
    """One company's bookings. `warnings` want a person's eye; with `failures` the run was incomplete.

    seen: rows read. created: appointments missing here. updated: they differed, or this settled a change of ours that
    was on its way. foreign: of event types that are not the company's. orphaned: here, but not at Cal.com; found_again:
    no longer so. read_again: because news left a doubt.
    """

    company_id: int
    company: str
    is_dry_run: bool = False
    is_running_elsewhere: bool = False
    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    foreign: int = 0
    orphaned: int = 0
    found_again: int = 0
    read_again: int = 0
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether everything was asked for and taken over."""
        return not self.failures

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {name: getattr(self, name) for name in COUNTS}

    def add(self, other: BookingsResult) -> None:
        """Count what a part of the work has come to as well."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.warnings += other.warnings
        self.failures += other.failures

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "company_id": self.company_id,
            "company": self.company,
            "ok": self.is_good,
            "running_elsewhere": self.is_running_elsewhere,
            **self.counts,
            "warnings": self.warnings,
            "failures": self.failures,
        }
