"""The limit of processing: the very rows that the drain wrote, written again by raw executemany batches."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader

BATCH = 100
PROCESSES = 2
# In the order in which they can be written; how each row finds the delivery that it came from.
_TABLES = {
    "appointments_customer": "row.id = appointment.customer_id",
    "appointments_appointment": "row.id = appointment.id",
    "appointments_attendee": "row.appointment_id = appointment.id",
    "appointments_appointmentchange": "row.delivery_id = event.delivery_id",
    "appointments_stafftime": "row.appointment_id = appointment.id",
}
_EVENTS = "webhooks_webhookevent"
_AS_IT_CAME = {"id", "delivery_id", "body", "received_at"}  # the rest of a delivery is what processing writes


@dataclass
class Batch:
    """Rows by table, in one transaction."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Plan:
    """Everything that was written: statements by table, and each company's batches."""

    statements: dict[str, str]
    batches: dict[int, list[Batch]]
    deliveries: int


def what_was_written() -> Plan:
    """Read the rows back that processing has written, so that they can be written again."""
    with _connect() as connection:
        statements = {table: _insert(connection, table) for table in _TABLES}
        finished = [name for name in _columns(connection, _EVENTS) if name not in _AS_IT_CAME]
        events = connection.execute(
            f"SELECT {', '.join(finished)}, id FROM {_EVENTS} ORDER BY company_id, id"
        ).fetchall()
        batches: dict[int, list[Batch]] = defaultdict(list)
        batch_of: dict[int, Batch] = {}
        for event in events:
            mine = batches[event[finished.index("company_id")]]
            if not mine or len(mine[-1].rows[_EVENTS]) == BATCH:
                mine.append(Batch())
            mine[-1].rows[_EVENTS].append(event)
            batch_of[event[-1]] = mine[-1]
        for table, condition in _TABLES.items():
            for event_id, *row in connection.execute(_select(connection, table, condition)):
                batch_of[event_id].rows[table].append(tuple(row))
    assignments = ", ".join(f"{column} = %s" for column in finished)
    statements[_EVENTS] = f"UPDATE {_EVENTS} SET {assignments} WHERE id = %s"
    return Plan(statements, batches, len(events))


def write(plan: Plan) -> float:
    """Write it all again, two processes sharing the companies. Returns deliveries per second."""
    context = multiprocessing.get_context("fork")
    barrier, times = context.Barrier(PROCESSES), context.Queue()
    companies = list(plan.batches.values())
    shares = [[batch for mine in companies[part::PROCESSES] for batch in mine] for part in range(PROCESSES)]
    processes = [context.Process(target=_write, args=(plan.statements, share, barrier, times)) for share in shares]
    for process in processes:
        process.start()
    spans = [times.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    seconds: float = max(end for _, end in spans) - min(start for start, _ in spans)
    return plan.deliveries / seconds


def _write(statements: dict[str, str], batches: Sequence[Batch], barrier: Any, times: Any) -> None:
    with _connect() as connection, connection.cursor() as cursor:
        barrier.wait()
        start = time.monotonic()
        for batch in batches:
            with connection.transaction():
                for table, statement in statements.items():
                    if batch.rows[table]:
                        cursor.executemany(statement, batch.rows[table])
        times.put((start, time.monotonic()))


def _connect() -> psycopg.Connection[tuple[Any, ...]]:
    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection.adapters.register_loader("jsonb", TextLoader)  # JSON stays text: nothing is encoded while we measure
    return connection


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in rows]


def _insert(connection: psycopg.Connection[Any], table: str) -> str:
    columns = _columns(connection, table)
    statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    return statement.as_string(connection)


def _select(connection: psycopg.Connection[Any], table: str, condition: str) -> str:
    """Each row once, behind the id of the first delivery that it belongs to."""
    columns = ", ".join(f"row.{name}" for name in _columns(connection, table))
    return f"""
        SELECT DISTINCT ON (row.id) event.id, {columns}
        FROM {_EVENTS} event
        JOIN appointments_appointmentchange change ON change.delivery_id = event.delivery_id
        JOIN appointments_appointment appointment ON appointment.id = change.appointment_id
        JOIN {table} row ON {condition}
        ORDER BY row.id, event.id"""
