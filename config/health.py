"""Liveness and readiness: `/healthz` touches nothing, `/readyz` asks everything the application needs.

A check raises NotReady with one sentence. The sentences name no host, user or password: anyone may read them; the
log has the cause.
"""

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from config.celery import HEARTBEAT_MAX_AGE_S, heartbeat_age_s

logger = structlog.get_logger(__name__)


class NotReady(Exception):
    """Something the application needs is missing; the text says what."""


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers; no I/O."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 where requests and deliveries can be served and processed, else 503 with the reasons."""
    reasons = why_not_ready()
    if not reasons:
        return JsonResponse({"status": "ready"})
    logger.warning("health.not_ready", reasons=reasons)
    return JsonResponse({"status": "not ready", "reasons": reasons}, status=503)


def why_not_ready() -> list[str]:
    """One sentence for each thing that is missing; empty when all is well."""
    reasons: list[str] = []
    # Without its first check the second of a chain would only say the same in other words.
    for chain in ((_check_database, _check_migrations), (_check_broker, _check_heartbeat)):
        try:
            for check in chain:
                check()
        except NotReady as missing:
            reasons.append(str(missing))
    return reasons


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady("The database does not answer.") from error


def _check_migrations() -> None:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        raise NotReady(f"{len(pending)} database migrations are not applied: run `manage.py migrate`.")


def _check_broker() -> None:
    try:
        get_redis_connection("default").ping()
    except (RedisError, ConnectionInterrupted, OSError) as error:
        raise NotReady("The broker (Redis or Valkey) does not answer.") from error


def _check_heartbeat() -> None:
    age_s = heartbeat_age_s()
    if age_s is None:
        raise NotReady("No task has run yet: the worker or beat is not running.")
    if age_s > HEARTBEAT_MAX_AGE_S:
        raise NotReady(f"The last task ran {age_s:.0f} seconds ago: the worker or beat has stopped.")
