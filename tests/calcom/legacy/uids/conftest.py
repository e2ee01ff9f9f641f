"""A company whose bookings are at Cal.com, and appointments that know only their numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calcom.client import CalcomClient
from calcom.legacy.result import LegacyResult
from calcom.legacy.uids import find_uids
from calcom.models import EventType
from calcom.sandbox.server import RunningSandbox
from companies.models import Company
from tests.calcom.remote import Remote

Find = Callable[..., LegacyResult]


@pytest.fixture
def remote(connected: Company, cal: RunningSandbox) -> Remote:
    return Remote(cal, connected)


@pytest.fixture
def cut(remote: Remote) -> int:
    """An event type that the company knows."""
    number = remote.offer("Cut")
    EventType.objects.create(company=remote.company, calcom_id=number, title="Cut", verified_by="a proof")
    return number


@pytest.fixture
def find(connected: Company) -> Find:
    """One run."""
    return lambda **more: find_uids(connected, client=CalcomClient(connected), **more)
