"""Random sequences: what people do on both sides, what the post does, what the workers do, and all that goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any
from unittest import mock

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.model.agreement import check
from tests.model.salon import COLOUR, CUT, NOW, SLOTS, Salon
from tests.model.stage import Fate, Stage
from tests.model.wire import Killed, Trouble

NUMBERS = st.sampled_from([CUT, COLOUR])
TIMES = st.sampled_from(SLOTS)
NAMES = st.sampled_from(["Ada", "Ben", "Cleo"])
WHICH = st.integers(0, 3)
FATES = st.sampled_from(Fate)
TROUBLES = st.lists(st.sampled_from(Trouble), max_size=3)
KINDS = st.sampled_from(["move", "move", "cancel", "confirm", "decline", "absent"])
STEPS = 15
# What happens while the next requests are under way, one by one.
MEANWHILE = st.lists(st.none() | st.tuples(st.booleans(), WHICH, KINDS, TIMES), max_size=2)


class Sequences(RuleBasedStateMachine):
    """One sequence of at most STEPS steps; its end is teardown(), where everything has come to rest.

    `done` counts those that came to a good end.
    """

    def __init__(self, salon: Salon, done: list[int]) -> None:
        super().__init__()
        self._done = done
        self._surroundings = ExitStack()
        self._surroundings.enter_context(transaction.atomic())
        clock = self._surroundings.enter_context(time_machine.travel(NOW, tick=False))
        self.stage = Stage(salon, clock)
        self._surroundings.enter_context(mock.patch("time.sleep", self.stage.wait))  # the client waits its turn

    # Here

    @rule(number=NUMBERS, at=TIMES, name=NAMES)
    def book(self, number: int, at: Any, name: str) -> None:
        """The desk books."""
        self.stage.book(number, at, name)

    @precondition(lambda self: bool(self.stage.wishes.here or self.stage.wishes.there))
    @rule(which=WHICH, kind=KINDS, at=TIMES)
    def change(self, which: int, kind: str, at: Any) -> None:
        """The desk changes something."""
        self._change(which, kind, at)

    @precondition(lambda self: bool(self.stage.wishes.here or self.stage.wishes.there))
    @rule(which=WHICH, kind=st.sampled_from(["ours", "theirs", "again"]))
    def decide(self, which: int, kind: str) -> None:
        """Staff decide something."""
        if rows := self.stage.appointments():
            self.stage.decide(rows[which % len(rows)], kind)

    # There

    @rule(number=NUMBERS, at=TIMES, name=NAMES, fate=FATES)
    def book_there(self, number: int, at: Any, name: str, fate: Fate) -> None:
        """A customer books at Cal.com."""
        self.stage.fate = fate
        self.stage.book_there(number, at, name)

    @precondition(lambda self: bool(self.stage.bookings()))
    @rule(which=WHICH, kind=KINDS, at=TIMES, fate=FATES, by_host=st.booleans())
    def change_there(self, which: int, kind: str, at: Any, fate: Fate, by_host: bool) -> None:
        """Somebody changes something at Cal.com."""
        self.stage.fate = fate
        self._change_there(which, kind, at, by_host=by_host)

    @precondition(lambda self: bool(self.stage.bookings()))
    @rule(which=WHICH, at=TIMES, fate=FATES)
    def forge(self, which: int, at: Any, fate: Fate) -> None:
        """A customer books with the metadata of another booking."""
        self.stage.fate = fate
        bookings = self.stage.bookings()
        copied = bookings[which % len(bookings)]
        self.stage.book_there(copied.event_type_id or CUT, at, "Eve", copied=copied)

    # Between

    @rule(most=st.integers(1, 3), troubles=TROUBLES, fate=FATES, meanwhile=MEANWHILE)
    def push(self, most: int, troubles: list[Trouble], fate: Fate, meanwhile: list[Any]) -> None:
        """Workers push what is due."""
        self.stage.fate = fate
        with self._on_the_wire(troubles, meanwhile):
            self.stage.push(most)

    @rule(seconds=st.sampled_from([1, 5, 31, 125, 3600]))
    def wait(self, seconds: int) -> None:
        """Time goes by; beat has looked."""
        self.stage.wait(seconds)
        self.stage.beat()

    @precondition(lambda self: bool(self.stage.held))
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """What was held arrives, in any order."""
        self.stage.deliver_held(data.draw(st.permutations(range(len(self.stage.held)))))

    @rule()
    def drain(self) -> None:
        """The inbox is processed."""
        self.stage.drain()

    @rule(troubles=TROUBLES, fate=FATES, meanwhile=MEANWHILE)
    def reconcile(self, troubles: list[Trouble], fate: Fate, meanwhile: list[Any]) -> None:
        """Changed bookings are read."""
        self.stage.fate = fate
        with self._on_the_wire(troubles, meanwhile), suppress(Killed):
            self.stage.reconcile()

    @rule()
    def lose_or_find_the_key(self) -> None:
        """The connection to Cal.com is taken away, or is there again."""
        self.stage.set_key(is_there=not self.stage.has_key)

    def teardown(self) -> None:
        """Everything comes to rest, and both sides agree; staff decide, and nothing is left to them."""
        try:
            if not self._has_failed():
                self._finish()
                self._done[0] += 1
        finally:
            transaction.set_rollback(True)
            self._surroundings.close()

    def _finish(self) -> None:
        stage = self.stage
        stage.deliver_held(range(len(stage.held)))
        stage.come_to_rest()
        check(stage, is_decided=False)
        for kind in ("ours", "theirs", "theirs", "cancel"):
            stuck = [row for row in stage.appointments() if row.sync_status in {"conflict", "needs_staff"}]
            if not stuck:
                return
            for row in stuck:
                if kind == "cancel" or (not stage.decide(row, kind) and kind == "theirs"):
                    stage.change(row, "cancel", NOW)
            stage.come_to_rest()
            check(stage, is_decided=kind == "cancel")

    def _has_failed(self) -> bool:
        """Whether a step has raised: then its error counts, and the transaction may be broken."""
        return sys.exc_info()[0] is not None

    @contextmanager
    def _on_the_wire(self, troubles: list[Trouble], meanwhile: list[Any]) -> Iterator[None]:
        wire = self.stage.wire
        wire.troubles = list(troubles)
        wire.meanwhile = [self._meanwhile(*what) if what else None for what in meanwhile]
        yield
        wire.troubles, wire.meanwhile = [], []

    def _meanwhile(self, is_local: bool, which: int, kind: str, at: Any) -> Callable[[], None]:
        if is_local:
            return partial(self._change, which, kind, at)
        return partial(self._change_there, which, kind, at, by_host=False)

    def _change(self, which: int, kind: str, at: Any) -> None:
        if rows := self.stage.appointments():
            self.stage.change(rows[which % len(rows)], kind, at)

    def _change_there(self, which: int, kind: str, at: Any, *, by_host: bool) -> None:
        bookings = self.stage.bookings()
        if bookings:
            self.stage.change_there(bookings[which % len(bookings)], kind, at, by_host=by_host)
