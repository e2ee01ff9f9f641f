"""The webhooks app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "webhooks"
    verbose_name = _("Webhooks")
