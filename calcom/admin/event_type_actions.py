"""What staff can do about event types: ask Cal.com again, confirm what is proposed, settle what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError
from unfold.decorators import action

from calcom import tasks
from calcom.admin.words import person, waiting_proposal_of
from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.models import Drift, EventType, MappingProposal
from calcom.sync import drift, proposals
from calcom.sync.reset import CannotReset, reset
from companies.fields import EncryptionKeyError
from companies.roles import companies_where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from companies.tenant_admin import TenantAdmin

    Base = TenantAdmin
else:
    Base = object

logger = structlog.get_logger(__name__)


def _dialog(title: Any, description: Any, button: Any) -> dict[str, Any]:
    return {"title": title, "description": description, "form_class": None, "form_submit_text": button}


class EventTypeActions(Base):
    """Mixin in front of the page. Each goes through the functions that the sync uses."""

    actions = ("confirm_proposals", "accept_theirs", "ignore_differences")
    actions_list = ("sync_now",)
    actions_detail = ("confirm_proposal", "dismiss_proposal", "accept_one", "reset_one", "ignore_one")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Event types are not deleted by the dozen: a missing one is remembered."""
        return {name: entry for name, entry in super().get_actions(request).items() if name != "delete_selected"}

    def current_drift(self, obj: EventType) -> Drift | None:
        """What differs, open or ignored."""
        return Drift.objects.filter(event_type=obj, state__in=drift.CURRENT).first()

    def has_proposal_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the row, while something is proposed."""
        row = self._row(request, obj)
        return row is not None and waiting_proposal_of(row) is not None

    def has_drift_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the row, while it differs."""
        row = self._row(request, obj)
        return row is not None and self.current_drift(row) is not None

    def has_open_drift_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the row, while it differs and nobody has said that this is all right."""
        row = self._row(request, obj)
        current = self.current_drift(row) if row else None
        return current is not None and current.state == Drift.State.OPEN

    def _row(self, request: HttpRequest, obj: Any) -> EventType | None:
        row = self.get_object(request, unquote(str(obj))) if isinstance(obj, str | int) else obj
        return row if row is not None and self.is_allowed(request, "change", row) else None

    @action(description=_("Confirm what is proposed"), permissions=["change"], icon="check")
    def confirm_proposals(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The proposed mappings of the chosen event types become true."""
        waiting = MappingProposal.objects.filter(event_type__in=queryset, state=MappingProposal.State.WAITING)
        done = sum(proposals.confirm(one, by=person(request)) for one in waiting.select_related("event_type"))
        _told(request, ngettext("%(count)d mapping was confirmed.", "%(count)d mappings were confirmed.", done), done)

    @action(description=_("Take over what Cal.com says"), permissions=["change"], icon="download")
    def accept_theirs(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Lengths and prices of the chosen event types go to their services."""
        done = sum(drift.accept(one, by=person(request)) for one in _drifts(queryset, drift.CURRENT))
        _told(request, _taken_over(done), done)

    @action(description=_("Leave it as it is"), permissions=["change"], icon="visibility_off")
    def ignore_differences(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Nothing is said of these differences any more."""
        done = sum(drift.ignore(one, by=person(request)) for one in _drifts(queryset, [Drift.State.OPEN]))
        _told(request, _left(done), done)

    @action(
        description=_("Confirm what is proposed"),
        permissions=["proposal"],
        icon="check",
        url_path="confirm",
        dialog=_dialog(
            _("Confirm the proposed mapping?"), _("Bookings of this event type then mean this service."), _("Confirm")
        ),
    )
    def confirm_proposal(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """What is proposed becomes true."""
        event_type = self.permitted(request, object_id, "change")
        if proposals.confirm(event_type.proposal, by=person(request)):
            messages.success(request, _("The mapping was confirmed."))
        return self.back_to(event_type)

    @action(
        description=_("Dismiss what is proposed"),
        permissions=["proposal"],
        icon="close",
        url_path="dismiss",
        dialog=_dialog(_("Dismiss the proposed mapping?"), _("It is not proposed again."), _("Dismiss")),
    )
    def dismiss_proposal(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """What is proposed is wrong."""
        event_type = self.permitted(request, object_id, "change")
        if proposals.dismiss(event_type.proposal, by=person(request)):
            messages.success(request, _("The proposal was dismissed."))
        return self.back_to(event_type)

    @action(
        description=_("Take over what Cal.com says"),
        permissions=["drift"],
        icon="download",
        url_path="accept",
        dialog=_dialog(
            _("Take over what Cal.com says?"), _("Length and price go to the service; its name stays."), _("Take over")
        ),
    )
    def accept_one(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Theirs goes to our service."""
        event_type = self.permitted(request, object_id, "change")
        current = self.current_drift(event_type)
        if current and drift.accept(current, by=person(request)):
            messages.success(request, _taken_over(1) % {"count": 1})
        else:
            messages.warning(request, _("Not all of it could be taken over."))
        return self.back_to(event_type)

    @action(
        description=_("Give Cal.com what we have"),
        permissions=["drift"],
        icon="upload",
        url_path="reset",
        dialog=_dialog(_("Give Cal.com what we have?"), _("The event type is changed there, at once."), _("Change it")),
    )
    def reset_one(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Ours goes to Cal.com. Whoever clicked waits for its answer."""
        event_type = self.permitted(request, object_id, "change")
        current = self.current_drift(event_type)
        if current is not None:
            _reset(request, current)
        return self.back_to(event_type)

    @action(
        description=_("Leave it as it is"),
        permissions=["open_drift"],
        icon="visibility_off",
        url_path="ignore",
        dialog=_dialog(
            _("Leave the differences as they are?"), _("You hear of it again when something else differs."), _("Leave")
        ),
    )
    def ignore_one(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Nothing is said of it any more."""
        event_type = self.permitted(request, object_id, "change")
        current = self.current_drift(event_type)
        if current and drift.ignore(current, by=person(request)):
            messages.success(request, _left(1) % {"count": 1})
        return self.back_to(event_type)

    @action(
        description=_("Ask Cal.com now"),
        permissions=["change"],
        icon="sync",
        url_path="sync",
        dialog=_dialog(
            _("Ask Cal.com for event types and hosts?"), _("This happens every half hour by itself."), _("Ask")
        ),
    )
    def sync_now(self, request: HttpRequest, _form: forms.Form) -> HttpResponse:
        """Hand a sync to the worker for each company in which the user may change event types."""
        companies = companies_where(request.user, self.permission("change")).filter(is_active=True)
        ids = companies.exclude(calcom_api_key="").values_list("pk", flat=True)
        _ask(request, ids)
        return HttpResponse(headers={"HX-Redirect": reverse("admin:calcom_eventtype_changelist")})


def _reset(request: HttpRequest, current: Drift) -> None:
    try:
        reset(current, client=CalcomClient(current.company), by=person(request))
    except CannotReset as error:
        messages.warning(request, str(error))
    except (CalcomError, EncryptionKeyError) as error:
        logger.warning(
            "calcom.drift.reset_failed", company_id=current.company_id, drift_id=current.pk, reason=str(error)
        )
        messages.warning(
            request, _("Cal.com cannot be asked just now, or not with this key. Nothing was changed here.")
        )
    else:
        messages.success(request, _("Cal.com has what we have."))


def _ask(request: HttpRequest, company_ids: Iterable[int]) -> None:
    sent = 0
    try:
        for company_id in company_ids:
            tasks.sync_company.apply_async((company_id,), expires=tasks.EXPIRES_S, retry=False)
            sent += 1
    except OperationalError:  # the broker is away
        messages.error(request, _("Nobody is there to do it just now. Try again later."))
        return
    if sent:
        messages.success(request, _("Cal.com is being asked. Look again in a minute."))
    else:
        messages.warning(request, _("There is no API key to ask Cal.com with."))


def _drifts(event_types: QuerySet[Any], states: Iterable[str]) -> QuerySet[Drift]:
    return Drift.objects.filter(event_type__in=event_types, state__in=states)


def _taken_over(count: int) -> str:
    return ngettext(
        "What Cal.com says was taken over for %(count)d event type.",
        "What Cal.com says was taken over for %(count)d event types.",
        count,
    )


def _left(count: int) -> str:
    return ngettext(
        "The differences of %(count)d event type stay as they are.",
        "The differences of %(count)d event types stay as they are.",
        count,
    )


def _told(request: HttpRequest, text: str, count: int) -> None:
    messages.success(request, text % {"count": count})
