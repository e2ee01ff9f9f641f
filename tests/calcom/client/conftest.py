"""A client of the company at the small Cal.com, and an event type there."""

from __future__ import annotations

import pytest

from calcom.client import CalcomClient
from calcom.schemas.event_types import EventTypeRead
from companies.models import Company
from tests.calcom.client.desk import offered


@pytest.fixture
def client(connected: Company) -> CalcomClient:
    return CalcomClient(connected)


@pytest.fixture
def haircut(client: CalcomClient) -> EventTypeRead:
    return offered(client)
