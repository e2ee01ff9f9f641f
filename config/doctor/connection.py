"""The connection of one company to Cal.com, and what waits for its people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from appointments.models import Push
from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.guard import Lane
from calcom.models import HostMapping, MappingProposal, SyncRun
from calcom.reach import listed
from calcom.subscriptions import Subscription, check_address, register
from companies.fields import EncryptionKeyError
from config.doctor.findings import Finding, duration, note, ok, wrong
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from companies.models import Company

# Beat reads every five minutes; a run may take some.
LATE_S = 1200.0
_A_DAY = timedelta(days=1)


def key(company: Company, *, is_offline: bool) -> Iterator[Finding]:
    """Whether there is one, it can be read, and Cal.com takes it."""
    try:
        access_of(company)
        if is_offline:
            yield ok("key", "there is one; Cal.com was not asked")
            return
        profile = CalcomClient(company).me(fresh=True)
    except EncryptionKeyError as error:
        yield wrong("key", str(error), "Put its key back into FIELD_ENCRYPTION_KEYS, or enter the API key anew.")
    except CalcomError as error:
        yield wrong(
            "key", str(error), f"Look at the company's Cal.com settings; then test_connection --company {company.slug}."
        )
    else:
        yield ok("key", f"Cal.com knows it as {profile.username or profile.name} (user {profile.id})")


def circuit(company: Company) -> Iterator[Finding]:
    """Whether Cal.com is being asked at all."""
    status = guard.status(access_of(company).account)
    if status.state is not guard.CircuitState.CLOSED:
        text = f"calls pause after {status.failures} failures in a row"
        yield wrong(
            "circuit", text, f"Wait a minute; after a repair: `manage.py circuit_reset --company {company.slug}`."
        )
    elif status.blocked_until is not None:
        text = "Cal.com allows nothing for now: it was asked too often"
        yield note("circuit", text, "Wait; if it comes often, lower the company's requests per minute.")
    else:
        yield ok("circuit", f"closed, {int(status.tokens)} of {status.capacity} requests left")


def webhooks(company: Company) -> Iterator[Finding]:
    """Whether Cal.com tells us of every booking. Asks Cal.com."""
    mend = f"Run `manage.py register_webhooks --company {company.slug}`."
    try:
        check_address(company)
        client = CalcomClient(company, lane=Lane.BACKGROUND)  # a request for each event type: it may have to wait
        subscriptions = register(client, listed(company, client, fresh=True).or_error(), check_only=True)
    except CalcomError as error:
        yield wrong("webhooks", str(error), mend)
        return
    bad = [one for one in subscriptions if not one.is_good]
    yield from (wrong("webhooks", _told(one), mend) for one in bad)
    if not bad:
        yield ok("webhooks", f"{len(subscriptions)} registered as they should be")


def _told(one: Subscription) -> str:
    problems = f" ({'; '.join(one.problems)})" if one.problems else ""
    return f"{one.level.path}: {one.state.value}{problems}"


def reading(company: Company) -> Iterator[Finding]:
    """When bookings were last read in full."""
    runs = SyncRun.objects.for_company(company).filter(kind=SyncRun.Kind.BOOKINGS)
    last = runs.filter(state=SyncRun.State.DONE).order_by("-started_at").first()
    todo = f"Look at *Sync runs* in the portal; by hand: `manage.py reconcile --company {company.slug}`."
    if last is None:
        yield note("reading", "bookings have never been read in full", todo)
        return
    age_s = (timezone.now() - last.started_at).total_seconds()
    if age_s > LATE_S:
        yield wrong("reading", f"bookings were last read in full {duration(age_s)} ago", todo)
    else:
        yield ok("reading", f"bookings were read {duration(age_s)} ago")


def people(company: Company) -> Iterator[Finding]:
    """What waits for a person."""
    pushes = Push.objects.for_company(company)
    failed = WebhookEvent.objects.for_company(company).filter(
        state=WebhookEvent.State.FAILED, received_at__gte=timezone.now() - _A_DAY
    )
    hosts = HostMapping.objects.for_company(company).filter(state=HostMapping.State.PROPOSED)
    proposals = MappingProposal.objects.for_company(company).filter(state=MappingProposal.State.WAITING)
    counted = (
        (pushes.filter(state=Push.State.CONFLICT).count(), "changed on both sides", "Decide under *To decide*."),
        (
            pushes.filter(state=Push.State.NEEDS_STAFF).count(),
            "changes that Cal.com did not take",
            f"Decide under *To decide*; after an outage: `manage.py retry_failed --company {company.slug}`.",
        ),
        (
            failed.count(),
            "deliveries failed within a day",
            f"Look at *Deliveries*; then `manage.py webhooks_replay --failed --company {company.slug}`.",
        ),
        (
            hosts.count() + proposals.count(),
            "users or event types without a confirmed meaning",
            f"Decide in the portal, or see `manage.py map_entities --company {company.slug}`.",
        ),
    )
    waiting = [note("people", f"{count} {what}", todo) for count, what, todo in counted if count]
    yield from waiting or [ok("people", "nothing waits for a person")]
