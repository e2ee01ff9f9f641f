"""What staff do with several appointments of the list: each by itself, and what became of each is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from appointments import booking
from appointments.admin.columns import customer_name, service_name, status_badge
from appointments.admin.desk import Change, actor_of
from appointments.admin.inputs import text_field
from appointments.admin.record import Table
from appointments.admin.when import moment, zone_of
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from appointments.admin.lists import PortalAdmin

    Base = PortalAdmin
else:
    Base = object

MOST_AT_ONCE = 100


class SureForm(forms.Form):
    """Whether somebody means it."""


class ReasonForm(SureForm):
    """Why."""

    reason = text_field(gettext_lazy("reason"), help_text=gettext_lazy("The customers read it."))


class SelectedActions(Base):
    """Mixin in front of the list. What tells customers something is asked twice, with the versions that were read."""

    actions = ("confirm_selected", "cancel_selected", "send_selected")

    @action(description=gettext_lazy("Confirm"), permissions=["desk"], icon="check")
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        """Accept the chosen requests."""
        title, button = _("Confirm these appointments?"), _("Confirm them")
        form = SureForm(request.POST if "sure" in request.POST else None)
        return self._ask_or_do(request, queryset, form, booking.confirm, title=title, button=button)

    @action(description=gettext_lazy("Cancel appointments"), permissions=["desk"], icon="event_busy")
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        """Cancel the chosen appointments, all for the same reason."""
        title, button = _("Cancel these appointments?"), _("Cancel them")
        form = ReasonForm(request.POST if "sure" in request.POST else None)

        def cancel(row: Appointment, /, *, actor: Actor, version: int | None) -> None:
            booking.cancel(row, reason=form.cleaned_data["reason"], actor=actor, version=version)

        return self._ask_or_do(request, queryset, form, cancel, title=title, button=button)

    @action(description=gettext_lazy("Send now"), permissions=["desk"], icon="send")
    def send_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        """Send what waits or was given up. Nobody else notices: not asked twice."""
        rows = self._few(request, queryset)
        _each(request, rows, booking.send_again, {row.pk: None for row in rows})

    def _ask_or_do(
        self,
        request: HttpRequest,
        queryset: QuerySet[Appointment],
        form: SureForm,
        change: Change,
        *,
        title: str,
        button: str,
    ) -> HttpResponse | None:
        rows = self._few(request, queryset)
        if not rows:
            return None
        if form.is_valid():
            _each(request, rows, change, {row.pk: _version(request, row) for row in rows})
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "button": button,
            "form": form,
            "action": request.POST["action"],
            "checkbox": ACTION_CHECKBOX_NAME,
            "rows": rows,
            "table": _table(rows),
        }
        return TemplateResponse(request, "admin/selected.html", context)

    def _few(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> list[Appointment]:
        rows = list(queryset.select_related("branch", "customer", "service")[: MOST_AT_ONCE + 1])
        if len(rows) <= MOST_AT_ONCE:
            return rows
        messages.error(request, _("At most %(most)s appointments at once.") % {"most": MOST_AT_ONCE})
        return []


def _each(request: HttpRequest, rows: Sequence[Appointment], change: Change, versions: dict[int, int | None]) -> None:
    """Do it to each row, and say of each what became of it."""
    for row in rows:
        name = f"{moment(row.starts_at, zone_of(row))}, {customer_name(row)}"
        try:
            change(row, actor=actor_of(request), version=versions[row.pk])
        except BookingError as error:
            messages.error(request, f"{name}: {error}")
        else:
            messages.success(request, _("%(name)s: done.") % {"name": name})


def _version(request: HttpRequest, row: Appointment) -> int:
    """The version that was read; none fits where the form does not say."""
    text = request.POST.get(f"version-{row.pk}", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _table(rows: Sequence[Appointment]) -> Table:
    cells: list[list[Any]] = [
        [moment(row.starts_at, zone_of(row)), customer_name(row), service_name(row) or "–", status_badge(row)]
        for row in rows
    ]
    return Table([_("start"), _("customer"), _("service"), _("status")], cells)
