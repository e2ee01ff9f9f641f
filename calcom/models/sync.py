"""How a company's sync with Cal.com is set, and what became of each run."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from companies.tenancy import TenantModel


class CalcomSettings(TenantModel):
    """What a company wants of its sync. Without a row the defaults count."""

    class Changes(models.TextChoices):
        WARN = "warn", _("tell us")
        ACCEPT = "accept", _("take them over")
        REJECT = "reject", _("keep ours, and tell us")

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, related_name="calcom_settings", verbose_name=_("company")
    )
    external_changes = models.CharField(
        _("changes made at Cal.com"),
        max_length=10,
        choices=Changes.choices,
        default=Changes.WARN,
        help_text=_(
            "What happens when length or price of a mapped event type are changed at Cal.com. Unless you take them "
            "over, the service stays as it is and the difference is shown; the other two choices do the same."
        ),
    )

    class Meta:
        verbose_name = _("sync settings")
        verbose_name_plural = _("sync settings")

    def __str__(self) -> str:
        return str(self.company)


class SyncRun(TenantModel):
    """One run of a sync. `counts` by name, as calcom.sync.result has them. A dry run leaves no row.

    `checkpoint` says how far a long run has come: see calcom.sync.bookings.history.
    """

    class Kind(models.TextChoices):
        EVENT_TYPES = "event_types", _("event types and hosts")
        BOOKINGS = "bookings", _("bookings changed")
        BOOKING_SWEEP = "booking_sweep", _("bookings of a period")
        HISTORY = "history", _("bookings of a long period")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        INCOMPLETE = "incomplete", _("incomplete")
        FAILED = "failed", _("failed")
        INTERRUPTED = "interrupted", _("interrupted")

    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RUNNING)
    is_forced = models.BooleanField(_("forced"), default=False)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict)
    checkpoint = models.JSONField(default=dict, editable=False)
    error = models.TextField(_("what went wrong"), blank=True, default="")

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["company", "kind", "-started_at"], name="sync_run_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
