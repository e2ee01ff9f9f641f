"""Where something is booked, and how the backend offers it there."""

from __future__ import annotations

from django.utils.translation import gettext as _

from appointments.backend import backend_of
from appointments.backends import BackendNotConnected, Offer
from appointments.errors import UnknownService
from appointments.models import Service
from companies.models import Branch, Company, Staff


def place_of(company: Company, staff: Staff | None) -> Branch | None:
    """Where it is unless somebody says: where the staff member works, else the company's only branch."""
    if staff is not None and staff.home_branch is not None:
        return staff.home_branch
    branches = list(Branch.objects.for_company(company).filter(is_active=True)[:2])
    return branches[0] if len(branches) == 1 else None


def offer_of(company: Company, *, service: Service, branch: Branch | None, staff: Staff | None) -> Offer | None:
    """How the backend offers it; None without a connection: then it is kept here until there is one."""
    try:
        backend = backend_of(company)
    except BackendNotConnected:
        return None
    offer = backend.offer(
        service_id=service.pk, branch_id=branch.pk if branch else None, staff_id=staff.pk if staff else None
    )
    if offer is None:
        whom = str(staff) if staff else _("anybody")
        words = {"service": service, "staff": whom}
        raise UnknownService(
            _("“%(service)s” by %(staff)s is not mapped to an event type. Map one, or choose somebody else.") % words
        )
    return offer
