"""Cal.com dies in the middle of anything: what was done is clear, and everything is right again once it is back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.guard import CircuitState
from calcom.models import EventType, HostMapping, SyncRun
from calcom.sandbox.server import RunningSandbox, running_sandbox
from calcom.sandbox.wire import Answer, Request
from companies.models import Company

COMMANDS = ["sync_event_types", "register_webhooks", "test_connection", "list_event_types", "cache_warmup"]

Kill = Callable[[int], None]


@pytest.fixture
def offered(connected: Company) -> Company:
    """Three event types, one of which is known here."""
    client = CalcomClient(connected)
    for slug in ("haircut", "colour", "beard"):
        made = client.create_event_type(title=slug.title(), slug=slug, lengthInMinutes=30)
    EventType.objects.create(company=connected, calcom_id=made.id, title="Beard", length_min=30)
    return connected


@pytest.fixture
def kill_at(cal: RunningSandbox) -> Kill:
    """Let the server die at its n-th request from now, before it answers that."""

    def arrange(number: int) -> None:
        handle, left = cal.sandbox.handle, iter(range(number, -1, -1))

        def until_death(request: Request) -> Answer:
            if next(left, 0) > 0:
                return handle(request)
            cal.close()
            return Answer(500, cut="before")

        cal.sandbox.handle = until_death  # type: ignore[method-assign]  # it is the server that is to fail

    return arrange


def ran(command: str, company: Company) -> bool:
    try:
        call_command(command, company=company.slug)
    except CommandError:
        return False
    return True


def facts(company: Company) -> tuple[object, ...]:
    """What must not be half done."""
    types = EventType.objects.for_company(company).order_by("calcom_id")
    return (
        list(types.values_list("title", "is_listed", "is_active", "missing_since")),
        list(HostMapping.objects.for_company(company).values_list("calcom_user_id", "state")),
        SyncRun.objects.for_company(company).filter(state=SyncRun.State.RUNNING).exists(),
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("request_number", [0, 1])
def test_what_was_under_way_is_whole_or_not_at_all_and_goes_on_by_itself(
    offered: Company, cal: RunningSandbox, kill_at: Kill, command: str, request_number: int
):
    before = facts(offered)
    kill_at(request_number)
    if not ran(command, offered):
        assert facts(offered) == before
    del cal.sandbox.handle
    cal.close()
    cal.sandbox.closing.clear()
    guard.reset(access_of(offered).account)  # the minute of rest is over: tests/calcom/guard proves that it ends
    with running_sandbox(cal.sandbox, port=cal.port):
        assert ran(command, offered)
        assert ran("sync_event_types", offered)
        assert ran("register_webhooks", offered)
    assert len(cal.sandbox.world.subscriptions) == 1
    assert sorted(EventType.objects.values_list("title", flat=True)) == ["Beard", "Colour", "Haircut"]
    assert guard.status(access_of(offered).account).state is CircuitState.CLOSED


def test_an_operator_need_not_wait_for_the_circuit(offered: Company, cal: RunningSandbox):
    cal.close()
    for _ in range(3):
        ran("test_connection", offered)
    assert guard.status(access_of(offered).account).state is CircuitState.OPEN
    guard.reset(access_of(offered).account)
    cal.sandbox.closing.clear()
    with running_sandbox(cal.sandbox, port=cal.port):
        assert ran("test_connection", offered)
    assert guard.status(access_of(offered).account).state is CircuitState.CLOSED
