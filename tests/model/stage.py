"""Everything that happens in one sequence: people here, people at Cal.com, the post, the workers, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import requests
import time_machine
from django.utils import timezone

from appointments import booking, push
from appointments.backends import AttendeeSnapshot
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment, Push
from appointments.models.history import Side
from calcom import sessions
from calcom.client import CalcomClient
from calcom.guard import Lane
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY
from calcom.sandbox.state import Booking
from calcom.sync.bookings import AHEAD, reconcile, sweep
from tests.model.salon import DAY, Salon, make_world
from tests.model.wire import ORIGIN, Killed, Wire, WireAdapter, asked_for
from webhooks import inbox
from webhooks.drain import drain_batch
from webhooks.models import WebhookEvent

DESK = Actor(side=Side.PORTAL, name="Mara")


class Fate(Enum):
    """What becomes of webhooks."""

    AT_ONCE = "delivered and processed inside the request"
    STORED = "delivered, and processed later"
    TWICE = "delivered twice"
    HELD = "delivered later"
    LOST = "lost"


@dataclass(frozen=True)
class Wish:
    """A change that somebody has made and was told to be accepted. `at` is the start wanted, if any."""

    is_local: bool
    kind: str
    at: datetime | None = None


@dataclass
class Stage:
    """One sequence. `wishes` holds by appointment id what was wanted here, by booking uid what was wanted there."""

    salon: Salon
    clock: time_machine.Traveller
    fate: Fate = Fate.AT_ONCE
    held: list[bytes] = field(default_factory=list)
    local: dict[int, list[tuple[datetime, Wish]]] = field(default_factory=dict)
    remote: dict[str, list[tuple[datetime, Wish]]] = field(default_factory=dict)
    forged: set[str] = field(default_factory=set)

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
        """The desk books."""
        who = AttendeeSnapshot(name=name, email=f"{name.lower()}@example.com", time_zone="Europe/Berlin")
        service = self.salon.services[number]
        with _refusals():
            row = booking.book(
                self.salon.company,
                service=service,
                staff=self.salon.stylist,
                starts_at=at,
                attendees=[who],
                actor=DESK,
            )
            self._note_local(row, Wish(is_local=True, kind="book", at=at))

    def change(self, row: Appointment, kind: str, at: datetime) -> None:
        """The desk changes an appointment."""
        with _refusals():
            _CHANGES[kind](row, at)
            self._note_local(row, Wish(is_local=True, kind=kind, at=at if kind == "move" else None))

    def decide(self, row: Appointment, kind: str) -> bool:
        """Staff decide; returns whether there was anything to decide."""
        decision = {"ours": booking.keep_ours, "theirs": booking.take_theirs, "again": booking.send_again}[kind]
        try:
            after = decision(row, actor=DESK)
        except BookingError:
            return False
        if kind == "theirs":
            self._note_local(after, Wish(is_local=True, kind="theirs", at=after.starts_at))
        return True

    def _note_local(self, row: Appointment, wish: Wish) -> None:
        self.local.setdefault(row.pk, []).append((timezone.now(), wish))
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
            self._note_remote(found["uid"], Wish(is_local=False, kind="book", at=at))
            if copied is not None:
                self.forged.add(found["uid"])

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
            self._note_remote(found["uid"], Wish(is_local=False, kind=kind, at=at if kind == "move" else None))
            if one.uid in self.forged:
                self.forged.add(found["uid"])

    def _ask(self, path: str, body: Any, *, key: str | None) -> Any:
        """Somebody else's request, without trouble; None where it is refused."""
        self.let_pass(0.05)
        answer = self.sandbox.handle(asked_for("POST", path, body, key=key))
        assert answer.status < 500, answer.body
        return answer.body["data"] if answer.status < 300 else None

    def _note_remote(self, uid: str, wish: Wish) -> None:
        self.remote.setdefault(uid, []).append((timezone.now(), wish))

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
        for pk in push.due()[:most]:
            try:
                push.push(pk)
            except Killed:
                return

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


def _move(row: Appointment, at: datetime) -> None:
    booking.reschedule(row, starts_at=at, actor=DESK)


def _cancel(row: Appointment, _at: datetime) -> None:
    booking.cancel(row, reason="closed", actor=DESK)


def _confirm(row: Appointment, _at: datetime) -> None:
    booking.confirm(row, actor=DESK)


def _decline(row: Appointment, _at: datetime) -> None:
    booking.decline(row, reason="no time", actor=DESK)


def _absent(row: Appointment, _at: datetime) -> None:
    booking.mark_no_show(row, actor=DESK)


_CHANGES: dict[str, Callable[[Appointment, datetime], None]] = {
    "move": _move,
    "cancel": _cancel,
    "confirm": _confirm,
    "decline": _decline,
    "absent": _absent,
}


class _refusals:  # noqa: N801 - reads like contextlib.suppress
    """What the local rules refuse has not happened."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> bool:
        return kind is not None and issubclass(kind, BookingError)
