"""One change on its way to the booking backend."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from appointments.models.history import Side
from companies.tenancy import TenantModel


class Push(TenantModel):
    """A local change that the backend is to be told, and how far that has come.

    The pushes of one appointment go out in the order of their versions, one at a time; a compensation goes first.
    `wanted` holds the values wanted and, under "was", what the backend had before (see appointments.wishes).
    `told` is what the other side says where the two contradict each other. `reference` goes with a booking that is
    made, so that it is known again.
    """

    class Operation(models.TextChoices):
        CREATE = "create", _("book")
        MOVE = "move", _("move")
        CANCEL = "cancel", _("cancel")
        CONFIRM = "confirm", _("confirm")
        DECLINE = "decline", _("decline")
        MARK_ABSENT = "mark_absent", _("mark as absent")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        IN_FLIGHT = "in_flight", _("being sent")
        UNCLEAR = "unclear", _("unclear")
        DONE = "done", _("done")
        FOLDED = "folded", _("not needed any more")
        SUPERSEDED = "superseded", _("cancelled by the other side")
        CONFLICT = "conflict", _("conflict")
        NEEDS_STAFF = "needs_staff", _("needs staff")

    class Trouble(models.TextChoices):
        UNAVAILABLE = "unavailable", _("not reachable")
        BUSY = "busy", _("asked too often")
        REFUSED = "refused", _("refused")
        TAKEN = "taken", _("time is taken")
        UNCLEAR = "unclear", _("outcome unknown")
        NOT_CONNECTED = "not_connected", _("no connection")
        __empty__ = _("none")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="pushes", verbose_name=_("appointment")
    )
    operation = models.CharField(_("what"), max_length=11, choices=Operation.choices)
    version = models.PositiveIntegerField(_("version"))
    reference = models.UUIDField(_("reference"), default=uuid4, editable=False)
    wanted = models.JSONField(_("wanted"), default=dict)
    told = models.JSONField(_("the other side says"), default=dict, blank=True)
    is_compensation = models.BooleanField(_("compensation"), default=False)

    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.PENDING)
    trouble = models.CharField(_("trouble"), max_length=13, choices=Trouble.choices, blank=True, default="")
    error = models.TextField(_("error"), blank=True, default="")
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    looks = models.PositiveIntegerField(_("looked for"), default=0)
    next_at = models.DateTimeField(_("next try"), null=True, blank=True, default=timezone.now)
    claimed_at = models.DateTimeField(_("sent"), null=True, blank=True)

    reason = models.TextField(_("reason"), blank=True, default="")
    side = models.CharField(_("from"), max_length=8, choices=Side.choices, default=Side.SYSTEM)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    created_at = models.DateTimeField(_("wanted since"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("push")
        verbose_name_plural = _("pushes")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["appointment", "version"], name="push_once_per_version"),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=models.Q(state__in=["in_flight", "unclear"]),
                name="push_one_in_flight_per_appointment",
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=False)
                | models.Q(state__in=["pending", "in_flight", "unclear", "conflict", "needs_staff"]),
                name="push_finished_when",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state__in=["pending", "unclear"]), name="push_due"),
            models.Index(
                fields=["company", "state"],
                condition=models.Q(state__in=["in_flight", "unclear", "conflict", "needs_staff"]),
                name="push_company_state",
            ),
            models.Index(
                fields=["company", "trouble"],
                condition=models.Q(state="pending") & ~models.Q(trouble=""),
                name="push_company_trouble",
            ),
            models.Index(fields=["claimed_at"], condition=models.Q(state="in_flight"), name="push_claimed"),
            models.Index(
                fields=["state", "created_at"],
                include=["company"],
                condition=models.Q(finished_at__isnull=True) & ~models.Q(trouble="not_connected"),
                name="push_open",
            ),
            models.Index(
                fields=["company", "reference"],
                condition=models.Q(operation="create", finished_at__isnull=True),
                name="push_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_display()}: {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        """Whether the backend still has to be told, or somebody has to decide."""
        return self.finished_at is None

    @property
    def is_on_its_way(self) -> bool:
        """Whether it may have reached the backend already, without our knowing."""
        return self.state in {self.State.IN_FLIGHT, self.State.UNCLEAR}

    def finish(self, state: State) -> None:
        """End it, unsaved. Of what was not sent after all it stays to be read what kept it."""
        self.state, self.finished_at, self.next_at = state, timezone.now(), None
        if state != self.State.FOLDED:
            self.trouble = self.error = ""
