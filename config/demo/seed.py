"""Making the demo: the companies by hand, every appointment by deliveries that go the way that Cal.com's go."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.text import slugify

from appointments.models import Appointment, Service
from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.memberships import invite
from companies.models import Branch, Company, Membership, Staff
from companies.onboarding import found_company
from config.demo.bodies import encode
from config.demo.cast import PRACTICE, SALON, CompanySpec, ServiceSpec, StaffSpec
from config.demo.highlights import tell_highlights
from config.demo.story import Story
from webhooks import inbox
from webhooks.tasks import drain_all


@dataclass(frozen=True)
class Seeded:
    """What was made for one company."""

    company: Company
    deliveries: int
    appointments: int


def is_seeded() -> bool:
    """Whether one of the demo's companies is there already."""
    return Company.objects.filter(slug__in=[SALON.slug, PRACTICE.slug]).exists()


@transaction.atomic
def seed(password: str, *, today: date) -> list[Seeded]:
    """Make both companies with their appointments around `today`; all or nothing. Raises ValidationError."""
    salon, practice = Story(SALON, today, busyness=3), Story(PRACTICE, today, busyness=1)
    tell_highlights(salon)
    told = {_found(story.company, password): _deliver(story) for story in (salon, practice)}
    drain_all()
    return [Seeded(company, count, Appointment.objects.for_company(company).count()) for company, count in told.items()]


def _found(spec: CompanySpec, password: str) -> Company:
    owner = found_company(
        name=spec.name,
        slug=spec.slug,
        business_type=spec.business_type,
        owner_email=spec.owner_email,
        owner_name=spec.owner_name,
        password=password,
    )
    company = owner.company
    company.webhook_secret = secrets.token_urlsafe(32)
    company.calcom_api_key = f"cal_sandbox_{secrets.token_hex(16)}"
    company.calcom_team_id, company.calcom_team_slug = spec.calcom_team_id, spec.calcom_team_slug
    company.save()
    if spec.team_email:
        _admit(company, spec, password)
    _furnish(company, spec)
    return company


def _admit(company: Company, spec: CompanySpec, password: str) -> None:
    """A login for somebody who is no owner; the password of an account that has one stays."""
    user = invite(company, email=spec.team_email, name=spec.team_name, role=Membership.Role.STAFF).user
    if not user.has_usable_password():
        user.set_password(password)
        user.save(update_fields=["password"])


def _furnish(company: Company, spec: CompanySpec) -> None:
    """Branches, staff, services, and what they are at Cal.com. Event types are the team's: hosts tell the branch."""
    members = _people(company, spec)
    for offered in spec.services:
        able = {member.calcom_user_id: staff for member, staff in members.items() if offered.skill in member.skills}
        _offer(company, offered, able)


def _people(company: Company, spec: CompanySpec) -> dict[StaffSpec, Staff]:
    branches = {
        branch.name: Branch.objects.create(
            company=company,
            name=branch.name,
            street=branch.street,
            postal_code=branch.postal_code,
            city=branch.city,
            hours=branch.hours,
        )
        for branch in spec.branches
    }
    members = {
        member: Staff.objects.create(
            company=company,
            name=member.name,
            email=member.email,
            color=member.color,
            home_branch=branches[member.branch],
        )
        for member in spec.staff
    }
    HostMapping.objects.bulk_create(
        HostMapping(
            company=company,
            calcom_user_id=member.calcom_user_id,
            calcom_name=member.name,
            calcom_email=member.email,
            staff=staff,
        )
        for member, staff in members.items()
    )
    return members


def _offer(company: Company, offered: ServiceSpec, able: dict[int, Staff]) -> None:
    """A service and its event type; `able` are its hosts at Cal.com."""
    service = Service.objects.create(
        company=company,
        name=offered.name,
        duration_min=offered.minutes,
        price=offered.price,
        requires_confirmation=offered.is_confirmed_by_hand,
    )
    service.staff.set(able.values())
    event_type = EventType.objects.create(
        company=company,
        calcom_id=offered.event_type_id,
        title=offered.name,
        slug=slugify(offered.name),
        length_min=offered.minutes,
        seats=offered.seats,
        host_ids=list(able),
    )
    EventTypeMapping.objects.create(company=company, event_type=event_type, service=service)


def _deliver(story: Story) -> int:
    """Put the company's deliveries into the inbox. Returns how many."""
    company = Company.objects.get(slug=story.company.slug)
    deliveries = story.deliveries()
    for delivery in deliveries:
        inbox.store(company.pk, company.webhook_token, encode(delivery.body))
    return len(deliveries)
