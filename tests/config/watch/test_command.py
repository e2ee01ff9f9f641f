"""`manage.py watch`."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from appointments.models.appointment import SyncStatus
from companies.models import AlertSettings, Company
from config.celery import heartbeat
from config.watch.rounds import BEAT_KEY
from tests.config.watch.conftest import another_watcher
from tests.portal.factories import AppointmentFactory


@pytest.fixture
def _own_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_one_round_says_what_it_came_to(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    heartbeat()
    AppointmentFactory.create(company=company, sync_status=SyncStatus.CONFLICT)
    call_command("watch", "--once")
    assert capsys.readouterr().out == (
        "1 incidents opened, 0 ended; 1 messages sent, 0 could not be sent; 0 kinds could not be looked for.\n"
    )


def test_what_could_not_be_sent_fails_the_command(company: Company, receiver) -> None:
    hook = {"webhook_url": "http://127.0.0.1:1/", "webhook_secret": "hook-geheim", "may_reach_inside": True}
    AlertSettings.objects.create(company=company, **hook)
    AppointmentFactory.create(company=company, sync_status=SyncStatus.CONFLICT)
    with pytest.raises(CommandError, match=r"watch\.not_sent"):
        call_command("watch", "--once")


@pytest.mark.django_db(transaction=True)
def test_two_at_once(company: Company) -> None:
    with another_watcher(), pytest.raises(CommandError, match="Another watcher is at work"):
        call_command("watch", "--once")


@pytest.mark.parametrize("every", ["0", "61", "soon", "nan"])
def test_wrong_numbers_are_refused(company: Company, every: str) -> None:
    with pytest.raises(CommandError, match="argument --every"):
        call_command("watch", "--every", every)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
def test_it_watches_until_it_is_told_to_stop(company: Company) -> None:
    seen: list[bool] = []

    def tell() -> None:
        deadline = threading.Event()
        while cache.get(BEAT_KEY) is None and len(seen) < 2000:
            seen.append(deadline.wait(0.01))
        os.kill(os.getpid(), signal.SIGTERM)

    teller = threading.Thread(target=tell)
    teller.start()
    call_command("watch", "--every", "60")
    teller.join()
    assert cache.get(BEAT_KEY) is not None
