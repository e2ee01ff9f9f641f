"""Database, broker and clocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from config.doctor.findings import Finding, note, ok, wrong

OLDEST_DATABASE, OLDEST_BROKER = 15, 7
# Signatures, expiry of holds and the order of news allow for less than this.
MOST_APART_S = 5.0


class Away(Exception):
    """Without it nothing else can be looked at. The finding says what."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


def database() -> Iterator[Finding]:
    """It answers, is new enough, and its tables are those of this version. Raises Away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('server_version_num')::int")
            version, number = cursor.fetchone() or ("?", 0)
    except DatabaseError as error:
        text = "the database does not answer"
        raise Away(wrong("database", text, "Is PostgreSQL up, and DATABASE_URL right?")) from error
    if number // 10_000 < OLDEST_DATABASE:
        yield wrong("database", f"PostgreSQL {version} is too old", f"Upgrade to {OLDEST_DATABASE} or newer.")
    else:
        yield ok("database", f"PostgreSQL {version}")


def migrations() -> Iterator[Finding]:
    """Whether the tables are those that this version of the program expects."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in pending[:5])
        yield wrong("migrations", f"{len(pending)} are not applied: {names}", "Run `manage.py migrate`.")
    else:
        yield ok("migrations", "all are applied")


def broker() -> Iterator[Finding]:
    """It answers, is new enough, and forgets nothing by itself. Raises Away."""
    try:
        facts = get_redis_connection("default").info()
    except (RedisError, ConnectionInterrupted, OSError) as error:
        text = "the broker (Redis or Valkey) does not answer: deliveries and changes wait in their tables"
        raise Away(wrong("broker", text, "Is it up, and REDIS_URL right?")) from error
    yield from judged_broker(facts)


def judged_broker(facts: dict[str, Any]) -> Iterator[Finding]:
    """What INFO says, judged."""
    name = "Valkey" if facts.get("server_name") == "valkey" else "Redis"
    version = str(facts.get("valkey_version") or facts.get("redis_version") or "?")
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) < OLDEST_BROKER:
        yield wrong("broker", f"{name} {version} is too old", f"Upgrade to {OLDEST_BROKER} or newer.")
    else:
        yield ok("broker", f"{name} {version}")
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    if facts.get("maxmemory") and policy != "noeviction":
        text = f"it may throw messages and counters away when memory is short (maxmemory-policy {policy})"
        yield note("broker", text, "Set maxmemory-policy to noeviction, or give it a server of its own.")


def clocks() -> Iterator[Finding]:
    """Whether this machine, the database's and the broker's agree on the time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        (database_s,) = cursor.fetchone() or (0,)
    apart = {"database": float(database_s) - timezone.now().timestamp()}
    try:
        seconds, micros = get_redis_connection("default").time()
        apart["broker"] = seconds + micros / 1_000_000 - time.time()
    except (RedisError, ConnectionInterrupted, OSError):
        pass
    yield from judged_clocks(apart)


def judged_clocks(apart_s: dict[str, float]) -> Iterator[Finding]:
    """How far the others' clocks are ahead of ours, judged."""
    far = {name: seconds for name, seconds in apart_s.items() if abs(seconds) > MOST_APART_S}
    for name, seconds in far.items():
        text = f"the {name}'s clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
        yield wrong("clock", text, "Let both machines take their time from the network (NTP).")
    if not far:
        worst = max(map(abs, apart_s.values()), default=0.0)
        yield ok("clock", f"the clocks are within {max(worst, 0.1):.1f} s of each other")
