"""The calcom app."""

import stamina.instrumentation
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalcomConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "calcom"
    verbose_name = _("Calcom")

    def ready(self) -> None:
        """What is tried again is said by the transport, once for each answer; stamina need not say it too."""
        stamina.instrumentation.set_on_retry_hooks([])
