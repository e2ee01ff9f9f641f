"""Changes of hosts, each with its audit row; and what people decide about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction

from calcom.models import HostMapping, HostMappingAudit

if TYPE_CHECKING:
    from companies.models import Staff, User

Action = HostMappingAudit.Action
Reason = HostMapping.Reason
State = HostMapping.State

AUDITED = (
    "staff_id",
    "state",
    "source",
    "confidence",
    "reason",
    "calcom_name",
    "calcom_email",
    "calcom_username",
)


def facts_of(host: HostMapping) -> dict[str, Any]:
    """What an audit row compares."""
    return {name: getattr(host, name) for name in AUDITED}


def audit(
    host: HostMapping, before: Mapping[str, Any] | None, *, reason: str, by: User | None = None
) -> HostMappingAudit | None:
    """An unsaved row that says what changed, or None where nothing did. `before` is None for a new host."""
    after = facts_of(host)
    changed = [name for name in AUDITED if before is None or before[name] != after[name]]
    if before is not None and not changed:
        return None
    return HostMappingAudit(
        company_id=host.company_id,
        host=host,
        calcom_user_id=host.calcom_user_id,
        action=Action.CREATED if before is None else Action.UPDATED,
        before={name: before[name] for name in changed} if before else {},
        after={name: after[name] for name in changed},
        reason=reason,
        changed_by=by,
    )


@contextmanager
def entered(host: HostMapping, *, by: User) -> Iterator[None]:
    """Around the saving of what a person entered: whoever is named is confirmed; without a staff member it waits."""
    with transaction.atomic():
        before = HostMapping.objects.select_for_update().filter(pk=host.pk).first()
        old = facts_of(before) if before else None
        is_named = host.state == State.PROPOSED and host.staff_id is not None
        if old is None or old["staff_id"] != host.staff_id or is_named:
            host.state = State.PROPOSED if host.staff_id is None else State.CONFIRMED
            host.source, host.confidence, host.reason = HostMapping.Source.MANUAL, 100, Reason.BY_HAND
        yield
        if row := audit(host, old, reason=Reason.BY_HAND, by=by):
            row.save()


def assign(host: HostMapping, staff: Staff, *, by: User) -> None:
    """Confirm that the user is this staff member, who is of the same company."""
    if staff.company_id != host.company_id:
        raise ValueError(f"staff member {staff.pk} belongs to another company than host {host.pk}")
    host.staff, host.state = staff, State.PROPOSED
    with entered(host, by=by):
        host.save()


@transaction.atomic
def ignore(host: HostMapping, *, by: User) -> None:
    """The user is none of the staff: nobody needs to be asked again."""
    before = facts_of(HostMapping.objects.select_for_update().get(pk=host.pk))
    host.staff, host.state, host.source = None, State.IGNORED, HostMapping.Source.MANUAL
    host.confidence, host.reason = 100, Reason.BY_HAND
    host.save()
    if row := audit(host, before, reason=Reason.BY_HAND, by=by):
        row.save()


@transaction.atomic
def remove(host: HostMapping, *, by: User) -> None:
    """Delete the row. Should the user come again, a person is asked."""
    HostMappingAudit.objects.create(
        company_id=host.company_id,
        calcom_user_id=host.calcom_user_id,
        action=Action.DELETED,
        before=facts_of(host),
        reason=Reason.REMOVED,
        changed_by=by,
    )
    host.delete()
