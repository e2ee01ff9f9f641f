"""A company whose bookings are made at Cal.com, and a clock that can be put forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from calcom.client import CalcomClient
from calcom.models import EventType
from calcom.sandbox.server import RunningSandbox
from calcom.sync.bookings import AHEAD, BookingsResult, reconcile, sweep
from companies.models import Company
from tests.calcom.remote import Remote
from webhooks import authentication, tasks

Later = Callable[..., None]
Run = Callable[[], BookingsResult]


@pytest.fixture
def remote(connected: Company, cal: RunningSandbox) -> Remote:
    authentication._addresses.clear()
    authentication._kept.version_until = 0.0
    tasks._wakes.quiet_until = 0.0
    cache.clear()
    return Remote(cal, connected)


@pytest.fixture
def cut(remote: Remote) -> int:
    """An event type that the company knows."""
    return known_type(remote, remote.offer("Cut"))


def known_type(remote: Remote, number: int) -> int:
    """The company has read of this event type."""
    EventType.objects.create(company=remote.company, calcom_id=number, title=f"Type {number}", verified_by="a proof")
    return number


@pytest.fixture
def later() -> Iterator[Later]:
    """Put the clock forward, here and at Cal.com."""
    with time_machine.travel(timezone.now()) as traveller:

        def forward(**by: float) -> None:
            traveller.shift(timedelta(**by))

        yield forward


@pytest.fixture
def read(connected: Company) -> Run:
    """One reconciliation."""
    return lambda: reconcile(connected, client=CalcomClient(connected))


@pytest.fixture
def swept(connected: Company) -> Run:
    """One sweep of the next sixty days."""

    def run() -> BookingsResult:
        now = timezone.now()
        return sweep(connected, client=CalcomClient(connected), starts_after=now, ends_before=now + AHEAD)

    return run
