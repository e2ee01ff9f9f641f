"""The webhooks app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        """What deliveries tell of old bookings, `calcom.legacy` asks for; it must not import this app."""
        from calcom.legacy.sources import add_source  # noqa: PLC0415 - models are loaded only now
        from webhooks.told import told_by_deliveries  # noqa: PLC0415 - see above

        add_source("deliveries", told_by_deliveries)
