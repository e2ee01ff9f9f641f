"""Draining the inbox: the deliveries of one company, a hundred at a time.

One transaction for a batch on the good path. On any error the batch is done again with a savepoint for each delivery,
so that a poisonous one stops nobody; it is tried again later, five times, and then waits for staff.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from structlog.contextvars import bind_contextvars, bound_contextvars, unbind_contextvars

from appointments.backends import News
from appointments.inbound import Outcome, apply_news
from calcom.envelope import open_envelope
from calcom.errors import InvalidDelivery, UnreadableBody
from calcom.kept_slots import forget_after_commit
from calcom.mapping import says_too_little
from calcom.places import CalcomPlaces
from calcom.tasks import look_soon
from companies.counting import OTHER
from companies.models import Company
from webhooks import inbox, metrics, reasons, tenants
from webhooks.backoff import ask
from webhooks.handlers import HANDLERS, WITHOUT_EFFECT, IgnoredTrigger, Parcel, news_of
from webhooks.inbox import Verdict
from webhooks.models import WebhookEvent
from webhooks.privacy import blank

logger = structlog.get_logger(__name__)
State = WebhookEvent.State

# How far a sender's clock may be ahead: news from the far future would win over all that is true.
MOST_AHEAD = timedelta(minutes=10)

Work = Callable[[Sequence[WebhookEvent]], None]


def drain_batch(company_id: int | None) -> int:
    """Process up to a hundred due deliveries of one company; returns how many.

    0 where nothing is due, or where another worker has this company. Meanwhile the log names the batch, and the
    delivery where it is one alone; so do the tasks that follow from it.
    """
    try:
        return _drained(company_id)
    finally:
        unbind_contextvars("batch", "delivery_id")


def _drained(company_id: int | None) -> int:
    with inbox.claim(company_id) as events:
        if not events:
            return 0
        _announce(company_id, events)
        work = _find_companies if company_id is None else _work(company_id)
        try:
            with transaction.atomic():
                work(events)
        except Exception as error:  # noqa: BLE001 - whatever one delivery did, the others are done
            logger.warning("webhooks.batch_failed", company_id=company_id, size=len(events), **cause_of(error))
            for event in events:
                _alone(work, event)
        return len(events)


def _announce(company_id: int | None, events: Sequence[WebhookEvent]) -> None:
    ids = [str(event.delivery_id) for event in events]
    bind_contextvars(batch=ids[0][:8])
    if len(ids) == 1:
        bind_contextvars(delivery_id=ids[0])
    logger.info("webhooks.batch", company_id=company_id, size=len(ids), deliveries=ids)


def _alone(work: Work, event: WebhookEvent) -> None:
    """Process one delivery in a savepoint of its own."""
    try:
        with bound_contextvars(delivery_id=str(event.delivery_id)), transaction.atomic():
            work([event])
    except Exception as error:  # noqa: BLE001 - the failure is recorded with the delivery
        logger.error(  # noqa: TRY400 - see cause_of
            "webhooks.delivery_failed", delivery_id=str(event.delivery_id), **cause_of(error)
        )
        verdict, _ = _read(event)
        verdict.state, verdict.has_failed = State.PENDING, True
        verdict.reason, verdict.reason_data = reasons.NOT_APPLIED, {"problem": type(error).__name__}
        _finish([verdict])


def cause_of(error: Exception) -> dict[str, Any]:
    """What a log line may say of an error: not its text, in which the database repeats what customers wrote."""
    ours = [frame for frame in traceback.format_tb(error.__traceback__) if "site-packages" not in frame]
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return {"error": type(error).__name__, "sqlstate": sqlstate, "frames": "".join(ours[-5:])}


def _find_companies(events: Sequence[WebhookEvent]) -> None:
    """The work on deliveries to the server-wide address: find out which company each is for."""
    readings = [_read(event) for event in events]
    tenants.find(readings)
    _finish([verdict for verdict, _ in readings])


def _work(company_id: int) -> Work:
    """The work on deliveries of one company: apply what they tell."""
    company = Company.objects.only("name", "time_zone", "calcom_base_url").get(pk=company_id)
    places = CalcomPlaces(company)

    def work(events: Sequence[WebhookEvent]) -> None:
        readings = [_read(event) for event in events]
        tenants.check_event_types(company, readings, known=places.event_type_ids)
        due = [(verdict, news) for verdict, news in readings if news is not None and verdict.state == State.PENDING]
        applied = apply_news(company, [news for _, news in due], places=places)
        for (verdict, _), outcome in zip(due, applied.outcomes, strict=True):
            _judge(verdict, outcome)
        _finish([verdict for verdict, _ in readings])
        blank(applied.redacted)
        if applied.touched_uids:
            inbox.release(company.pk, [f"booking:{uid}" for uid in applied.touched_uids])
            forget_after_commit(company.pk, [news for _, news in due])
        if doubtful := {news.uid for _, news in due if says_too_little(news)}:
            transaction.on_commit(partial(_look_soon, company.pk, doubtful), robust=True)

    return work


def _finish(verdicts: Sequence[Verdict]) -> None:
    """Write what they have come to, and count it with the commit."""
    inbox.finish(verdicts)
    counted = [_counted(verdict) for verdict in verdicts]
    transaction.on_commit(partial(metrics.processed, counted), robust=True)


def _counted(verdict: Verdict) -> metrics.Counted:
    """Of the triggers, which anybody can write, only the known are counted by name."""
    is_known = verdict.trigger in HANDLERS or verdict.trigger in WITHOUT_EFFECT
    result = str(verdict.state)
    if verdict.state == State.PENDING:
        result = "retry" if verdict.has_failed else "assigned"  # to its company, which is to process it
    return metrics.Counted(
        verdict.trigger if is_known else OTHER, result, verdict.begun_at if verdict.is_final else None
    )


def _look_soon(company_id: int, uids: set[str]) -> None:
    """With Redis away nobody is sent; reconciliation reads again what is still in doubt."""
    ask(partial(look_soon, company_id, uids), otherwise=None)


def _read(event: WebhookEvent) -> tuple[Verdict, News | None]:
    """Read one delivery. A verdict that is still pending goes on to be applied."""
    verdict = Verdict(event=event, state=State.PENDING)
    try:
        envelope = open_envelope(bytes(event.body))
        if envelope.sent_at is not None:
            envelope = replace(envelope, sent_at=min(envelope.sent_at, event.received_at + MOST_AHEAD))
        verdict.trigger = envelope.trigger
        news = news_of(envelope, Parcel(delivery_id=event.delivery_id, company_id=event.company_id))
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
    verdict.state, verdict.reason = State.WAITING, reasons.UNKNOWN_BOOKING
    verdict.waits_for = f"booking:{verdict.booking_uid}"
