"""Worker and beat, and what waits for longer than it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django_redis import get_redis_connection

from appointments import push as pushes
from appointments.models import Push
from companies.models import Company
from config.celery import HEARTBEAT_MAX_AGE_S, app, heartbeat_age_s
from config.doctor.findings import Finding, duration, note, ok, wrong
from config.watch.rounds import is_watched
from webhooks.models import WebhookEvent

PATIENCE_S = 1.0
LATE_S = 120.0
MANY_MESSAGES = 1000

_UNFINISHED = [WebhookEvent.State.PENDING, WebhookEvent.State.WAITING]


def workers() -> Iterator[Finding]:
    """Whether each queue has somebody who takes from it."""
    yield from judged_workers(app.control.inspect(timeout=PATIENCE_S).active_queues() or {})


def judged_workers(answers: Mapping[str, Any]) -> Iterator[Finding]:
    """Worker → the queues it takes from, judged."""
    served = {queue["name"] for queues in answers.values() for queue in queues}
    unserved = [queue.name for queue in settings.CELERY_TASK_QUEUES if queue.name not in served]
    if not answers:
        yield wrong("worker", "none answers", "Start `worker` and `pusher` of the Procfile.")
    elif unserved:
        text = f"nobody takes from {', '.join(unserved)}"
        yield wrong("worker", text, "Start both `worker` and `pusher` of the Procfile.")
    else:
        yield ok("worker", f"{len(answers)} answer: {', '.join(sorted(answers))}")


def beat() -> Iterator[Finding]:
    """Whether periodic tasks are sent and done."""
    age_s = heartbeat_age_s()
    if age_s is None:
        yield wrong("beat", "no periodic task has run", "Start one `beat` of the Procfile, and a `worker`.")
    elif age_s > HEARTBEAT_MAX_AGE_S:
        text = f"the last periodic task ran {duration(age_s)} ago"
        yield wrong("beat", text, "Start `beat` again; if it runs, look whether a worker does.")
    else:
        yield ok("beat", f"the last periodic task ran {duration(max(age_s, 0))} ago")


def watcher() -> Iterator[Finding]:
    """Whether anybody would be told of an incident."""
    if is_watched():
        yield ok("watcher", "somebody watches")
    else:
        text = "nobody has looked for two minutes: nobody is told of any incident"
        yield wrong("watcher", text, "Start `watcher` of the Procfile; one is enough.")


def queues() -> Iterator[Finding]:
    """How many messages wait. They only wake: what is to be done stands in tables."""
    redis = get_redis_connection("default")
    lengths = {queue.name: int(redis.llen(queue.name)) for queue in settings.CELERY_TASK_QUEUES}
    told = ", ".join(f"{name} {length}" for name, length in lengths.items())
    if max(lengths.values()) > MANY_MESSAGES:
        yield note("queues", f"many messages wait: {told}", "Start more workers for the longest of them.")
    else:
        yield ok("queues", f"messages that wait: {told}")


def deliveries() -> Iterator[Finding]:
    """The oldest delivery that should have been processed by now; also those of no company yet."""
    companies = [None, *Company.objects.values_list("pk", flat=True)]
    ages_s = [age_s for company_id in companies if (age_s := delivery_age_s(company_id)) is not None]
    if ages_s and max(ages_s) > LATE_S:
        text = f"the oldest that is due waits since {duration(max(ages_s))}"
        yield wrong("deliveries", text, "Is a worker there for the queue `deliveries`? The log names what fails.")
    else:
        yield ok("deliveries", "none waits for longer than two minutes")


def delivery_age_s(company_id: int | None) -> float | None:
    """For how long the oldest due delivery of a company has been due; None where none is."""
    now = timezone.now()
    whose = Q(company_id__isnull=True) if company_id is None else Q(company_id=company_id)
    rows = WebhookEvent.objects.filter(whose, state__in=_UNFINISHED, next_at__lte=now)
    first = rows.order_by("next_at").values_list("next_at", flat=True).first()
    return None if first is None else (now - first).total_seconds()


def changes() -> Iterator[Finding]:
    """The oldest change that Cal.com should have been told by now."""
    due = Push.objects.filter(pk__in=pushes.due(limit=64), next_at__isnull=False).order_by("next_at")
    first = due.values_list("next_at", flat=True).first()
    age_s = 0.0 if first is None else (timezone.now() - first).total_seconds()
    if age_s > LATE_S:
        text = f"the oldest that is due waits since {duration(age_s)}"
        yield wrong("changes", text, "Is a worker there for the queue `pushes`? `manage.py circuit_status` says more.")
    else:
        yield ok("changes", "none waits for longer than two minutes")
