"""Counters and times for Prometheus, which never stand in the way of what they count.

Each process counts for itself. Where PROMETHEUS_MULTIPROC_DIR names a directory, it does so in a file of its own there,
and config.metrics adds the files up; a directory that is full or gone costs counts, and nothing else. What labels may
say is known beforehand: ids, names and companies are never among them. See docs/operations.md.
"""

from __future__ import annotations

from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

logger = structlog.get_logger(__name__)

REGISTRY = CollectorRegistry()
"""What this process has counted."""

OTHER = "other"
# Beyond so many combinations of labels, something was put into a label that does not belong there.
_MOST = 400
# No room on the disk, or no directory; a file that was cut.
_BROKEN = (OSError, ValueError)

disable_created_metrics()  # type: ignore[no-untyped-call]  # no types


class _Family:
    """What tallies and times share: one child for each combination of labels, looked up without a lock."""

    def __init__(self, metric: Counter | Histogram) -> None:
        self._metric = metric
        self._children: dict[tuple[str, ...], Any] = {}
        self._is_broken = False

    def _child(self, labels: tuple[str, ...]) -> Any:
        child = self._children.get(labels)
        if child is None:
            known = labels if len(self._children) < _MOST else tuple(OTHER for _ in labels)
            child = self._children[known] = self._metric.labels(*known)
        return child

    def _note(self, error: Exception) -> None:
        """Once for a process: it would be said as often as is counted."""
        if not self._is_broken:
            logger.warning("metrics.not_counted", error=type(error).__name__)
        self._is_broken = True


class Tally(_Family):
    """How often something happened. The name ends with _total; there is at least one label."""

    def __init__(self, name: str, told: str, *labels: str) -> None:
        super().__init__(Counter(name, told, labels, registry=REGISTRY))

    def add(self, *labels: str, times: int = 1) -> None:
        """Count. Never raises for what the directory does."""
        try:
            self._child(labels).inc(times)
        except _BROKEN as error:
            self._note(error)


class Times(_Family):
    """How long something took, in seconds, by `buckets`. The name ends with _seconds; there is at least one label."""

    def __init__(self, name: str, told: str, *labels: str, buckets: tuple[float, ...]) -> None:
        super().__init__(Histogram(name, told, labels, buckets=buckets, registry=REGISTRY))

    def note(self, seconds: float, *labels: str) -> None:
        """Count one. Never raises for what the directory does."""
        try:
            self._child(labels).observe(seconds)
        except _BROKEN as error:
            self._note(error)
