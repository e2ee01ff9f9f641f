"""Everything that happens in one sequence: people here, people at Cal.com, the post, the workers, the clock."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import requests
import time_machine
from django.utils import timezone

from appointments import push
from appointments.errors import BookingError
from appointments.models import Appointment, Push
from appointments.models.appointment import Status
from calcom import sessions
from calcom.client import CalcomClient
from calcom.guard import Lane
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY
from calcom.sandbox.state import Booking
from calcom.sync.bookings import AHEAD, reconcile, sweep
from companies import meanwhile
from tests.model import desk
from tests.model.salon import DAY, Salon, make_world
from tests.model.wire import ORIGIN, Killed, Wire, WireAdapter, asked_for
from tests.model.wishes import Wish, Wishes
from webhooks import inbox
from webhooks.drain import drain_batch
from webhooks.models import WebhookEvent


class Fate(Enum):
    """What becomes of webhooks."""

    AT_ONCE = "delivered and processed inside the request"
    STORED = "delivered, and processed later"
    TWICE = "delivered twice"
    HELD = "delivered later"
    LOST = "lost"


@dataclass
class Stage:
    """One sequence."""

    salon: Salon
    clock: time_machine.Traveller
    fate: Fate = Fate.AT_ONCE
    held: list[bytes] = field(default_factory=list)
    wishes: Wishes = field(default_factory=Wishes)

    def __post_init__(self) -> None:
        self.set_key(is_there=True)
        self.sandbox = Sandbox(make_world(self.salon.company))
        self.world = self.sandbox.world
        self.sandbox.sender = self._send
        self.wire = Wire(self.sandbox, let_pass=self.let_pass)
        session = requests.Session()
        session.mount(f"{ORIGIN}/", WireAdapter(self.wire))
        sessions._sessions[ORIGIN] = session

    # The clock

    def let_pass(self, seconds: float) -> None:
        """Time goes by."""
        self.clock.shift(seconds)

    def wait(self, seconds: float) -> None:
        """Time goes by, and what was under way arrives."""
        self.clock.shift(seconds)
        self.wire.catch_up()
        WebhookEvent.objects.filter(state="waiting").update(next_at=timezone.now())

    # People here

    def appointments(self) -> list[Appointment]:
        """All of them."""
        return list(Appointment.objects.for_company(self.salon.company).order_by("pk"))

    def book(self, number: int, at: datetime, name: str) -> None:
        """The desk books; what the local rules refuse has not happened."""
        with suppress(BookingError):
            self._note_here(desk.book(self.salon, number, at, name), "book", at)

    def change(self, row: Appointment, kind: str, at: datetime) -> None:
        """The desk changes an appointment."""
        was_off = row.status == Status.REJECTED
        with suppress(BookingError):
            after = desk.CHANGES[kind](row, at)
            has_seen_time = kind in {"move", "decline"} or (kind == "confirm" and was_off)
            self._note_here(after, kind, after.starts_at if has_seen_time else None)

    def decide(self, row: Appointment, kind: str) -> bool:
        """Staff decide; returns whether there was anything to decide."""
        try:
            after = desk.DECISIONS[kind](row, actor=desk.DESK)
        except BookingError:
            return False
        if kind == "theirs":
            self._note_here(after, kind, after.starts_at)
        return True

    def _note_here(self, row: Appointment, kind: str, at: datetime | None) -> None:
        self.wishes.note_here(row, Wish(kind, at))
        self.let_pass(0.05)

    # People there

    def bookings(self) -> list[Booking]:
        """All bookings there that were not moved on."""
        return [one for one in self.world.bookings.values() if not one.rescheduled_to]

    def book_there(self, number: int, at: datetime, name: str, *, copied: Booking | None = None) -> None:
        """A customer books; perhaps with the metadata of another booking, which anybody may send."""
        email = f"{name.lower()}@example.com"
        attendee = {"name": name, "email": email, "timeZone": "Europe/Berlin"}
        body: dict[str, Any] = {"eventTypeId": number, "start": at.isoformat(), "attendee": attendee}
        if copied is not None:
            body["metadata"] = dict(copied.metadata)
        found = self._ask("/bookings", body, key=None)
        if found is not None:
            self.wishes.note_there(found["uid"], Wish("book", at))
            if copied is not None:
                self.wishes.forged.add(found["uid"])

    def change_there(self, one: Booking, kind: str, at: datetime, *, by_host: bool) -> None:
        """Somebody changes a booking there."""
        key = OWNER_KEY if by_host or kind in {"confirm", "decline", "absent"} else None
        email = one.attendees[0].email
        path, body = {
            "move": ("reschedule", {"start": at.isoformat()}),
            "cancel": ("cancel", {"cancellationReason": "ill"}),
            "confirm": ("confirm", {}),
            "decline": ("decline", {"reason": "full"}),
            "absent": ("mark-absent", {"attendees": [{"email": email, "absent": True}]}),
        }[kind]
        found = self._ask(f"/bookings/{one.uid}/{path}", body, key=key)
        if found is not None:
            self.wishes.note_there(found["uid"], Wish(kind, at if kind == "move" else None))
            if one.uid in self.wishes.forged:
                self.wishes.forged.add(found["uid"])

    def _ask(self, path: str, body: Any, *, key: str | None) -> Any:
        """Somebody else's request, without trouble; None where it is refused."""
        self.let_pass(0.05)
        answer = self.sandbox.handle(asked_for("POST", path, body, key=key))
        assert answer.status < 500, answer.body
        return answer.body["data"] if answer.status < 300 else None

    # The post

    def _send(self, _url: str, body: bytes, _headers: dict[str, str]) -> int:
        if self.fate is Fate.LOST:
            return 502
        if self.fate is Fate.HELD:
            self.held.append(body)
            return 200
        for _ in range(2 if self.fate is Fate.TWICE else 1):
            self.deliver(body)
        if self.fate in {Fate.AT_ONCE, Fate.TWICE}:
            self.drain()
        return 200

    def deliver(self, body: bytes) -> None:
        """One delivery arrives."""
        company = self.salon.company
        inbox.store(company.pk, str(company.webhook_token), body)

    def deliver_held(self, order: Iterable[int]) -> None:
        """Those that were held arrive, in this order."""
        held, self.held = self.held, []
        for index in order:
            self.deliver(held[index])
        self.drain()

    def drain(self) -> None:
        """The inbox is processed."""
        while drain_batch(self.salon.company.pk):
            pass

    # The workers

    @property
    def has_key(self) -> bool:
        """Whether there is a connection to Cal.com."""
        return bool(self.salon.company.calcom_api_key)

    def set_key(self, *, is_there: bool) -> None:
        """Take the connection away, or give it back."""
        self.salon.company.calcom_api_key = OWNER_KEY if is_there else ""
        self.salon.company.save(update_fields=["calcom_api_key"])

    def push(self, most: int) -> None:
        """Up to so many pushes that are due go out; a worker that is killed goes no further."""
        with suppress(Killed), meanwhile.keeping():
            for pk in push.due()[:most]:
                push.push(pk)

    def beat(self) -> None:
        """What beat does every few seconds."""
        push.release_stuck()
        push.revive()

    def reconcile(self) -> None:
        """Changed bookings are read."""
        company = self.salon.company
        if not self.has_key:
            return
        reconcile(company, client=CalcomClient(company, lane=Lane.BACKGROUND))

    def sweep(self) -> None:
        """All bookings from yesterday on are read."""
        now = timezone.now()
        company = self.salon.company
        client = CalcomClient(company, lane=Lane.BACKGROUND)
        sweep(company, client=client, starts_after=now - DAY, ends_before=now + AHEAD)

    # The end

    def come_to_rest(self) -> None:
        """Nothing fails any more; time goes on until nothing is due on any side."""
        self.wire.troubles.clear()
        self.wire.meanwhile.clear()
        self.fate = Fate.AT_ONCE
        self.set_key(is_there=True)
        self._work_off()
        self.wait(300)
        self.drain()
        self.reconcile()
        self.sweep()
        self._work_off()

    def _work_off(self) -> None:
        for _ in range(100):
            self.drain()
            self.beat()
            while push.due():
                self.push(32)
            upcoming = self._next_at()
            if upcoming is None:
                return
            self.wait(max((upcoming - timezone.now()).total_seconds(), 0) + 0.1)
        raise AssertionError(f"never quiet: {list(Push.objects.filter(finished_at=None).values())}")

    def _next_at(self) -> datetime | None:
        """When anything happens next by itself; what is due already waits behind something else."""
        rows = Push.objects.filter(finished_at__isnull=True, state__in=["pending", "unclear", "in_flight"])
        times = [at for at, _ in self.wire.late]
        for state, next_at, claimed_at in rows.values_list("state", "next_at", "claimed_at"):
            if state == "in_flight" and claimed_at is not None:
                times.append(claimed_at + timedelta(minutes=2))
            elif next_at is not None:
                times.append(next_at)
        return min((at for at in times if at > timezone.now()), default=None)
