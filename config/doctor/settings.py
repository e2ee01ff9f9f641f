"""Settings, and the keys that open stored secrets."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from companies.rotation import Tally, encrypted_fields, rotate
from config.doctor.findings import Finding, Level, note, ok, wrong


def settings_in_order() -> Iterator[Finding]:
    """What Django's checks and ours say of a production server. Where DEBUG is on, only errors count."""
    messages = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    if settings.DEBUG:
        yield note("settings", "DEBUG is on: pages show internals", "Unset DJANGO_DEBUG where others can reach it.")
    for message in messages:
        level = Level.WRONG if message.level >= checks.ERROR else Level.NOTE
        yield Finding("settings", level, _sentence(message.msg), message.hint or f"See {message.id}.")
    if not messages:
        yield ok("settings", "nothing to complain of")


def keys_that_open() -> Iterator[Finding]:
    """Whether each stored secret can be read, and by the newest key."""
    total = Tally()
    for model, name in encrypted_fields():
        tally = rotate(model, name, batch=500, dry_run=True, seen=lambda: None)
        total.rotated += tally.rotated
        total.current += tally.current
        total.unreadable += tally.unreadable
    if total.unreadable:
        named = ", ".join(total.unreadable[:5])
        text = f"{len(total.unreadable)} stored secrets are opened by no key of FIELD_ENCRYPTION_KEYS: {named}"
        yield wrong("keys", text, "Put their key back into the list, or enter the secrets anew.")
    elif total.rotated:
        text = f"{total.rotated} secrets are still under an older key"
        yield note("keys", text, "Run `manage.py rotate_keys`, then take the old key away.")
    else:
        yield ok("keys", f"{total.current} secrets are under the newest key")


def _sentence(text: str) -> str:
    return " ".join(text.split())
