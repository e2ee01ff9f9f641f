"""Who asks: a program with a key, or somebody who is logged in at the portal. And for which company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated

from companies.api.problems import Problem, field_error
from companies.keys import ApiKey, Scope
from companies.models import Company, Membership, User
from companies.roles import roles_of
from companies.tenancy import COMPANY_SECRETS, companies_of

if TYPE_CHECKING:
    from rest_framework.request import Request

_SCOPES_OF_ROLES: dict[str, Scope] = {Membership.Role.OWNER: Scope.MANAGE, Membership.Role.MANAGER: Scope.MANAGE}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, for one company. Either a key or a user."""

    company: Company
    key: ApiKey | None = None
    user: User | None = None

    @property
    def identity(self) -> str:
        """What tells callers apart where requests are counted and answers are kept."""
        return f"key:{self.key.pk}" if self.key else f"user:{self.user.pk}" if self.user else ""

    @property
    def name(self) -> str:
        """What people are told who it was: `key:<prefix>`, or the user."""
        return f"key:{self.key.prefix}" if self.key else str(self.user)

    def may(self, scope: Scope) -> bool:
        """Whether the key's scopes, or the user's role in the company, contain this scope."""
        if self.key is not None:
            return self.key.may(scope)
        if self.user is None or self.user.is_superuser:
            return self.user is not None
        role = roles_of(self.user).get(self.company.pk)
        return role is not None and _SCOPES_OF_ROLES.get(role, Scope.READ).contains(scope)

    def holds(self, permission: str) -> bool:
        """Whether a person's role grants `app.action_model` in the company. A key has scopes only."""
        return self.user is None or self.user.has_perm(permission, self.company)


def caller_of(request: Request) -> Caller:
    """Who asks. Raises NotAuthenticated; a Problem where a person names no company, or one that is not theirs."""
    if isinstance(request.auth, ApiKey):
        return Caller(company=request.auth.company, key=request.auth)
    user: Any = request.user
    if not isinstance(user, User):
        raise NotAuthenticated(_("Send an API key: “Authorization: Bearer <key>”. Or log in at the portal."))
    return Caller(company=_company_of(user, request.query_params.get("company", "")), user=user)


def refuse_other_company(request: Request, caller: Caller) -> None:
    """Raise a Problem where a program names another company than its key's. Once it was counted, as all requests."""
    slug = request.query_params.get("company", "")
    if caller.key is not None and slug and slug != caller.company.slug:
        raise _unknown_company()


def _company_of(user: User, slug: str) -> Company:
    companies = companies_of(user).defer(*COMPANY_SECRETS).order_by("pk")
    if slug:
        named = companies.filter(slug=slug).first()
        if named is None:
            raise _unknown_company()
        return named
    found = list(companies[:2])
    if len(found) == 1 and not user.is_superuser:
        return found[0]
    if not found:
        raise Problem(_("No company has given you access."), status=403, code="forbidden", title=_("Not allowed"))
    sentence = _("Name the company: ?company=<its short name>.")
    raise Problem(sentence, code="company-needed", errors=[field_error("company", sentence, "required")])


def _unknown_company() -> Problem:
    return Problem(
        _("There is no such company, or you have no access to it."),
        status=404,
        code="not-found",
        title=_("Not found"),
    )
