"""A small Cal.com in a process of its own, with the slowness of the real one; it counts the questions."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.server import running_sandbox
from calcom.sandbox.state import Schedule
from calcom.sandbox.wire import Answer, Request

# What a week's slots take at a real Cal.com, on loopback.
SLOTS_TAKE_S = 0.017
_HOURS = {"days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], "startTime": "09:00", "endTime": "17:00"}
_START_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Upstream:
    """The server, seen from here."""

    KEY: ClassVar[str] = OWNER_KEY

    url: str
    _asked: Any

    @property
    def slots_asked(self) -> int:
        """How often it has been asked for slots."""
        return int(self._asked.value)


@contextlib.contextmanager
def running_upstream(*, slots_take_s: float = SLOTS_TAKE_S) -> Iterator[Upstream]:
    """The server, for as long as the block lasts."""
    context = multiprocessing.get_context("fork")
    asked = context.Value("l", 0)
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, asked, slots_take_s), daemon=True)
    process.start()
    try:
        if not ours.poll(_START_PATIENCE_S):
            raise RuntimeError("The small Cal.com does not start.")
        yield Upstream(ours.recv(), asked)
    finally:
        process.terminate()
        process.join()


class _Counting(Sandbox):
    """One that counts."""

    def __init__(self, asked: Any, slots_take_s: float) -> None:
        super().__init__(sample_world())
        self._asked = asked
        key = self.world.api_keys[Upstream.KEY]
        key.limit = 10**9
        self.world.schedules[1] = Schedule(1, key.user_id, "Hours", "Europe/Berlin", [_HOURS], [], is_default=True)
        self.world.users[key.user_id].default_schedule_id = 1
        self.faults.add("latency", match={"path": "^/v2/slots"}, seconds=slots_take_s)

    def handle(self, request: Request) -> Answer:
        if request.path.startswith("/v2/slots"):
            with self._asked.get_lock():
                self._asked.value += 1
        return super().handle(request)


def _serve(pipe: Any, asked: Any, slots_take_s: float) -> None:
    with running_sandbox(_Counting(asked, slots_take_s)) as running:
        pipe.send(running.url)
        pipe.recv()
