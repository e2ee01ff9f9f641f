"""The runs of the sync, and how a company wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from appointments.admin.badges import badge
from appointments.admin.lists import PortalAdmin
from appointments.admin.record import Facts, Folded, RecordPage, Tab
from appointments.admin.when import moment
from calcom.models import CalcomSettings, SyncRun
from companies.tenant_admin import TenantRelatedFilter

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    Form = forms.ModelForm[CalcomSettings]
else:
    Form = forms.ModelForm

State = SyncRun.State

_COLOURS = {State.RUNNING: "blue", State.DONE: "green", State.INCOMPLETE: "amber"}
_COUNTS = {
    "created": _("new"),
    "updated": _("changed"),
    "unchanged": _("unchanged"),
    "missing": _("missing"),
    "mapped": _("mapped by itself"),
    "proposed": _("mappings proposed"),
    "drifted": _("differing"),
    "hosts_confirmed": _("hosts confirmed"),
    "hosts_waiting": _("hosts waiting"),
    "seen": _("read"),
    "foreign": _("of unknown event types"),
    "orphaned": _("unknown at Cal.com"),
    "found_again": _("found again"),
    "read_again": _("read again"),
}


@admin.register(SyncRun)
class SyncRunAdmin(RecordPage, PortalAdmin):
    """What became of each run. For reading."""

    list_display = ("started_column", "kind", "state_column", "counts_column", "company")
    list_display_links = ("started_column",)
    list_filter = (("company", TenantRelatedFilter), ("state", ChoicesDropdownFilter))
    list_defer = ("error",)
    sortable_by = ("started_column",)
    actions = None
    empty_sentence = _("Cal.com was not asked yet. The company needs an API key.")

    def tabs(self, request: HttpRequest, obj: SyncRun) -> list[Tab]:
        """Numbers, and what went wrong."""
        facts = Facts(
            [
                (_("state"), _state(obj)),
                (_("started"), moment(obj.started_at)),
                (_("finished"), moment(obj.finished_at) if obj.finished_at else ""),
                (_("forced"), _("Yes") if obj.is_forced else ""),
                *((name, obj.counts.get(key, "")) for key, name in _COUNTS.items()),
            ]
        )
        return [Tab("general", _("Details"), [facts, Folded(_("What went wrong"), obj.error)])]

    @admin.display(description=_("started"), ordering="started_at")
    def started_column(self, obj: SyncRun) -> str:
        """When."""
        return moment(obj.started_at)

    @admin.display(description=_("state"))
    def state_column(self, obj: SyncRun) -> SafeString:
        """How it ended."""
        return _state(obj)

    @admin.display(description=_("result"), empty_value="–")
    def counts_column(self, obj: SyncRun) -> str | None:
        """The numbers that are not zero."""
        told = [f"{obj.counts[key]} {name}" for key, name in _COUNTS.items() if obj.counts.get(key)]
        return ", ".join(told) or None


class SettingsForm(Form):
    """What a company wants of its sync."""

    class Meta:
        model = CalcomSettings
        fields = ["external_changes"]

    def validate_unique(self) -> None:
        """The company is not always on the form: say it above."""
        try:
            self.instance.validate_unique()
        except ValidationError as error:
            self.add_error(None, error.messages)


@admin.register(CalcomSettings)
class CalcomSettingsAdmin(PortalAdmin):
    """One row for each company that wants something else than the defaults."""

    form = SettingsForm
    list_display = ("__str__", "external_changes")
    fields = ("external_changes",)
    actions = None
    empty_sentence = _("The defaults count: changes made at Cal.com are shown, and ours are kept.")


def _state(run: Any) -> SafeString:
    return badge(run.get_state_display(), _COLOURS.get(State(run.state), "red"))
