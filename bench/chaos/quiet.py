"""Waiting until nothing is on its way on either side."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from kombu.exceptions import OperationalError

from appointments.models import Push
from bench.report import progress
from calcom.models import SyncRun
from calcom.tasks import reconcile_all
from companies.models import Company
from webhooks.models import WebhookEvent

RECONCILE_EVERY_S = 15.0
_LOOK_EVERY_S = 1.0
_TELL_EVERY_S = 20.0


def reconcile_soon() -> None:
    """What beat sends every five minutes, in this run oftener."""
    try:
        reconcile_all.apply_async(retry=False, expires=RECONCILE_EVERY_S)
    except OperationalError:
        progress("no reconciliation: Valkey is away")


def on_their_way() -> QuerySet[Push]:
    """Pushes that go out by themselves. One that waits behind another which staff have to decide does not."""
    decided = Push.objects.filter(appointment=OuterRef("appointment"), state__in=["conflict", "needs_staff"])
    return Push.objects.filter(
        Q(state__in=["in_flight", "unclear"])
        | (Q(state="pending") & ~Exists(decided.filter(version__lt=OuterRef("version"))))
    )


def open_work() -> dict[str, int]:
    """What is on its way, by name."""
    pushes = on_their_way()
    counted = Counter({f"push {state}": count for state, count in _by_state(pushes)})
    events = WebhookEvent.objects.filter(state__in=["pending", "waiting"])
    counted.update({f"delivery {state}": count for state, count in _by_state(events)})
    return dict(counted)


def wait_for_quiet(*, since: datetime, at_most_s: float, keep_alive: Callable[[], None]) -> float | None:
    """Seconds until nothing is open, and every company's bookings were read from then on; None where never.

    `keep_alive` is called once in a while.
    """
    began = time.monotonic()
    next_reconcile = next_tell = began
    while (now := time.monotonic()) - began < at_most_s:
        keep_alive()
        work, unread = open_work(), _unread(since)
        if not work and not unread:
            return now - began
        if now >= next_reconcile:
            next_reconcile = now + RECONCILE_EVERY_S
            reconcile_soon()
        if now >= next_tell:
            next_tell = now + _TELL_EVERY_S
            progress(f"{now - began:.0f} s: {work}, {unread} companies to be read")
        time.sleep(_LOOK_EVERY_S)
    return None


def _by_state(rows: QuerySet[Any]) -> list[tuple[str, int]]:
    return list(rows.order_by().values_list("state").annotate(Count("pk")))


def _unread(since: datetime) -> int:
    """Companies whose bookings were not read completely since then."""
    done = SyncRun.objects.filter(kind=SyncRun.Kind.BOOKINGS, state=SyncRun.State.DONE, started_at__gte=since)
    return Company.objects.exclude(pk__in=done.values("company_id")).count()
