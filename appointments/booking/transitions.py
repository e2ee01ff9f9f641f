"""What can be done with an appointment in which state: one table."""

from __future__ import annotations

from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.errors import InvalidTransition
from appointments.models.appointment import Status


class Action(Enum):
    """What people do with an appointment; the value says it in words."""

    RESCHEDULE = gettext_lazy("move")
    CANCEL = gettext_lazy("cancel")
    CONFIRM = gettext_lazy("confirm")
    DECLINE = gettext_lazy("decline")
    MARK_NO_SHOW = gettext_lazy("mark as no-show")
    COMPLETE = gettext_lazy("complete")


_ALLOWED: dict[Status, tuple[Action, ...]] = {
    Status.PENDING: (Action.CONFIRM, Action.DECLINE, Action.RESCHEDULE, Action.CANCEL),
    Status.CONFIRMED: (Action.RESCHEDULE, Action.CANCEL, Action.MARK_NO_SHOW, Action.COMPLETE),
    Status.REJECTED: (Action.CONFIRM,),
    Status.CANCELLED: (),
    Status.COMPLETED: (Action.MARK_NO_SHOW,),
    Status.NO_SHOW: (Action.MARK_NO_SHOW,),
}


def possible(status: str) -> tuple[Action, ...]:
    """What can be done with an appointment in this state."""
    return _ALLOWED[Status(status)]


def require(status: str, action: Action) -> None:
    """Raise InvalidTransition where the state does not allow it; the text says what it does allow."""
    allowed = possible(status)
    if action in allowed:
        return
    words = {"state": Status(status).label, "action": action.value}
    refusal = _("The appointment is %(state)s: “%(action)s” is not possible.") % words
    if not allowed:
        raise InvalidTransition(refusal)
    others = ", ".join(str(one.value) for one in allowed)
    raise InvalidTransition(f"{refusal} " + _("Possible: %(others)s.") % {"others": others})
