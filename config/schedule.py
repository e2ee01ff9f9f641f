"""What beat sends, and when; written to django-celery-beat's table at every start."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "config.heartbeat": {"task": "config.celery.heartbeat", "schedule": 10.0},
    "calcom.sync": {"task": "calcom.tasks.sync_all", "schedule": 1800.0, "options": {"expires": 1500}},
    "calcom.reconcile": {"task": "calcom.tasks.reconcile_all", "schedule": 300.0, "options": {"expires": 280}},
    "calcom.sweep": {"task": "calcom.tasks.sweep_all", "schedule": crontab(hour="2", minute="20")},
    "appointments.push_due": {"task": "appointments.tasks.push_due", "schedule": 5.0, "options": {"expires": 5}},
    "appointments.recount": {
        "task": "appointments.tasks.recount_wanted",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "companies.forget_answers": {"task": "companies.tasks.forget_answers", "schedule": crontab(minute="50")},
    "config.prune": {"task": "config.tasks.prune_all", "schedule": crontab(hour="3", minute="10")},
    "webhooks.drain": {"task": "webhooks.tasks.drain", "schedule": 5.0, "options": {"expires": 5}},
}
