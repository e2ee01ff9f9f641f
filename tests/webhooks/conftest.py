"""A salon that Cal.com delivers to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from calcom.models import EventType
from companies.models import Company
from tests.deliveries.bodies import encode, sign
from tests.deliveries.cast import CUT
from tests.factories import CompanyFactory
from webhooks import authentication, backoff, tasks

SECRET = "whsec-geheim-ü"

Deliver = Callable[..., Any]


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    """Each test is a new process on an empty cache."""
    authentication._addresses.clear()
    authentication._kept.version_until = 0.0
    tasks._wakes.quiet_until = 0.0
    backoff.forget()
    cache.clear()


@pytest.fixture
def salon(db: None) -> Company:
    company = CompanyFactory.create(webhook_secret=SECRET)
    EventType.objects.create(company=company, calcom_id=CUT, title="Haarschnitt")
    return company


@pytest.fixture
def deliver(client: Client, salon: Company) -> Deliver:
    """Post a body to the salon's address, signed with its secret unless told otherwise."""

    def post(body: object, *, secret: str = SECRET, headers: dict[str, str] | None = None, path: str = "") -> Any:
        raw = encode(body)
        path = path or f"/api/webhooks/calcom/{salon.webhook_token}"
        headers = {"X-Cal-Signature-256": sign(raw, secret)} if headers is None else headers
        return client.generic("POST", path, raw, content_type="application/json", headers=headers)

    return post
