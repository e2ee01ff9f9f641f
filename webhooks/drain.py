"""Draining the inbox: the deliveries of one company, oldest first, a hundred at a time.

One transaction for a batch on the good path. On any error the batch is done again with a savepoint for each delivery,
so that a poisonous one stops nobody; it is tried again later, five times, and then waits for staff.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from django.db import transaction

from appointments.backends import News
from appointments.inbound import Outcome, apply_news
from calcom.envelope import open_envelope
from calcom.errors import InvalidDelivery, UnreadableBody
from calcom.places import CalcomPlaces
from companies.models import Company
from webhooks import inbox, reasons, tenants
from webhooks.handlers import IgnoredTrigger, news_of
from webhooks.inbox import Verdict
from webhooks.models import WebhookEvent

logger = structlog.get_logger(__name__)
State = WebhookEvent.State

Work = Callable[[Sequence[WebhookEvent]], list[Verdict]]


def drain_batch(company_id: int | None) -> int:
    """Process up to a hundred due deliveries of one company; returns how many.

    0 where nothing is due, or where another worker has this company.
    """
    with inbox.claim(company_id) as events:
        if not events:
            return 0
        work = _find_companies if company_id is None else _work(company_id)
        try:
            with transaction.atomic():
                inbox.finish(work(events))
        except Exception:
            logger.warning("webhooks.batch_failed", company_id=company_id, size=len(events), exc_info=True)
            inbox.finish([_alone(work, event) for event in events])
        return len(events)


def _alone(work: Work, event: WebhookEvent) -> Verdict:
    """Process one delivery in a savepoint of its own."""
    try:
        with transaction.atomic():
            return work([event])[0]
    except Exception as error:
        logger.exception("webhooks.delivery_failed", delivery_id=str(event.delivery_id))
        problem = {"problem": type(error).__name__}
        return Verdict(
            event=event, state=State.PENDING, reason=reasons.NOT_APPLIED, reason_data=problem, has_failed=True
        )


def _find_companies(events: Sequence[WebhookEvent]) -> list[Verdict]:
    """The work on deliveries to the server-wide address: find out which company each is for."""
    readings = [_read(event) for event in events]
    tenants.find(readings)
    return [verdict for verdict, _ in readings]


def _work(company_id: int) -> Work:
    """The work on deliveries of one company: apply what they tell."""
    company = Company.objects.get(pk=company_id)
    places = CalcomPlaces(company)

    def work(events: Sequence[WebhookEvent]) -> list[Verdict]:
        readings = [_read(event) for event in events]
        tenants.check_event_types(company, readings, known=places.event_type_ids)
        due = [(verdict, news) for verdict, news in readings if news is not None and verdict.state == State.PENDING]
        applied = apply_news(company, [news for _, news in due], places=places)
        for (verdict, _), outcome in zip(due, applied.outcomes, strict=True):
            _judge(verdict, outcome)
        if applied.touched_uids:
            inbox.release(company.pk, applied.touched_uids)
        return [verdict for verdict, _ in readings]

    return work


def _read(event: WebhookEvent) -> tuple[Verdict, News | None]:
    """Read one delivery. A verdict that is still pending goes on to be applied."""
    verdict = Verdict(event=event, state=State.PENDING)
    try:
        envelope = open_envelope(bytes(event.body))
        verdict.trigger = envelope.trigger
        news = news_of(envelope, event.delivery_id)
    except IgnoredTrigger as error:
        verdict.state, verdict.reason = State.IGNORED, str(error)
        return verdict, None
    except UnreadableBody as error:
        verdict.state, verdict.reason, verdict.reason_data = State.IGNORED, reasons.UNREADABLE, {"problem": str(error)}
        return verdict, None
    except InvalidDelivery as error:
        verdict.state, verdict.reason, verdict.reason_data = State.FAILED, reasons.INVALID, {"problem": str(error)}
        return verdict, None
    if news is None:
        verdict.state = State.DONE
        return verdict, None
    verdict.booking_uid = news.uid
    return verdict, news


def _judge(verdict: Verdict, outcome: Outcome) -> None:
    if outcome is not Outcome.UNKNOWN_BOOKING:
        verdict.state = State.DONE
        verdict.reason = "" if outcome is Outcome.CHANGED else reasons.NOTHING_NEW
        return
    verdict.state = State.WAITING
    verdict.reason = reasons.UNKNOWN_BOOKING
    verdict.waits_for = f"booking:{verdict.booking_uid}"
