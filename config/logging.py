"""Log lines: an event name and facts beside it; JSON in production, readable in development.

Everything goes to the error stream. What `calcom` and `webhooks` say may go to a file as well; something else turns the
files over (logrotate), for they are opened anew when they have been moved.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog

from config.redaction import redact

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(*, json: bool, level: str, files: dict[str, str] | None = None) -> dict[str, Any]:
    """Configure structlog and return the dict for Django's LOGGING.

    `json` chooses one JSON object a line over coloured text; `level` is the lowest level that is written; `files` names
    a file for a logger ("calcom"), to which its lines go as well.
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
    wanted = {logger: file for logger, file in (files or {}).items() if file}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": _line(json=json, colors=sys.stderr.isatty()),
            "file": _line(json=json, colors=False),
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line"},
            **{logger: _file(name) for logger, name in wanted.items()},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # In debug mode Django would write once more what the root writes, with nothing hidden.
            "django": {"handlers": []},
            "django.server": {"level": "WARNING"},
            # Every received and finished task, every few seconds; what a task did it says itself.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            # Every task's arguments, at DEBUG; uids of bookings among them.
            "celery.pool": {"level": "WARNING"},
            **{logger: {"handlers": [logger]} for logger in wanted},
        },
    }


def _file(name: str) -> dict[str, Any]:
    return {"class": "logging.handlers.WatchedFileHandler", "filename": name, "encoding": "utf-8", "formatter": "file"}


def _line(*, json: bool, colors: bool) -> dict[str, Any]:
    """How a record becomes a line."""
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # A plain traceback: a pretty one prints the local variables, and among them are customers and secrets.
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=colors),
        ],
        "foreign_pre_chain": _SHARED,
    }
