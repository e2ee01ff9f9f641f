"""What tests of several apps need: a company, and browsers that are logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django_redis import get_redis_connection

from appointments.availability import kept
from calcom import scripts
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.server import RunningSandbox, running_sandbox
from calcom.sandbox.state import Schedule
from companies.models import Company, User
from tests.command_line import Shell
from tests.factories import CompanyFactory
from webhooks import backoff

LogIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _redis_is_back() -> None:
    """What an earlier test did is over: processes remember an outage of Redis, and who performs what, for seconds."""
    backoff.forget()
    scripts.forget_outage()
    kept.forget()


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Salon Nord", slug="salon-nord")


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs commands: shell("doctor", "--json").status."""
    return Shell(capsys)


@pytest.fixture
def log_in() -> LogIn:
    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="companies.roles.RoleBackend")
        return client

    return logged_in


@pytest.fixture
def cal() -> Iterator[RunningSandbox]:
    """A small Cal.com on a socket, with a few users; Olga works on weekdays from nine to five, UTC."""
    world = sample_world()
    weekdays = {
        "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "startTime": "09:00",
        "endTime": "17:00",
    }
    schedule = Schedule(1, 1, "Weekdays", "UTC", [weekdays], [], is_default=True)
    world.schedules[schedule.id] = schedule
    world.users[1].default_schedule_id = schedule.id
    with running_sandbox(Sandbox(world)) as running:
        yield running


@pytest.fixture
def connected(company: Company, cal: RunningSandbox) -> Company:
    """The company, with the key of Olga at the small Cal.com. Nothing is counted or kept yet."""
    get_redis_connection("default").flushdb()
    company.calcom_api_key = OWNER_KEY
    company.calcom_base_url = cal.url
    company.save()
    return company
