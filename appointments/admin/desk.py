"""What staff do with one appointment: a button and a dialog for each use case that is possible now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant

from appointments import booking, standing
from appointments.admin.desk_forms import FOLLOWING, SERIES, AbsenceForm, CancelForm, DeclineForm, DeskForm, MoveForm
from appointments.admin.offered import offered
from appointments.booking import Actor
from appointments.errors import BookingError, StaleVersion
from appointments.models import Appointment
from appointments.models.history import Side
from companies.models import User
from companies.tenant_admin import role_permission

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from appointments.admin.lists import PortalAdmin

    Base = PortalAdmin
else:
    Base = object


class Change(Protocol):
    """A use case, with what the form said filled in. Returns what to tell whoever did it."""

    def __call__(self, appointment: Appointment, /, *, actor: Actor, version: int | None) -> Any:
        """Do it. Raises BookingError."""
        ...


def _dialog(title: Any, button: Any, form_class: type[DeskForm] = DeskForm, description: Any = "") -> dict[str, Any]:
    return {"title": title, "description": description, "form_class": form_class, "form_submit_text": button}


MOVE = _dialog(_("Move the appointment"), _("Move"), MoveForm)
CANCEL = _dialog(_("Cancel the appointment"), _("Cancel the appointment"), CancelForm)
CONFIRM = _dialog(_("Confirm the appointment?"), _("Confirm"))
DECLINE = _dialog(_("Decline the request"), _("Decline"), DeclineForm)
ABSENT = _dialog(_("Who did not come?"), _("Save"), AbsenceForm)
COMPLETE = _dialog(_("Did it take place?"), _("It took place"), description=_("Only noted here, not at Cal.com."))
SEND = _dialog(
    _("Send it to Cal.com now?"),
    _("Send"),
    description=_("What may have arrived already is looked for first: nothing is booked twice."),
)
DROP = _dialog(
    _("Drop the change?"), _("Drop it"), description=_("The appointment becomes again what it is at Cal.com.")
)
BOOK_AGAIN = _dialog(
    _("Book it again at Cal.com?"),
    _("Book it again"),
    description=_("Cal.com does not know it any more. It is looked for once more, then booked anew at the same time."),
)
_CANCELLING: dict[str, Any] = {FOLLOWING: booking.cancel_following, SERIES: booking.cancel_series}


class DeskActions(Base):
    """Mixin in front of the appointment's page. Each goes through appointments.booking."""

    actions_detail = (
        "decide",
        "book_again",
        "try_again",
        "send_now",
        "drop_change",
        "confirm_one",
        "decline_one",
        "mark_absent",
        "complete_one",
        "move_one",
        "cancel_one",
    )

    has_desk_permission = role_permission("desk")

    def permission(self, action: str) -> str:
        """Whoever may change an appointment works at the desk; the page's own form stays closed to everybody."""
        return super().permission("change" if action == "desk" else action)

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """What this reader may do with it, and what is possible now."""
        row = self.get_object(request, unquote(str(object_id)))
        if row is None or not self.is_allowed(request, "desk", row):
            return []
        names = offered(row, standing.open_pushes(row.pk))
        return [self.get_unfold_action(name) for name in self.actions_detail if name in names]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A dialog is about the version that is on the page, even if it is opened an hour later."""
        for entry in context.get("actions_detail", ()):
            entry["path"] = f"{entry['path']}?version={context['original'].version}"
        return super().render_change_form(request, context, *args, **kwargs)

    @action(description=_("Move"), permissions=["desk"], icon="schedule", url_path="move", dialog=MOVE)
    def move_one(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """Another time."""
        wanted = form.cleaned_data

        def move(row: Appointment, /, *, actor: Actor, version: int | None) -> str:
            use_case = booking.reschedule_following if wanted.get("following") else booking.reschedule
            starts_at, reason = wanted["starts_at"], wanted["reason"]
            return _moved(use_case(row, starts_at=starts_at, reason=reason, actor=actor, version=version))

        return self._carry_out(request, form, move, dialog=MOVE)

    @action(
        description=_("Cancel appointment"),
        permissions=["desk"],
        icon="event_busy",
        url_path="cancel",
        dialog=CANCEL,
    )
    def cancel_one(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """All of it, one seat, or the rest of the series."""
        wanted = form.cleaned_data
        reason, seat = wanted["reason"], wanted.get("seat")

        def cancel(row: Appointment, /, *, actor: Actor, version: int | None) -> str:
            if seat is not None:
                booking.cancel_seat(row, attendee=seat, reason=reason, actor=actor, version=version)
                return str(_("The seat was given up."))
            use_case = _CANCELLING.get(wanted.get("extent", ""), booking.cancel)
            return _cancelled(use_case(row, reason=reason, actor=actor, version=version))

        return self._carry_out(request, form, cancel, dialog=CANCEL)

    @action(description=_("Confirm"), permissions=["desk"], icon="check", url_path="confirm", dialog=CONFIRM)
    def confirm_one(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """Accept a request."""
        return self._carry_out(request, form, booking.confirm, dialog=CONFIRM, done=_("The appointment was confirmed."))

    @action(description=_("Decline"), permissions=["desk"], icon="close", url_path="decline", dialog=DECLINE)
    def decline_one(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """Decline a request."""
        reason = form.cleaned_data["reason"]

        def decline(row: Appointment, /, *, actor: Actor, version: int | None) -> None:
            booking.decline(row, reason=reason, actor=actor, version=version)

        return self._carry_out(request, form, decline, dialog=DECLINE, done=_("The request was declined."))

    @action(description=_("Did not come"), permissions=["desk"], icon="person_off", url_path="absent", dialog=ABSENT)
    def mark_absent(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """Who did not come, and who did after all."""
        absences = form.cleaned_data["absences"]

        def mark(row: Appointment, /, *, actor: Actor, version: int | None) -> None:
            booking.mark_no_show(row, absences=absences, actor=actor, version=version)

        return self._carry_out(request, form, mark, dialog=ABSENT, done=_("It was noted who did not come."))

    @action(description=_("Took place"), permissions=["desk"], icon="task_alt", url_path="complete", dialog=COMPLETE)
    def complete_one(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """It took place."""
        return self._carry_out(request, form, booking.complete, dialog=COMPLETE, done=_("It was noted as completed."))

    @action(description=_("Send now"), permissions=["desk"], icon="send", url_path="send", dialog=SEND)
    def send_now(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """Do not wait for the next try."""
        return self._carry_out(request, form, booking.send_again, dialog=SEND, done=_("It is being sent."))

    @action(
        description=_("Try again"),
        permissions=["desk"],
        icon="replay",
        variant=ActionVariant.PRIMARY,
        url_path="try-again",
        dialog=SEND,
    )
    def try_again(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """Send what was given up."""
        return self._carry_out(request, form, booking.send_again, dialog=SEND, done=_("It is being sent."))

    @action(description=_("Drop the change"), permissions=["desk"], icon="undo", url_path="drop", dialog=DROP)
    def drop_change(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """What Cal.com refuses is not wanted any more."""
        return self._carry_out(request, form, booking.take_theirs, dialog=DROP, done=_("The change was dropped."))

    @action(
        description=_("Book it again"),
        permissions=["desk"],
        icon="event_repeat",
        variant=ActionVariant.PRIMARY,
        url_path="book-again",
        dialog=BOOK_AGAIN,
    )
    def book_again(self, request: HttpRequest, form: DeskForm, object_id: str) -> HttpResponse:
        """What Cal.com has lost is booked there anew."""
        done = _("It is being booked again.")
        return self._carry_out(request, form, booking.book_again, dialog=BOOK_AGAIN, done=done)

    def _carry_out(
        self,
        request: HttpRequest,
        form: DeskForm,
        change: Change,
        *,
        dialog: dict[str, Any],
        done: Any = None,
    ) -> HttpResponse:
        """Do it and show the page anew; a refusal is said in the dialog, unless the page itself is out of date."""
        row = self.permitted(request, form.row.pk, "desk")
        try:
            told = change(row, actor=actor_of(request), version=form.cleaned_data["version"])
        except StaleVersion as error:
            messages.error(request, str(error))
            return self.back_to(row)
        except BookingError as error:
            form.add_error(None, str(error))
            context = {"dialog": dialog, "form": form, "form_submit_text": dialog["form_submit_text"]}
            return render(request, "unfold/helpers/dialog.html", context)
        messages.success(request, done or told)
        return self.back_to(row)


def actor_of(request: HttpRequest) -> Actor:
    """Whoever clicks. The portal lets nobody in without a login."""
    return Actor(side=Side.PORTAL, user=cast("User", request.user))


def _moved(rows: Appointment | list[Appointment]) -> str:
    count = len(rows) if isinstance(rows, list) else 1
    text = ngettext("The appointment was moved.", "%(count)d appointments were moved.", count)
    return text % {"count": count}


def _cancelled(rows: Appointment | list[Appointment]) -> str:
    count = len(rows) if isinstance(rows, list) else 1
    text = ngettext("The appointment was cancelled.", "%(count)d appointments were cancelled.", count)
    return text % {"count": count}
