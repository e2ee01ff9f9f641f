"""What a company's people are told when something goes wrong, and what was the matter. See config.watch.

This module is imported by companies.models and must not import it.
"""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.fields import EncryptedTextField
from companies.tenancy import TenantModel, TenantQuerySet
from companies.validators import valid_hook_address

MOST_ADDRESSES, LONGEST_ADDRESS = 20, 254


class Kind(models.TextChoices):
    """What can be the matter."""

    DELIVERIES_LATE = "deliveries_late", _("deliveries wait")
    NEEDS_STAFF = "needs_staff", _("changes need staff")
    SIGNATURE = "signature", _("deliveries turned away")
    BREAKER_OPEN = "breaker_open", _("Cal.com fails: paused")
    KEY_REFUSED = "key_refused", _("API key refused")
    ERROR_RATE = "error_rate", _("too many failures")
    WORKER_SILENT = "worker_silent", _("worker or beat silent")
    PUSHER_SILENT = "pusher_silent", _("changes are not sent")
    TEST = "test", _("test")


OF_COMPANIES = (
    Kind.DELIVERIES_LATE,
    Kind.NEEDS_STAFF,
    Kind.SIGNATURE,
    Kind.BREAKER_OPEN,
    Kind.KEY_REFUSED,
    Kind.ERROR_RATE,
)
"""What companies are told of, unless they switch it off. The rest is the operators'."""


def lines_of_addresses(value: str) -> None:
    """Accept e-mail addresses, one a line. Raises ValidationError."""
    addresses = [line.strip() for line in value.splitlines() if line.strip()]
    if len(addresses) > MOST_ADDRESSES:
        raise ValidationError(_("Enter at most %(most)s addresses."), params={"most": MOST_ADDRESSES})
    for address in addresses:
        try:
            validate_email(address)
            MaxLengthValidator(LONGEST_ADDRESS)(address)
        except ValidationError as error:
            told = _("“%(address)s” is no e-mail address.")
            raise ValidationError(told, params={"address": address}) from error


class AlertSettings(TenantModel):
    """Whom a company wants told, how, and when not. Without a row its owners get an e-mail of everything.

    `may_reach_inside`: an operator entered the webhook's address, which may then lie in our own network.
    """

    company = models.OneToOneField(
        "companies.Company", on_delete=models.CASCADE, related_name="alert_settings", verbose_name=_("company")
    )
    addresses = models.TextField(
        _("e-mail addresses"),
        blank=True,
        default="",
        validators=[lines_of_addresses],
        help_text=_("One a line. Empty: the company's owners."),
    )
    language = models.CharField(
        _("language"), max_length=10, blank=True, default="", choices=[("", _("the server's")), *settings.LANGUAGES]
    )
    webhook_url = models.CharField(
        _("webhook address"),
        max_length=500,
        blank=True,
        default="",
        validators=[valid_hook_address],
        help_text=_("Gets every message as signed JSON, besides the e-mails. It has to begin with https://."),
    )
    may_reach_inside = models.BooleanField(default=False, editable=False)
    webhook_secret = EncryptedTextField(_("webhook secret"), blank=True, default="")
    quiet_from = models.TimeField(
        _("quiet from"),
        null=True,
        blank=True,
        help_text=_(
            "Meanwhile only what is urgent is told: deliveries that wait or are turned away, a refused API key. The "
            "rest follows at their end. By the company's clocks."
        ),
    )
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    switched_off = ArrayField(models.CharField(max_length=20), verbose_name=_("switched off"), default=list, blank=True)

    class Meta:
        verbose_name = _("alert settings")
        verbose_name_plural = _("alert settings")

    def __str__(self) -> str:
        return str(self.company)

    @property
    def address_list(self) -> list[str]:
        """The e-mail addresses entered."""
        return [line.strip() for line in self.addresses.splitlines() if line.strip()]


class Incident(models.Model):
    """Something that is the matter, from its first sight to its end. Without a company it is the operators'.

    `opened_at` stays empty while it is not certain: what passes before that is deleted, and nobody hears of it.
    `facts` are numbers, never names or addresses.
    """

    company = models.ForeignKey(
        "companies.Company",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("company"),
    )
    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    opened_at = models.DateTimeField(_("began"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="incident_once_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="incident_opened"),
            models.Index(fields=["company", "-opened_at", "-id"], name="incident_company_opened"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class AlertMessage(models.Model):
    """One message about an incident to one receiver, and how far it has come. `address` is empty for the webhook.

    `uuid` goes with the webhook, so that a receiver knows a message that came twice.
    """

    class Occasion(models.TextChoices):
        BEGIN = "begin", _("begin")
        END = "end", _("end")
        TEST = "test", _("test")

    class Channel(models.TextChoices):
        MAIL = "mail", _("e-mail")
        WEBHOOK = "webhook", _("webhook")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("not needed any more")

    uuid = models.UUIDField(default=uuid4, editable=False)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="messages", verbose_name=_("incident")
    )
    occasion = models.CharField(_("occasion"), max_length=5, choices=Occasion.choices)
    channel = models.CharField(_("by"), max_length=7, choices=Channel.choices)
    address = models.CharField(_("e-mail address"), max_length=LONGEST_ADDRESS, blank=True, default="")
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next try"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "occasion", "channel", "address"], name="alert_message_once_per_receiver"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="alert_message_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()}: {self.get_state_display()}"
