"""What all changes of appointments share: by whom, of which version, once, and answered with what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from appointments.api.bodies import ChangeBody
from appointments.api.shown import AppointmentSerializer, ChangeSerializer
from appointments.booking import Actor
from appointments.errors import StaleVersion
from appointments.models import Appointment, AppointmentChange
from appointments.models.history import Side
from companies.api.base import TenantViewSet
from companies.api.problems import Problem, refuse_field

if TYPE_CHECKING:
    from rest_framework.request import Request

    from companies.api.callers import Caller

_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?', re.ASCII)
_MOST_LINES = 20

UseCase = Callable[..., Any]


def actor_of(caller: Caller) -> Actor:
    """Who the history says it was."""
    return Actor(side=Side.API, user=caller.user, name="" if caller.user else caller.name)


def version_of(request: Request, body: Mapping[str, Any]) -> int | None:
    """The version that the caller has read: If-Match, or `version` in the body. None: whatever it is by now."""
    told: int | None = body.get("version")
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return told
    match = _ETAG.fullmatch(header.strip())
    if match is None:
        raise refuse_field("If-Match", _('Has to be the ETag of the appointment, as in "3".'))
    if told is not None and told != int(match[1]):
        raise refuse_field("version", _("If-Match names another version."))
    return int(match[1])


def etag(row: Appointment) -> dict[str, str]:
    """The header that tells the version."""
    return {"ETag": f'"{row.version}"'}


class ChangingViewSet(TenantViewSet):
    """A viewset whose actions are use cases of appointments.booking."""

    @property
    def actor(self) -> Actor:
        """Whoever asks."""
        return actor_of(self.caller)

    def read(self, body: type[ChangeBody]) -> tuple[Appointment, dict[str, Any]]:
        """The appointment of the address, else 404; then the body."""
        return self.get_object(), self.validated(body)

    def do(self, use_case: UseCase, row: Appointment, body: Mapping[str, Any], **wanted: Any) -> Response:
        """Do it. The answer is the appointment as it is then."""
        return self.change(use_case, row, body, answer=self.shown, **wanted)

    def change(
        self,
        use_case: UseCase,
        row: Appointment,
        body: Mapping[str, Any],
        *,
        answer: Callable[[Any], Response],
        **wanted: Any,
    ) -> Response:
        """Do it; `answer` makes the response of what the use case returns."""
        version = version_of(self.request, body)
        try:
            return self.once(lambda: answer(use_case(row, actor=self.actor, version=version, **wanted)))
        except StaleVersion as error:
            raise self._stale(row.pk, version or 0, str(error)) from error

    def refuse_stale(self, row: Appointment, body: Mapping[str, Any]) -> None:
        """Before Cal.com is asked for nothing. What counts is the use case's own look, in its transaction."""
        version = version_of(self.request, body)
        if version is not None and version != row.version:
            sentence = _("Somebody has changed this appointment meanwhile. Look at it again before changing it.")
            raise self._stale(row.pk, version, sentence)

    def shown(self, row: Appointment, *, serializer: type[AppointmentSerializer] = AppointmentSerializer) -> Response:
        """The appointment as it is now, read once more."""
        row = self.get_queryset().get(pk=row.pk)
        return Response(serializer(row, context=self.get_serializer_context()).data, headers=etag(row))

    def several(self, rows: list[Appointment]) -> Response:
        """All that were changed, soonest first."""
        return Response({"results": self.all_shown(rows)})

    def all_shown(self, rows: list[Appointment]) -> Any:
        """The appointments as they are now."""
        found = self.get_queryset().filter(pk__in=[row.pk for row in rows]).order_by("starts_at", "pk")
        return AppointmentSerializer(found, many=True, context=self.get_serializer_context()).data

    def _stale(self, pk: int, version: int, sentence: str) -> Problem:
        """409, with what was changed since: one line for each version."""
        row = self.get_queryset().get(pk=pk)
        missed = min(max(row.version - version, 0), _MOST_LINES)
        lines = AppointmentChange.objects.for_company(self.company).filter(appointment=row).order_by("-pk")[:missed]
        changes = ChangeSerializer(lines, many=True).data
        return Problem(
            sentence,
            status=409,
            code="stale-version",
            title=_("Changed meanwhile"),
            more={"version": row.version, "changes": changes},
            headers=etag(row),
        )
