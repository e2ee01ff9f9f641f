"""What was brought over from the predecessor: each run, what it wrote, and the rows as they came."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.tenancy import TenantModel


class LegacyRun(TenantModel):
    """One run that brings old data over. A dry run leaves no row.

    `checkpoint` is where the next call of the same kind and source goes on; it is written in the same transaction as
    what came before it. `source` tells one file from another. `counts` by name, as the run's result has them.
    """

    class Kind(models.TextChoices):
        UIDS = "uids", _("uids of old bookings")
        DUMP = "dump", _("a dump of the old database")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        INCOMPLETE = "incomplete", _("incomplete")
        FAILED = "failed", _("failed")
        ROLLED_BACK = "rolled_back", _("rolled back")

    kind = models.CharField(_("what"), max_length=4, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.RUNNING)
    source = models.CharField(_("source"), max_length=200, blank=True, default="")
    checkpoint = models.JSONField(_("goes on at"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("what went wrong"), blank=True, default="")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("run over old data")
        verbose_name_plural = _("runs over old data")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["company", "kind", "-started_at"], name="legacy_run_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"


class LegacyChange(TenantModel):
    """One row that a run made or changed, so that it can be undone.

    `model` is its label, as "appointments.appointment". `before` and `after` map fields to values as JSON; `before` is
    null for a row that the run made, and `after` then holds its fingerprint, by which it is seen whether anybody has
    changed it since.
    """

    class Outcome(models.TextChoices):
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("kept")
        __empty__ = _("stands")

    run = models.ForeignKey(LegacyRun, on_delete=models.CASCADE, related_name="changes", verbose_name=_("run"))
    model = models.CharField(max_length=100)
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(default=dict, blank=True)
    outcome = models.CharField(_("rolled back"), max_length=6, choices=Outcome.choices, blank=True, default="")

    class Meta:
        verbose_name = _("change by a run")
        verbose_name_plural = _("changes by runs")
        indexes = [
            models.Index(fields=["run", "-id"], name="legacy_change_run"),
            models.Index(fields=["company", "model", "object_id"], name="legacy_change_object"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"


class LegacyRow(TenantModel):
    """A row of the predecessor as it came, and what it became here. `data` is never changed by what is made of it.

    `key` is the predecessor's primary key as text. Where an appointment was here without a dump, and its payload was
    converted, `key` is "slotkeeper:" and our own id, and `data` holds the payload as it was: {"payload": …}.
    """

    class Kind(models.TextChoices):
        BRANCH = "branch", _("branch")
        STAFF = "staff", _("staff member")
        SERVICE = "service", _("service")
        CUSTOMER = "customer", _("customer")
        APPOINTMENT = "appointment", _("appointment")

    run = models.ForeignKey(LegacyRun, on_delete=models.CASCADE, related_name="rows", verbose_name=_("run"))
    kind = models.CharField(_("what"), max_length=11, choices=Kind.choices)
    key = models.CharField(_("old key"), max_length=100)
    object_id = models.BigIntegerField(null=True, blank=True)
    booking_id = models.BigIntegerField(_("old booking id"), null=True, blank=True)
    data = models.JSONField(_("as it came"), default=dict, blank=True)

    class Meta:
        verbose_name = _("old row")
        verbose_name_plural = _("old rows")
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "key"], name="legacy_row_once_per_company"),
        ]
        indexes = [models.Index(fields=["company", "kind", "object_id"], name="legacy_row_object")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"
