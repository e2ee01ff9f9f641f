"""Log lines: an event name and facts beside it; JSON in production, readable in development."""

import re
import sys
from typing import Any

import structlog

_TOKEN = re.compile(r"(webhooks/calcom/|password_reset/)[^\s\"'?]+")


def hide_tokens(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Cut the secret out of webhook addresses and password links: whoever reads logs shall not learn it."""
    for key, value in event.items():
        if isinstance(value, str) and ("webhooks/calcom/" in value or "password_reset/" in value):
            event[key] = _TOKEN.sub(r"\1…", value)
    return event


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(*, json: bool, level: str) -> dict[str, Any]:
    """Configure structlog and return the dict for Django's LOGGING.

    `json` chooses one JSON object a line over coloured text; `level` is the lowest level that is written.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": _line(json=json)},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            # Every received and finished task, every few seconds; what a task did it says itself.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def _line(*, json: bool) -> dict[str, Any]:
    """How a record becomes a line."""
    # A plain traceback: a pretty one prints the local variables, and among them are customers and secrets.
    plain = structlog.dev.plain_traceback
    readable = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide_tokens,
            structlog.processors.JSONRenderer() if json else readable,
        ],
        "foreign_pre_chain": _SHARED,
    }
