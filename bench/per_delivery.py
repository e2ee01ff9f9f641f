"""The rival: one Celery task for each delivery, with the same rules. Never part of the application."""

from __future__ import annotations

import time

from celery import shared_task

from webhooks import inbox
from webhooks.drain import drain_batch

QUEUE = "per-delivery"


@shared_task(name="bench.process_one")
def process_one(company_id: int) -> None:
    """Process one delivery of the company, in its order: the drain with batches of one.

    There are as many tasks as deliveries; where another process has the company, this one waits for its turn.
    """
    inbox.BATCH_SIZE = 1
    while not drain_batch(company_id):
        time.sleep(0.001)
