"""What became of a sync."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COUNTS = (
    "created",
    "updated",
    "unchanged",
    "missing",
    "mapped",
    "proposed",
    "drifted",
    "hosts_confirmed",
    "hosts_waiting",
)


@dataclass
class SyncResult:
    """One company's event types and hosts. `warnings` want a person's eye; with `failures` the run was incomplete,
    and nothing at all was listed where `is_unanswered`.

    created, updated, unchanged, missing: event types (missing: since this run). mapped: by itself, because it was
    certain. proposed, hosts_waiting: all that wait for a person now. drifted: all open drifts.
    """

    company_id: int
    company: str
    is_dry_run: bool = False
    is_running_elsewhere: bool = False
    is_unanswered: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    mapped: int = 0
    proposed: int = 0
    drifted: int = 0
    hosts_confirmed: int = 0
    hosts_waiting: int = 0
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

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "company_id": self.company_id,
            "company": self.company,
            "ok": self.is_good,
            "dry_run": self.is_dry_run,
            "running_elsewhere": self.is_running_elsewhere,
            **self.counts,
            "warnings": self.warnings,
            "failures": self.failures,
        }
