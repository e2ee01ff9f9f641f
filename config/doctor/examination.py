"""All checks in their order. What is needed by others comes first; without it they are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from config.doctor import connection, machine, settings, work
from config.doctor.findings import Finding, Level, found, note

if TYPE_CHECKING:
    from companies.models import Company


def installation() -> Iterator[Finding]:
    """What concerns all companies. Raises Away where the database does not answer."""
    yield from found("settings", settings.settings_in_order)
    yield from machine.database()
    yield from found("migrations", machine.migrations)
    yield from found("keys", settings.keys_that_open)
    try:
        yield from machine.broker()
    except machine.Away as away:
        yield away.finding
    else:
        for subject, check in (
            ("worker", work.workers),
            ("beat", work.beat),
            ("watcher", work.watcher),
            ("queues", work.queues),
        ):
            yield from found(subject, check)
    yield from found("clock", machine.clocks)
    yield from found("deliveries", work.deliveries)
    yield from found("changes", work.changes)


def company(one: Company, *, is_offline: bool) -> Sequence[Finding]:
    """What concerns one company. Asks Cal.com, unless it is offline or the key is of no use anyway."""
    if type(one).objects.filter(pk=one.pk, calcom_api_key__exact="").exists():
        text = "there is none: nothing is sent to Cal.com or read from it"
        return [note("key", text, "Enter one at the company, if it books by Cal.com.")]
    findings = [*found("key", partial(connection.key, one, is_offline=is_offline))]
    is_reached = findings[-1].level is Level.OK
    checks = {
        "circuit": partial(connection.circuit, one) if is_reached else None,
        "webhooks": partial(connection.webhooks, one) if is_reached and not is_offline else None,
        "reading": partial(connection.reading, one),
        "people": partial(connection.people, one),
    }
    for subject, check in checks.items():
        if check is not None:
            findings += found(subject, check)
    return findings
