"""The rules, which lie in rules.lua, and how they are asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from calcom import conf, scripts
from calcom.guard.values import Account, Bucket, Lane
from calcom.scripts import Script

# A call that has not come back by now never will: its process was killed. Its place is free again.
CALL_S = 60
# When to look again while both trial calls are on their way.
_PEEK_S = 2
# Unused state goes by itself.
_KEEP_S = 7 * 24 * 3600

# To be raised when what lies in Redis changes: a deploy begins with nothing known then.
_LAYOUT = "1"

rules = Script.of_file(
    "guard/rules.lua",
    failures=conf.BREAKER_FAILURES,
    rest_ms=conf.BREAKER_REST_S * 1000,
    trials=conf.BREAKER_TRIALS,
    peek_ms=_PEEK_S * 1000,
    call_ms=CALL_S * 1000,
    few_per_minute=conf.FEW_PER_MINUTE,
    share=conf.BACKGROUND_SHARE,
    window_ms=conf.BLOCK_S * 1000,
    block_ms=conf.BLOCK_S * 1000,
    keep_ms=_KEEP_S * 1000,
)


def nothing() -> None:
    """What there is to do meanwhile, as a rule."""


def is_on() -> bool:
    """Whether anything is counted at all."""
    return conf.breaker_enabled() or conf.rate_limit_enabled()


def run(
    operation: str,
    account: Account,
    lane: Lane,
    bucket: Bucket,
    *,
    meanwhile: Callable[[], None] = nothing,
    **facts: Any,
) -> Any:
    """One round trip. Raises RedisAway."""
    facts["background"] = lane is Lane.BACKGROUND
    facts["few"] = bucket is Bucket.FEW
    facts["breaker"] = conf.breaker_enabled()
    facts["limited"] = conf.rate_limit_enabled()
    facts["per_minute"] = max(1, account.requests_per_minute)
    return rules([state_key(account)], operation, json.dumps(facts), meanwhile=meanwhile)


def state_key(account: Account) -> str:
    """Where what all processes know of the account lies in Redis."""
    return scripts.key("calcom.guard", _LAYOUT, account.host, account.key_fingerprint)


def after(wait_ms: float) -> datetime:
    """By this machine's clock: the callers compare with theirs, and Redis's may differ."""
    return timezone.now().astimezone(UTC) + timedelta(milliseconds=wait_ms)


def facts_of(account: Account) -> dict[str, Any]:
    """Whose, for the log."""
    return {"company_id": account.company_id, "host": account.host}
