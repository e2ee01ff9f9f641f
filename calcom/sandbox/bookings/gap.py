"""The time between looking whether a host is free and writing the booking: nothing here, a third of a second there."""

from __future__ import annotations

from calcom.sandbox.breakage import wait
from calcom.sandbox.router import Call


def write_gap(call: Call) -> None:
    """Waits where a fault of kind `write_gap` says so, so that requests race as they do at Cal.com."""
    facts = {"method": call.request.method, "path": call.path}
    if rule := call.sandbox.faults.take({"write_gap"}, **facts):
        wait(call, rule.seconds)
