"""What became of bringing old data over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

RUNNING_ELSEWHERE = "old data of this company is being brought over, or rolled back, by another process"
MOST_LEFT = 200


@dataclass
class LegacyResult:
    """One company's run. `numbers` by name; `failures` say why the run was not finished, `left` what it left out.

    What is left out is no failure: another run will not change it; the first two hundred are kept. `run_id` is what
    `--rollback` takes; None for a dry run, and where nothing was written.
    """

    names: tuple[str, ...]
    run_id: int | None = None
    numbers: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def leave(self, reason: str) -> None:
        """Something was left out, and why."""
        if len(self.left) < MOST_LEFT:
            self.left.append(reason)

    @property
    def is_good(self) -> bool:
        """Whether the run came to its end."""
        return not self.failures

    @property
    def counts(self) -> dict[str, int]:
        """All numbers by name, also those that are zero."""
        return {name: self.numbers[name] for name in self.names}
