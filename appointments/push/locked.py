"""A claimed Push, locked together with its appointment, to be changed and saved."""

from __future__ import annotations

from appointments import standing
from appointments.inbound.echo import release
from appointments.inbound.entry import Entry
from appointments.models import Appointment, Push
from appointments.push.claim import Claim
from appointments.push.queue import refold

_COLUMNS = [
    "state",
    "trouble",
    "error",
    "looks",
    "next_at",
    "finished_at",
    "wanted",
    "attempts",
    "created_at",
    "told",
    "reference",
]


class Locked:
    """The Push, its appointment locked, if it is still ours; what is changed in it is saved, and the standing with it.

    None where somebody else has recorded it already, or it was claimed anew.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim

    def __enter__(self) -> Push | None:
        row, self._pushes, _ = standing.locked_for(self._claim.push.pk)
        self._row = row
        mine = self._claim.push
        ours = (push for push in self._pushes if push.pk == mine.pk and push.attempts == self._claim.attempt)
        # The attempts are counted anew when staff send it again.
        self._push = next((push for push in ours if push.claimed_at == mine.claimed_at), None)
        if self._push is not None:
            self._push.appointment = row
        return self._push

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None or self._push is None:
            return
        entry = Entry(self._row, pushes=self._pushes)
        if self._push.is_open and not self._push.is_compensation:
            refold(entry)
        elif not self._push.is_open:  # where no news completed it, its registers still have to be opened for news
            release(entry)
        for push in entry.pushes:
            push.save(update_fields=_COLUMNS)
        Appointment.objects.filter(pk=self._row.pk).update(
            news=self._row.news, requires_manual_review=self._row.requires_manual_review
        )
        standing.rederive(self._row, entry.pushes)
