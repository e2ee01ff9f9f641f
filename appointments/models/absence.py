"""When somebody, or a whole branch, is not there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Branch, Staff
from companies.tenancy import TenantModel


class Absence(TenantModel):
    """A staff member's holiday or sick leave, or days on which a branch is closed. Nothing is offered meanwhile."""

    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, null=True, blank=True, related_name="absences", verbose_name=_("staff member")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, null=True, blank=True, related_name="absences", verbose_name=_("branch")
    )
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(staff__isnull=False, branch__isnull=True)
                | models.Q(staff__isnull=True, branch__isnull=False),
                name="absence_of_one",
                violation_error_message=_("Choose a staff member or a branch, not both."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="absence_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "ends_at"], name="absence_staff_end"),
            models.Index(fields=["branch", "ends_at"], name="absence_branch_end"),
            models.Index(fields=["company", "-starts_at", "-id"], name="absence_company_start"),
        ]

    def __str__(self) -> str:
        return str(self.staff or self.branch or "")
