"""How every company's connection to Cal.com stands: asked of our own counters, never of Cal.com."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import Error

from calcom import conf, guard
from calcom.accounts import accounts_of
from calcom.guard import CircuitState, GuardAway, Standing
from companies.models import Company

KEPT_S = 5.0
"""Whoever asks may be anybody, so the tables and Redis are asked no oftener than that by a process."""


class Health(StrEnum):
    """HEALTHY: everything passes. WARNING: some calls are held back, or nobody counts. CRITICAL: none passes."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"
    NOT_CONNECTED = "not_connected"


UNKNOWN, DISABLED = "unknown", "disabled"
"""What is said of the circuit where Redis is away, and where the circuit breaker is switched off."""


@dataclass(frozen=True)
class Connection:
    """One company's: its health, the state of its circuit, the share of its budget that is left, when it may go on."""

    health: Health
    circuit: str
    left: float | None = None
    wait_s: float = 0.0


@dataclass(frozen=True)
class Connections:
    """All of them, by company; the companies that are missing have no key."""

    by_company: dict[int, Connection] = field(default_factory=dict)
    is_known: bool = True

    def of(self, company_id: int) -> Connection:
        """One company's."""
        return self.by_company.get(company_id, Connection(Health.NOT_CONNECTED, ""))

    @property
    def health(self) -> Health:
        """Critical where calls pass for nobody at all, or nobody knows whose they would be."""
        if not self.is_known:
            return Health.CRITICAL
        found = {one.health for one in self.by_company.values()}
        if not found or found == {Health.HEALTHY}:
            return Health.HEALTHY
        return Health.CRITICAL if found == {Health.CRITICAL} else Health.WARNING

    @property
    def circuit(self) -> str:
        """The gravest of all."""
        if not conf.breaker_enabled():
            return DISABLED
        if not self.is_known:
            return UNKNOWN
        found = {one.circuit for one in self.by_company.values()}
        gravest = (UNKNOWN, CircuitState.OPEN.value, CircuitState.HALF_OPEN.value)
        return next((state for state in gravest if state in found), CircuitState.CLOSED.value)


@dataclass
class _Kept:
    until: float = 0.0
    connections: Connections = field(default_factory=Connections)


_kept = _Kept()


def connections() -> Connections:
    """As they were KEPT_S ago at most."""
    if time.monotonic() >= _kept.until:
        _kept.connections = _look()
        _kept.until = time.monotonic() + KEPT_S
    return _kept.connections


def forget() -> None:
    """Look anew the next time."""
    _kept.until = 0.0


def _look() -> Connections:
    try:
        accounts = accounts_of(Company.objects.all())
    except Error:
        return Connections(is_known=False)
    found = dict.fromkeys(accounts.unusable, Connection(Health.CRITICAL, ""))
    ids, theirs = list(accounts.by_company), list(accounts.by_company.values())
    try:
        standings: Iterable[Connection] = map(_connection, guard.overview(theirs))
    except GuardAway:
        standings = [Connection(Health.WARNING, UNKNOWN)] * len(ids)
    return Connections(found | dict(zip(ids, standings, strict=True)))


def _connection(standing: Standing) -> Connection:
    if not conf.breaker_enabled():
        health = Health.WARNING if standing.blocked_s else Health.HEALTHY
        return Connection(health, DISABLED, standing.left, standing.blocked_s)
    if standing.circuit is CircuitState.OPEN:
        health = Health.CRITICAL
    else:
        is_held = standing.blocked_s > 0 or standing.circuit is CircuitState.HALF_OPEN
        health = Health.WARNING if is_held else Health.HEALTHY
    return Connection(health, standing.circuit.value, standing.left, standing.wait_s)
