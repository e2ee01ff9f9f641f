"""Event types as people read them: their state, what differs, what is proposed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from appointments.admin.badges import badge, joined
from appointments.admin.money import price_text
from appointments.admin.when import moment
from calcom.models import Drift, EventType
from calcom.sync.agreement import LENGTH, LISTED, PRICE

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from calcom.models import EventTypeMapping, MappingProposal
    from companies.models import User

_NAMES = {
    LENGTH: _("length"),
    PRICE: _("price"),
    LISTED: _("listed by Cal.com"),
    "title": _("title"),
    "is_hidden": _("hidden"),
    "disable_guests": _("no guests"),
    "scheduling_type": _("scheduling"),
}
_SEVERITY_COLOURS = {Drift.Severity.HIGH: "red", Drift.Severity.MEDIUM: "amber", Drift.Severity.LOW: "blue"}
_STATE_COLOURS = {Drift.State.OPEN: "amber", Drift.State.IGNORED: "grey"}


def state_badges(event_type: EventType, *, drift: Drift | None) -> SafeString:
    """All that is to be said of it, the gravest first."""
    badges = []
    if not event_type.is_active:
        badges.append(badge(_("switched off")))
    if event_type.missing_since:
        since = moment(event_type.missing_since)
        badges.append(badge(_("missing"), "red", title=_("Cal.com lists it no longer, since %s.") % since))
    if drift and drift.state == Drift.State.OPEN:
        badges.append(badge(_("differs"), _SEVERITY_COLOURS[Drift.Severity(drift.severity)], title=_told(drift)))
    if event_type.warnings:
        badges.append(badge(_("warning"), "amber", title="\n".join(str(text) for text in event_type.warning_texts)))
    if event_type.is_hidden:
        badges.append(badge(_("hidden")))
    if not badges:
        badges.append(badge(_("listed"), "green") if event_type.is_verified else badge(_("never listed")))
    return joined(badges)


def drift_lines(drift: Drift | None) -> SafeString | str:
    """One line for each difference, and since when."""
    if drift is None:
        return ""
    lines = [format_html("{}: {} → {}", name, ours, theirs) for name, ours, theirs in _differences(drift)]
    state = badge(drift.get_state_display(), _STATE_COLOURS.get(Drift.State(drift.state), "green"))
    return joined([*lines, joined([state, format_html("{}", moment(drift.detected_at))])], mark_safe("<br>"))


def warning_lines(event_type: EventType) -> SafeString | str:
    """The warnings, a line each."""
    return joined([format_html("{}", text) for text in event_type.warning_texts], mark_safe("<br>"))


def proposal_text(proposal: MappingProposal) -> str:
    """What it probably means, and how sure that is."""
    parts = [proposal.service, proposal.branch, proposal.staff]
    return f"{', '.join(str(part) for part in parts if part)} ({proposal.confidence} %)"


def mapping_of(event_type: EventType) -> EventTypeMapping | None:
    """What it means, where somebody said so."""
    return getattr(event_type, "mapping", None)


def waiting_proposal_of(event_type: EventType) -> MappingProposal | None:
    """What it probably means, where that waits for a person."""
    proposal: MappingProposal | None = getattr(event_type, "proposal", None)
    return proposal if proposal and proposal.state == "waiting" and mapping_of(event_type) is None else None


def person(request: HttpRequest) -> User:
    """Who clicks. The portal lets nobody in without a login."""
    return cast("User", request.user)


def _told(drift: Drift) -> str:
    return "\n".join(f"{name}: {ours} → {theirs}" for name, ours, theirs in _differences(drift))


def _differences(drift: Drift) -> list[tuple[Any, Any, Any]]:
    return [
        (_NAMES.get(field, field), _word(field, values.get("ours")), _word(field, values.get("theirs")))
        for field, values in drift.differences.items()
    ]


def _word(field: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value in (None, ""):
        return "–"
    if field == LENGTH:
        return _("%(minutes)d min") % {"minutes": value}
    if field == PRICE:
        return _price(str(value))
    return dict(EventType.Scheduling.choices).get(value, value)


def _price(told: str) -> str:
    amount, _space, currency = told.partition(" ")
    try:
        return price_text(Decimal(amount), currency)
    except InvalidOperation:
        return told
