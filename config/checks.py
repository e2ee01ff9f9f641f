"""What `manage.py check --deploy` says about our own settings."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core import checks

from companies.fields import EncryptionKeyError, keyring


@checks.register(checks.Tags.security, deploy=True)
def settings_of_a_production_server(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Keys that encrypt, an address that people reach, mail that is sent."""
    found: list[checks.CheckMessage] = []
    try:
        keyring()
    except EncryptionKeyError as error:
        found.append(checks.Error(str(error), id="slotkeeper.E001"))
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        hint = "Invitations and webhook addresses begin with it."
        found.append(checks.Warning("PUBLIC_BASE_URL does not begin with https://", hint=hint, id="slotkeeper.W001"))
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(checks.Warning("EMAIL_URL is not set: mails are written to the log", id="slotkeeper.W002"))
    if not (settings.METRICS_DIRECTORY and os.access(settings.METRICS_DIRECTORY, os.W_OK | os.X_OK)):
        hint = "PROMETHEUS_MULTIPROC_DIR names a directory of this machine's that all processes may write to."
        found.append(checks.Info("/metrics tells what one process has counted only", hint=hint, id="slotkeeper.I001"))
    return found
