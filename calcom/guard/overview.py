"""What the guard knows of many accounts at once: one round trip, whatever their number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from calcom.guard.rules import state_key
from calcom.guard.values import Account, CircuitState, GuardAway
from calcom.scripts import RedisAway, Script

_look = Script.of_file("guard/overview.lua")


@dataclass(frozen=True)
class Standing:
    """One account: its circuit, the share of its budget that is left (0 to 1), for how long the circuit rests, and for
    how long Cal.com allows nothing.
    """

    circuit: CircuitState
    left: float
    rest_s: float
    blocked_s: float

    @property
    def wait_s(self) -> float:
        """For how long nothing is sent."""
        return max(self.rest_s, self.blocked_s)


def overview(accounts: Sequence[Account]) -> list[Standing]:
    """How the accounts stand, in their order. Raises GuardAway."""
    if not accounts:
        return []
    sizes = [max(1, account.requests_per_minute) for account in accounts]
    try:
        found = json.loads(_look([state_key(account) for account in accounts], json.dumps(sizes)))
    except RedisAway as error:
        raise GuardAway("Redis does not answer") from error
    return [
        Standing(CircuitState(circuit), left=float(left), rest_s=rest_ms / 1000, blocked_s=blocked_ms / 1000)
        for circuit, left, rest_ms, blocked_ms in found
    ]
