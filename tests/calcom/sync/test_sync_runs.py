"""One run of a company at a time, and a record of each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, connections

from calcom.models import EventType, SyncRun
from calcom.sync.runs import alone
from tests.calcom.odd_server import http, odd_server

# The last thing that a run writes.
POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
CREATE TRIGGER poison BEFORE INSERT ON calcom_hostmapping FOR EACH ROW EXECUTE FUNCTION poison();
"""


@pytest.mark.django_db(transaction=True)
def test_two_runs_of_one_company_do_not_meet(company, account, sync):
    account.offer("Cut")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7202, %s)", [company.pk])
        assert sync().is_running_elsewhere
        assert not EventType.objects.exists()
    finally:
        other.close()


def test_the_lock_is_given_back(company, sync):
    with pytest.raises(ZeroDivisionError), alone(company):
        raise ZeroDivisionError
    assert not sync().is_running_elsewhere


def test_every_run_is_recorded(account, sync):
    account.offer("Cut")
    sync()
    run = SyncRun.objects.get()
    assert (run.state, run.counts["created"], run.error) == (SyncRun.State.DONE, 1, "")
    assert run.finished_at


def test_a_run_that_breaks_is_recorded_too(account, sync):
    account.offer("Cut")
    with connection.cursor() as cursor:
        cursor.execute(POISON)
    with pytest.raises(DatabaseError, match="poisoned"):
        sync()
    assert not EventType.objects.exists()
    run = SyncRun.objects.get()
    assert run.state == SyncRun.State.FAILED
    assert "poisoned" in run.error


def test_words_that_cannot_be_stored_do_not_leave_a_run_running(connected, sync):
    with odd_server() as server:
        connected.calcom_base_url = server.url
        server.answers_with(http("400 Bad", b'{"error":{"message":"\\ud800 boo\\u0000"}}'))
        sync()
    run = SyncRun.objects.get()
    assert (run.state, "boo" in run.error) == (SyncRun.State.INCOMPLETE, True)


def test_a_run_is_named_by_the_clock_on_the_wall():
    run = SyncRun(kind="event_types", started_at=datetime(2030, 7, 1, 22, 30, tzinfo=UTC))
    assert str(run).endswith("2030-07-02 00:30")


def test_a_run_whose_process_died_is_seen_by_the_next(company, account, sync):
    dead = SyncRun.objects.create(company=company, kind="event_types", started_at="2030-01-01T00:00Z")
    sync()
    dead.refresh_from_db()
    assert dead.state == SyncRun.State.INTERRUPTED
