"""Where Cal.com and we have come to differ about an event type."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from calcom.models.event_type import EventType
from companies.models import User
from companies.tenancy import TenantModel


class Drift(TenantModel):
    """What differs, since when. `differences`: field → {"ours": …, "theirs": …}, money as text.

    One is current for each event type (open or ignored); the resolved ones are its history. An ignored one keeps quiet
    as long as the differences stay the same.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        IGNORED = "ignored", _("ignored")
        ACCEPTED = "accepted", _("theirs taken over")
        RESET = "reset", _("ours restored")
        SETTLED = "settled", _("differs no longer")

    class Severity(models.TextChoices):
        LOW = "low", _("low")
        MEDIUM = "medium", _("medium")
        HIGH = "high", _("high")

    event_type = models.ForeignKey(
        EventType, on_delete=models.CASCADE, related_name="drifts", verbose_name=_("event type")
    )
    differences = models.JSONField(_("differences"))
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    detected_at = models.DateTimeField(_("noticed"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
        help_text=_("Empty for the sync."),
    )

    class Meta:
        verbose_name = _("drift")
        verbose_name_plural = _("drifts")
        ordering = ["-detected_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event_type"],
                condition=models.Q(state__in=["open", "ignored"]),
                name="drift_current_once_per_event_type",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "ignored"]) | models.Q(resolved_at__isnull=False),
                name="drift_resolved_when",
            ),
        ]
        indexes = [models.Index(fields=["company", "state"], name="drift_company_state")]

    def __str__(self) -> str:
        return f"{self.event_type}: {', '.join(self.differences)}"
