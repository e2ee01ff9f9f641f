"""Settling a drift by our side: Cal.com's event type is changed back to what we have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calcom.errors import CalcomNotFound, CalcomRejected
from calcom.models import Drift, EventType, EventTypeMapping
from calcom.sync import agreement
from calcom.sync.agreement import LENGTH, LISTED, PRICE, Differences
from calcom.sync.copies import storable
from calcom.sync.drift import CURRENT

if TYPE_CHECKING:
    from calcom.client import CalcomClient
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import User

_FIELDS = {"title": "title", "is_hidden": "hidden", "disable_guests": "disableGuests"}


class CannotReset(Exception):
    """Cal.com cannot be given what we have. The text says why, and what to do; nothing was changed here."""


def reset(drift: Drift, *, client: CalcomClient, by: User | None) -> None:
    """Give Cal.com what we have. Raises CannotReset, and CalcomError where there is no useful answer.

    The call is made outside of transactions; made twice, it does no harm.
    """
    mapping = _mapping_of(drift)
    if mapping is None or not Drift.objects.filter(pk=drift.pk, state__in=CURRENT).exists():
        raise CannotReset(_("It is settled already."))
    wanted = _fields_of(mapping, agreement.differences(mapping))
    if wanted:
        try:
            read = client.update_event_type(mapping.event_type.calcom_id, **wanted)
        except CalcomNotFound as error:
            text = _("The company's key may change its own event types only. Change this one at Cal.com.")
            raise CannotReset(text) from error
        except CalcomRejected as error:
            raise CannotReset(_("Cal.com refuses: %(reason)s") % {"reason": error.reason or error}) from error
        _copy(mapping.event_type, read)
    _settle(drift, by=by)


def _fields_of(mapping: EventTypeMapping, found: Differences) -> dict[str, Any]:
    """What Cal.com has to be told, by its own names. All or nothing: half of it would be a new difference."""
    if LISTED in found:
        raise CannotReset(_("Cal.com lists it no longer: it cannot be changed there."))
    if stays := found.keys() - {LENGTH, *_FIELDS}:
        words = {"what": _("the price") if stays == {PRICE} else _("price and scheduling")}
        raise CannotReset(_("Cal.com lets nobody change %(what)s from outside. Change it there.") % words)
    wanted = {_FIELDS[name]: values["ours"] for name, values in found.items() if name in _FIELDS}
    if LENGTH in found:
        wanted["lengthInMinutes"] = length = mapping.service.duration_min
        if mapping.event_type.length_options:
            wanted["lengthInMinutesOptions"] = sorted({*mapping.event_type.length_options, length})
    return wanted


def _copy(event_type: EventType, read: EventTypeRead) -> None:
    """Take over what was told back. The next sync looks at all of it: the fingerprint is of the old one."""
    EventType.objects.filter(pk=event_type.pk).update(
        title=storable(read.title),
        length_min=read.length_in_minutes,
        length_options=sorted({length for length in read.length_in_minutes_options if length > 0}),
        is_hidden=bool(read.hidden),
        disable_guests=bool(read.disable_guests),
        fingerprint="",
    )


@transaction.atomic
def _settle(drift: Drift, *, by: User | None) -> None:
    current = Drift.objects.select_for_update().filter(pk=drift.pk, state__in=CURRENT).first()
    mapping = _mapping_of(drift)
    if current is None or mapping is None:
        return
    if agreement.differences(mapping):
        raise CannotReset(_("Cal.com has answered, but not taken it over. Change it there."))
    mapping.agreed = agreement.agreed_after(mapping, {})
    mapping.save(update_fields=["agreed"])
    current.state, current.resolved_at, current.resolved_by = Drift.State.RESET, timezone.now(), by
    current.save()


def _mapping_of(drift: Drift) -> EventTypeMapping | None:
    rows = EventTypeMapping.objects.for_company(drift.company).select_related("event_type", "service")
    return rows.filter(event_type=drift.event_type_id).first()
