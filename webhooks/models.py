"""What Cal.com sent, kept as it came."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from companies.tenancy import TenantQuerySet


class WebhookEvent(models.Model):
    """One delivery, stored before it is answered. This table is also the queue: `state` and `next_at` say what is due.

    `delivery_id` is the UUIDv5 of the address's token and the body's SHA-256, so that the same bytes arrive once.
    `company` is empty until it is known which company a delivery to the server-wide address is for.
    `reason` is an English sentence that is translated where it is shown, with `reason_data` filled in.
    `waits_for` names what is missing, "event_type:17" or "booking:<uid>"; when it comes, the delivery is due at once.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("to be processed")
        WAITING = "waiting", _("waiting")
        DONE = "done", _("processed")
        IGNORED = "ignored", _("ignored")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    delivery_id = models.UUIDField(_("delivery"), unique=True, editable=False)
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="webhook_events",
        verbose_name=_("company"),
    )
    body = models.BinaryField(_("body"))
    trigger = models.CharField(_("trigger"), max_length=64, blank=True, default="")
    booking_uid = models.CharField(_("booking uid"), max_length=200, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    reason = models.TextField(_("reason"), blank=True, default="")
    reason_data = models.JSONField(default=dict, blank=True, editable=False)
    waits_for = models.CharField(max_length=220, blank=True, default="", editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received"), db_default=Now())
    next_at = models.DateTimeField(_("next attempt"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-received_at", "-id"]
        permissions = [("replay_webhookevent", _("Can process a delivery again"))]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="webhook_event_received"),
            models.Index(fields=["company", "-received_at", "-id"], name="webhook_event_company_received"),
            models.Index(fields=["booking_uid"], name="webhook_event_booking_uid"),
            models.Index(
                fields=["company", "next_at", "id"],
                condition=models.Q(state__in=["pending", "waiting"]),
                name="webhook_event_unfinished",
            ),
            models.Index(
                fields=["company", "-received_at"],
                condition=models.Q(state__in=["failed", "refused"]),
                name="webhook_event_trouble",
            ),
            models.Index(fields=["received_at"], condition=models.Q(state="pending"), name="webhook_event_unprocessed"),
            models.Index(
                fields=["received_at", "id"],
                condition=models.Q(company__isnull=True) & ~models.Q(body=b""),
                name="webhook_event_nobodys_body",
            ),
            models.Index(fields=["waits_for"], condition=~models.Q(waits_for=""), name="webhook_event_waits_for"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger or '?'} {self.delivery_id}"
