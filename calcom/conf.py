"""The numbers of the connection to Cal.com. Switches and timeouts come from the environment, the rest stands here."""

from __future__ import annotations

from django.conf import settings

# The circuit breaker: so many failures in a row open it; then a rest; then so many trial calls from all processes.
BREAKER_FAILURES = 5
BREAKER_REST_S = 60
BREAKER_TRIALS = 2

# The token buckets. Background calls leave the rest of the share to people who wait.
BACKGROUND_SHARE = 0.7
FEW_PER_MINUTE = 5
BLOCK_S = 60
LONGEST_BLOCK_S = 3600  # no window of a server is believed to be longer

# The cache, by resource, and how old an answer may be when Cal.com is away.
CACHE_TTL_S = {"event_types": 300, "slots": 60, "profile": 600}
STALE_S = 3600

# Answers beyond this are not read to their end.
MAX_ANSWER_BYTES = 10_000_000


def breaker_enabled() -> bool:
    """CALCOM_V2_CIRCUIT_BREAKER_ENABLED."""
    return bool(settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED)


def rate_limit_enabled() -> bool:
    """CALCOM_V2_RATE_LIMIT_ENABLED."""
    return bool(settings.CALCOM_V2_RATE_LIMIT_ENABLED)


def cache_enabled() -> bool:
    """CALCOM_V2_CACHE_ENABLED."""
    return bool(settings.CALCOM_V2_CACHE_ENABLED)


def default_base_url() -> str:
    """CALCOM_BASE_URL: where companies without an address of their own have their account."""
    return str(settings.CALCOM_BASE_URL)


def timeouts_s() -> tuple[float, float]:
    """Seconds to connect and to read. A booking took eight seconds where a receiver of webhooks was slow."""
    return float(settings.CALCOM_CONNECT_TIMEOUT_S), float(settings.CALCOM_READ_TIMEOUT_S)
