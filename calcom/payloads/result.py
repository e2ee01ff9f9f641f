"""What became of an extraction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from appointments.completeness import NAMES, Column, Completeness

NUMBERS = ("examined", "filled", "nothing_new", "nothing_stored", "unreadable", "not_written")
MOST_TOLD = 100


@dataclass
class Extraction:
    """One company's extraction.

    examined: all its appointments. filled: rows that were changed. nothing_new: what is stored of them tells nothing
    more. nothing_stored: nothing is kept of the booking. unreadable: a stored payload that holds no booking; what else
    is stored of that booking counted all the same. not_written: the database refused it, or somebody was changing it
    each time it was tried. `columns`: how many appointments got each. The first hundred failures are told one by one.
    """

    is_dry_run: bool = False
    is_running_elsewhere: bool = False
    before: Completeness | None = None
    after: Completeness | None = None
    numbers: Counter[str] = field(default_factory=Counter)
    columns: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether all that is stored could be read and written."""
        return not self.failures and not self.is_running_elsewhere

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name, also those that are zero."""
        return {name: self.numbers[name] for name in NUMBERS}

    def fail(self, text: str) -> None:
        """Note why one appointment was not, or not wholly, extracted."""
        if len(self.failures) < MOST_TOLD:
            self.failures.append(text)

    def told(self) -> dict[str, Any]:
        """The percentages as JSON."""
        before, after = (part.percents() if part else {} for part in (self.before, self.after))
        return {name: {"before": before.get(name), "after": after.get(name)} for name in NAMES}


@dataclass
class Gaps:
    """Counts the gaps of appointments as they are read and as they will be, for a dry run to tell what would be."""

    totals: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)

    def note(self, before: dict[str, bool], after: dict[str, bool]) -> None:
        """One appointment: by column whether it lacks it. Adds the difference."""
        for sign, gaps in ((-1, before), (1, after)):
            for name, is_lacking in gaps.items():
                self.totals[name] += sign
                self.filled[name] += sign * (not is_lacking)

    def added_to(self, known: Completeness) -> Completeness:
        """The completeness after what was noted."""
        columns = tuple(
            Column(one.name, one.filled + self.filled[one.name], one.total + self.totals[one.name])
            for one in known.columns
        )
        return Completeness(columns, known.as_of)
