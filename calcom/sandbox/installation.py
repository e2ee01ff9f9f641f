"""One small Cal.com without its routes: what is booked in it, what goes wrong in it, and how it posts."""

from __future__ import annotations

import threading

from calcom.sandbox.faults import Faults
from calcom.sandbox.limits import Limits
from calcom.sandbox.sending import Sender, post
from calcom.sandbox.state import Clock, World


class Installation:
    """What all handlers share. `closing` is set when the server ends: nobody sleeps longer."""

    def __init__(self, world: World | None = None, *, clock: Clock | None = None, seed: int | None = None) -> None:
        self.world = world or World(clock=clock, seed=seed)
        self.faults = Faults()
        self.limits = Limits()
        self.sender: Sender = post
        self.closing = threading.Event()
