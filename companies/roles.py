"""What each role may do, and the authentication backend that says so to Django.

A permission is Django's `app.action_model`. Asked without an object, it is granted where the user holds it in any of
their companies; asked about an object, only the role in that object's company counts. Operators may do everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.backends import ModelBackend
from django.db import models

from companies.models import Company, Membership, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import AnonymousUser

M = TypeVar("M", bound=models.Model)
Role = Membership.Role

SECRETS = "companies.change_company_secrets"
"""Read the webhook address, enter API key and webhook secret."""
PAYLOAD = "appointments.view_payload"
"""Read the raw payload of an appointment."""
REPLAY = "webhooks.replay_webhookevent"
"""Process a delivery again."""

_WRITE = ("view", "add", "change", "delete")
_EDIT = ("view", "add", "change")
_READ = ("view",)


def _grants(app: str, actions: tuple[str, ...], *models: str) -> Iterator[str]:
    return (f"{app}.{action}_{model}" for model in models for action in actions)


_STAFF = frozenset(
    [
        *_grants("companies", _READ, "company", "branch", "staff"),
        *_grants("appointments", _READ, "absence", "appointment", "attendee", "customer", "service"),
    ]
)
_AUDITOR = _STAFF | frozenset(
    [
        *_grants("companies", _READ, "membership", "apikey", "alertsettings", "incident", "privacysettings"),
        *_grants("appointments", _READ, "appointmentchange"),
        *_grants("calcom", _READ, "eventtype", "eventtypemapping", "hostmapping", "hostmappingaudit"),
        *_grants("calcom", _READ, "syncrun", "calcomsettings"),
        *_grants("webhooks", _READ, "webhookevent"),
        PAYLOAD,
    ]
)
_MANAGER = (_AUDITOR - frozenset(_grants("companies", _READ, "membership"))) | frozenset(
    [
        *_grants("companies", _WRITE, "branch", "staff"),
        *_grants("companies", _EDIT, "alertsettings"),
        *_grants("appointments", _WRITE, "absence", "customer", "service"),
        *_grants("appointments", _EDIT, "appointment", "attendee"),
        *_grants("calcom", _WRITE, "eventtype", "eventtypemapping", "hostmapping"),
        *_grants("calcom", _EDIT, "calcomsettings"),
        REPLAY,
    ]
)
_OWNER = _MANAGER | frozenset(
    [
        "companies.change_company",
        *_grants("companies", _WRITE, "membership"),
        *_grants("companies", _EDIT, "apikey", "privacysettings"),
        *_grants("appointments", _WRITE, "appointment", "attendee"),
        SECRETS,
    ]
)

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.OWNER: _OWNER,
    Role.MANAGER: _MANAGER,
    Role.STAFF: _STAFF,
    Role.AUDITOR: _AUDITOR,
}


def roles_of(user: User | AnonymousUser) -> dict[int, str]:
    """The user's role per active company, by company id. One query per user object, then remembered on it."""
    if not user.is_authenticated or not user.is_active:
        return {}
    known: dict[int, str] | None = vars(user).get("_company_roles")
    if known is None:
        rows = Membership.objects.filter(user_id=user.pk, company__is_active=True)
        known = dict(rows.values_list("company_id", "role"))
        vars(user)["_company_roles"] = known
    return known


def companies_where(user: User | AnonymousUser, permission: str) -> models.QuerySet[Company]:
    """The companies in which this user holds the permission: all for an operator."""
    if user.is_active and user.is_superuser:
        return Company.objects.all()
    return Company.objects.filter(pk__in=company_ids_where(user, permission))


def company_ids_where(user: User | AnonymousUser, permission: str) -> list[int]:
    """Ids of the companies in which a role of this user grants the permission (an operator has no roles)."""
    return [company_id for company_id, role in roles_of(user).items() if permission in PERMISSIONS[role]]


def visible_rows(user: User | AnonymousUser, rows: models.QuerySet[M]) -> models.QuerySet[M]:
    """`rows` narrowed to what this user may be shown, as a list or as choices; none of a model without a company."""
    if not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.is_superuser:
        return rows
    if rows.model is User:
        return rows.filter(memberships__company__in=list(roles_of(user))).distinct()
    ids = company_ids_where(user, f"{rows.model._meta.app_label}.view_{rows.model._meta.model_name}")
    if rows.model is Company:
        return rows.filter(pk__in=ids)
    return rows.filter(company__in=ids) if _has_company(rows.model) else rows.none()


def _has_company(model: type[models.Model]) -> bool:
    return any(field.name == "company" and field.related_model is Company for field in model._meta.fields)


def company_id_of(obj: Any) -> int | None:
    """The id of the company an object belongs to; None for what belongs to none."""
    if isinstance(obj, Company):
        return obj.pk
    company_id: int | None = getattr(obj, "company_id", None)
    return company_id


class RoleBackend(ModelBackend):
    """Logs in by e-mail and password, and grants permissions by membership instead of by group."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether a role of the user grants `perm`; with an object, the role in the object's company."""
        if not user_obj.is_active:
            return False
        if user_obj.is_superuser:
            return True
        roles = roles_of(user_obj)
        if obj is None:
            return any(perm in PERMISSIONS[role] for role in roles.values())
        role = roles.get(company_id_of(obj) or 0)
        return role is not None and perm in PERMISSIONS[role]

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the user may see anything of this app."""
        if user_obj.is_active and user_obj.is_superuser:
            return True
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Everything the user's roles grant: anywhere, or in the object's company."""
        roles = roles_of(user_obj)
        if obj is None:
            return set[str]().union(*(PERMISSIONS[role] for role in roles.values()))
        role = roles.get(company_id_of(obj) or 0)
        return set(PERMISSIONS[role]) if role else set()

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The same: there are no permissions apart from the roles'."""
        return self.get_all_permissions(user_obj, obj)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """None: there are no groups."""
        return set()
