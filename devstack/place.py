"""Where a developer's stack keeps its things: `var/dev`, or below SLOTKEEPER_VAR."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Place:
    """The paths of one stack; two stacks of one machine differ in `var`."""

    var: Path

    @property
    def dev(self) -> Path:
        """All data; `reset` deletes it."""
        return self.var / "dev"

    @property
    def lock(self) -> Path:
        """Held as long as the servers are in use; outside of `dev`, because `reset` holds it too."""
        return self.var / "dev.lock"

    @property
    def services(self) -> Path:
        """What a second terminal needs to reach the running stack."""
        return self.dev / "services.json"

    @property
    def secrets(self) -> Path:
        """Secret key, encryption key, webhook secret, database password."""
        return self.dev / "secrets.json"

    @property
    def demo_mark(self) -> Path:
        """Exists when the demo data are complete."""
        return self.dev / "demo-data-loaded"

    @property
    def metrics(self) -> Path:
        """Where the processes count what they do."""
        return self.dev / "metrics"

    def log(self, name: str) -> Path:
        """Where the process `name` writes to."""
        return self.dev / "log" / f"{name}.log"

    def create(self) -> None:
        """Make the directories that are missing."""
        self.log("any").parent.mkdir(parents=True, exist_ok=True)


def development_place() -> Place:
    """The place that the environment names, else `var` in the project."""
    return Place(var=Path(os.environ.get("SLOTKEEPER_VAR") or ROOT / "var").resolve())
