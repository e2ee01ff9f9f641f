"""A company and its Cal.com account."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calcom.client import CalcomClient
from calcom.sandbox.server import RunningSandbox
from calcom.sync.event_types import sync_event_types
from calcom.sync.result import SyncResult
from companies.models import Company
from tests.calcom.sync.account import Account

Sync = Callable[..., SyncResult]


@pytest.fixture
def account(cal: RunningSandbox) -> Account:
    return Account(cal)


@pytest.fixture
def sync(connected: Company, account: Account) -> Sync:
    """One run for the company, over a real socket."""

    def run(*, force: bool = False, dry_run: bool = False) -> SyncResult:
        client = CalcomClient(connected)
        return sync_event_types(connected, client=client, force=force, dry_run=dry_run)

    return run
