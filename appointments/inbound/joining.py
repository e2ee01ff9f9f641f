"""Two appointments have turned out to be one: their pushes become one queue, of which one is on its way."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments.inbound.registers import is_local
from appointments.models import Appointment, Push
from appointments.wording import kept

Operation, State = Push.Operation, Push.State

_BOTH_MADE = gettext_lazy(
    "Two bookings turned out to be one while both were being made. Look there how many there are."
)


def take_pushes(row: Appointment, pushes: list[Push], *, gone: Appointment, of_gone: Sequence[Push]) -> None:
    """Let the pushes of what is gone wait behind the others. Before its registers are taken: they name the pushes."""
    versions: dict[int, int] = {}
    for push in sorted(of_gone, key=lambda push: push.version):
        row.version += 1
        versions[push.version] = push.version = row.version
        pushes.append(push)
    for stamp in gone.news.values():
        if is_local(stamp):
            stamp[-1] = versions.get(stamp[-1], stamp[-1])
    flying = [push for push in pushes if push.is_on_its_way]
    flying.sort(key=lambda push: push.operation != Operation.CREATE)
    for push in flying[1:]:
        _hold_back(push)


def _hold_back(push: Push) -> None:
    """One of an appointment's pushes is on its way. To do another one twice is no harm, as long as it books nothing."""
    if push.operation != Operation.CREATE:
        push.state, push.trouble, push.next_at = State.PENDING, "", timezone.now()
        return
    push.state, push.trouble, push.next_at = State.NEEDS_STAFF, Push.Trouble.UNCLEAR, None
    push.error = kept(_BOTH_MADE)
