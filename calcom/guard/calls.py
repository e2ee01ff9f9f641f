"""Before a call and after it."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable

import structlog

from calcom import conf, metrics, scripts
from calcom.guard.rules import after, facts_of, is_on, nothing, run
from calcom.guard.values import Account, Bucket, BudgetSpent, CircuitOpen, GuardAway, Lane, Outcome, Permit, Reported
from calcom.scripts import RedisAway

logger = structlog.get_logger(__name__)


def admit(account: Account, *, lane: Lane, bucket: Bucket = Bucket.DEFAULT) -> Permit:
    """Leave to send one call, and the place it takes. Raises CircuitOpen, BudgetSpent or GuardAway.

    With Redis away a person's call passes uncounted; nobody waits for a background call, so it is refused.
    """
    token = f"p{secrets.token_hex(8)}"
    if not is_on():
        return Permit(account, lane, bucket, token)
    try:
        verdict, *facts = run("admit", account, lane, bucket, token=token)
    except RedisAway as error:
        if lane is Lane.BACKGROUND:
            raise GuardAway("nobody counts the calls", retry_at=after(scripts.AWAY_FOR_S * 1000)) from error
        return Permit(account, lane, bucket, token)
    if verdict != b"pass":
        refusal = CircuitOpen if verdict == b"circuit" else BudgetSpent
        raise refusal(f"refused by the {verdict.decode()}", retry_at=after(facts[0]))
    admitted_ms, epoch, is_trial, half_opened = facts
    if half_opened:
        metrics.CIRCUIT.add("half_open")
        logger.warning("calcom.circuit.half_open", **facts_of(account))
    return Permit(account, lane, bucket, token, epoch, admitted_ms, bool(is_trial))


def record(
    permit: Permit, outcome: Outcome, reported: Reported | None = None, *, meanwhile: Callable[[], None] = nothing
) -> None:
    """How the call ended, and what the server said of its limits. Never raises: the call has been made.

    `meanwhile` is done once, while Redis works: what would otherwise come afterwards costs no time then.
    """
    if not is_on():
        meanwhile()
        return
    said = _said(reported) if reported else {}
    facts = {"token": permit.token, "epoch": permit.epoch, "admitted": permit.admitted_ms, "outcome": outcome}
    try:
        [turned] = run("record", permit.account, permit.lane, permit.bucket, meanwhile=meanwhile, **facts, **said)
    except RedisAway:
        return
    _tell(permit, outcome, turned, wait_ms=said.get("said_reset_ms", conf.BLOCK_S * 1000))


def _tell(permit: Permit, outcome: Outcome, turned: bytes, *, wait_ms: float) -> None:
    if outcome is Outcome.RATE_LIMITED:
        logger.warning("calcom.rate.blocked", bucket=permit.bucket, wait_s=wait_ms / 1000, **facts_of(permit.account))
    if turned:
        metrics.CIRCUIT.add(turned.decode())
    if turned == b"open":
        logger.warning("calcom.circuit.opened", rest_s=conf.BREAKER_REST_S, **facts_of(permit.account))
    if turned == b"closed":
        logger.info("calcom.circuit.closed", **facts_of(permit.account))


def _said(reported: Reported) -> dict[str, int]:
    """What is believed of a report: servers have sent nonsense before."""
    said: dict[str, int] = {}
    if reported.limit is not None and reported.limit > 0:
        said["said_limit"] = reported.limit
    if reported.remaining is not None:
        said["said_left"] = max(0, reported.remaining)
    if reported.reset_s is not None and math.isfinite(reported.reset_s):
        said["said_reset_ms"] = round(min(max(reported.reset_s, 0.0), conf.LONGEST_BLOCK_S) * 1000)
    return said
