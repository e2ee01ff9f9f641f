"""What keeps an appointment from being the same here and in the booking backend, in words, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.when import moment, zone_of
from appointments.models import Appointment, Push
from appointments.models.appointment import Status, SyncStatus
from appointments.wishes import wish_of

Operation, State, Kind = Push.Operation, Push.State, Push.Trouble
_OPEN = frozenset({Status.PENDING, Status.CONFIRMED})

_CHANGES = {
    Operation.CREATE: gettext_lazy("Booking it there"),
    Operation.MOVE: gettext_lazy("Moving it there"),
    Operation.CANCEL: gettext_lazy("Cancelling it there"),
    Operation.CONFIRM: gettext_lazy("Confirming it there"),
    Operation.DECLINE: gettext_lazy("Declining it there"),
    Operation.MARK_ABSENT: gettext_lazy("Marking there who did not come"),
}
_RESULTS: dict[str, Any] = {
    Kind.UNAVAILABLE: gettext_lazy("Cal.com could not be reached for a day"),
    Kind.BUSY: gettext_lazy("Cal.com was asked too often for a day"),
    Kind.REFUSED: gettext_lazy("Cal.com refuses"),
    Kind.TAKEN: gettext_lazy("the time is taken there"),
    Kind.UNCLEAR: gettext_lazy("nobody knows whether it was done"),
    Kind.NOT_CONNECTED: gettext_lazy("there is no connection to Cal.com"),
}
_ORPHANED = gettext_lazy("Cal.com does not know this booking any more.")
_BOOK_ANEW = gettext_lazy("Look there what has become of it. Where it is gone, book it again, or cancel it.")
_NOTE = gettext_lazy("It is past: note whether it took place.")
_LOOK_THERE = gettext_lazy("Try again: it is looked for there before anything is written.")
_TRY_AGAIN = gettext_lazy("Try again once Cal.com can be reached.")
_ENTER_KEY = gettext_lazy("Enter the company's API key: then it is sent by itself.")
_COMPARE = gettext_lazy("Compare both versions, and decide which counts.")
_BY_HAND = gettext_lazy("Try again, or cancel that booking at Cal.com by hand.")
_OTHER_TIME = gettext_lazy("Choose another time, or cancel it.")
_OTHER_TIME_OR_DROP = gettext_lazy("Choose another time, or drop the change.")
_TOO_LATE = gettext_lazy("It has begun, so it cannot be booked there any more: drop the change. It stays here.")
_MEND_OR_CANCEL = gettext_lazy("Mend what is refused and try again, choose another time, or cancel it.")
_MEND_OR_DROP = gettext_lazy("Mend what is refused and try again, or drop the change.")


@dataclass(frozen=True)
class Trouble:
    """What is the matter, what the other side said of it, and what somebody can do."""

    what: str
    told: str
    way_out: Any


def trouble_of(appointment: Appointment, pushes: Sequence[Push]) -> Trouble | None:
    """What somebody has to decide; None where nothing waits for a person. `pushes`: those that are open."""
    if appointment.sync_status == SyncStatus.ORPHANED and appointment.status in _OPEN:
        return Trouble(str(_ORPHANED), "", _BOOK_ANEW if appointment.starts_at > timezone.now() else _NOTE)
    push = next((one for one in pushes if one.state == State.CONFLICT), None)
    if push is not None:
        return Trouble(_("%(change)s: it was changed there too.") % {"change": change_words(push)}, "", _COMPARE)
    push = next((one for one in pushes if one.state == State.NEEDS_STAFF), None)
    if push is not None:
        words = {"change": change_words(push), "result": _RESULTS.get(push.trouble, _("it failed"))}
        return Trouble(_("%(change)s: %(result)s.") % words, push.error, _way_out(push))
    if appointment.sync_status == SyncStatus.NOT_CONNECTED:
        return Trouble(_("What was changed is kept here only: there is no connection to Cal.com."), "", _ENTER_KEY)
    return None


def change_words(push: Push) -> str:
    """What a Push is to do, with the time where it is about one."""
    if push.is_compensation:
        return _("Cancelling a booking there that is not wanted")
    words = str(_CHANGES[Operation(push.operation)])
    starts_at = wish_of(push).starts_at
    if starts_at is None:
        return words
    time = moment(starts_at, zone_of(push.appointment))
    return _("%(change)s (%(time)s)") % {"change": words, "time": time}


def _way_out(push: Push) -> Any:
    if push.is_compensation:
        return _BY_HAND
    by_kind: dict[str, Any] = {
        Kind.UNAVAILABLE: _TRY_AGAIN,
        Kind.BUSY: _TRY_AGAIN,
        Kind.UNCLEAR: _LOOK_THERE,
        Kind.NOT_CONNECTED: _ENTER_KEY,
    }
    if push.trouble in by_kind:
        return by_kind[push.trouble]
    if push.operation == Operation.CREATE and push.appointment.starts_at <= timezone.now():
        return _TOO_LATE
    if push.trouble == Kind.TAKEN:
        return _OTHER_TIME if push.operation == Operation.CREATE else _OTHER_TIME_OR_DROP
    return _MEND_OR_CANCEL if push.operation == Operation.CREATE else _MEND_OR_DROP
