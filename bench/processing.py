"""Processing: deliveries per second of one worker with two processes, over eight companies."""

from __future__ import annotations

import hashlib
import statistics
import time
import uuid
from pathlib import Path

from django.db import connection

from bench import per_delivery, raw, world
from bench.report import Row, Table, progress
from bench.stack import celery_worker
from webhooks.drain import drain_batch
from webhooks.models import WebhookEvent
from webhooks.tasks import drain

_PATIENCE_S = 300.0


def measure(directory: Path, *, rounds: int, each: int, each_alone: int) -> Table:
    """Alternate the drain, the raw limit and a task per delivery. `each`: deliveries of each company."""
    tenants = world.found_companies()
    rates: dict[str, list[float]] = {"drain": [], "raw": [], "alone": []}
    with celery_worker(directory), celery_worker(directory, queues=per_delivery.QUEUE):
        _drained(tenants, 50)
        _done_alone(tenants, 5)
        for number in range(1, rounds + 1):
            rates["drain"].append(_drained(tenants, each))
            plan = raw.what_was_written()
            world.empty()
            _fill(tenants, each)
            rates["raw"].append(raw.write(plan))
            rates["alone"].append(_done_alone(tenants, each_alone))
            progress(f"round {number}: " + ", ".join(f"{name} {rate[-1]:,.0f}/s" for name, rate in rates.items()))
        lost, slow = _poisoned(tenants[0])
    drain_rate, raw_rate, alone_rate = (statistics.median(rates[name]) for name in ("drain", "raw", "alone"))
    title = (
        f"Processing: {len(tenants)} companies, {each} deliveries each, one worker with two processes, {rounds} rounds"
    )
    return Table(
        title,
        [
            Row("raw executemany, batches of 100, the same rows (limit)", f"{raw_rate:,.0f}/s"),
            Row("drain", f"{drain_rate:,.0f}/s"),
            Row("a task per delivery, the same rules", f"{alone_rate:,.0f}/s"),
            Row.at_least("drain / limit", _ratio(rates, "raw"), 0.2),
            Row.at_least("drain / task per delivery", _ratio(rates, "alone"), 2.0),
            Row.at_most("lost of 100 with a poisonous one", lost, 1),
            Row("that batch, against a clean one", f"{slow:.1f} x the time"),
        ],
    )


def finished() -> float:
    """The time when nothing was left to do."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM webhooks_webhookevent WHERE state IN ('pending', 'waiting'))")
            if cursor.fetchone() == (False,):
                return time.monotonic()
        time.sleep(0.02)
    raise RuntimeError("The inbox is not getting empty; see the worker's log.")


def _ratio(rates: dict[str, list[float]], rival: str) -> float:
    return statistics.median(ours / theirs for ours, theirs in zip(rates["drain"], rates[rival], strict=True))


def _fill(tenants: list[world.Tenant], each: int) -> None:
    """Put deliveries into the inbox, the companies taking turns."""
    bodies = [world.deliveries(tenant, each) for tenant in tenants]
    WebhookEvent.objects.bulk_create(
        WebhookEvent(delivery_id=uuid.UUID(bytes=hashlib.sha256(body).digest()[:16]), company_id=tenant.id, body=body)
        for turn in zip(*bodies, strict=True)
        for tenant, body in zip(tenants, turn, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE webhooks_webhookevent")
        cursor.execute("CHECKPOINT")


def _drained(tenants: list[world.Tenant], each: int) -> float:
    """Deliveries per second: two wakes, as two processes get them from a stream of deliveries."""
    world.empty()
    _fill(tenants, each)
    start = time.monotonic()
    for _ in range(2):
        drain.apply_async(expires=30)
    return len(tenants) * each / (finished() - start)


def _done_alone(tenants: list[world.Tenant], each: int) -> float:
    world.empty()
    _fill(tenants, each)
    start = time.monotonic()
    for tenant in tenants * each:
        per_delivery.process_one.apply_async((tenant.id,), queue=per_delivery.QUEUE)
    return len(tenants) * each / (finished() - start)


def _poisoned(tenant: world.Tenant) -> tuple[int, float]:
    """How many of a batch of 100 are not processed when the database refuses one, and how much slower it is."""
    clean_s = _batch_time(tenant)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION bench_poison() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'poison'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER bench_poison BEFORE INSERT ON appointments_appointment FOR EACH ROW"
            " WHEN (NEW.calcom_booking_uid LIKE '%x00000042%') EXECUTE FUNCTION bench_poison()"
        )
    poisoned_s = _batch_time(tenant)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM webhooks_webhookevent WHERE state <> 'done'")
        (lost,) = cursor.fetchone() or (0,)
        cursor.execute("DROP TRIGGER bench_poison ON appointments_appointment")
        cursor.execute("DROP FUNCTION bench_poison")
    return lost, poisoned_s / clean_s


def _batch_time(tenant: world.Tenant) -> float:
    """Process a hundred deliveries in this very process. Returns seconds."""
    world.empty()
    _fill([tenant], 100)
    start = time.monotonic()
    drain_batch(tenant.id)
    return time.monotonic() - start
