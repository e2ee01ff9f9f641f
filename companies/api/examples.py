"""Examples that work: whoever is logged in, or sends a key, reads a schema with ids of their own company in it.

    provide("branches", of=lambda company: …, otherwise=1)

Wherever an example's value is the text "{{branches}}", the id of a branch of the reader's company takes its place, or
`otherwise` where nobody is known or there is none. A resource's name (the first part of its address) fills the id in
the addresses of its operations by itself; "appointments/confirm" that of the action alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from companies.keys import ApiKey
from companies.models import Branch, Staff, User
from companies.tenancy import companies_of

if TYPE_CHECKING:
    from companies.models import Company


@dataclass(frozen=True)
class _Provider:
    of: Callable[[Company], Any]
    otherwise: Any


_providers: dict[str, _Provider] = {}


def provide(name: str, *, of: Callable[[Company], Any], otherwise: Any) -> None:
    """Say what stands for `{{name}}`; `of` may return None."""
    _providers[name] = _Provider(of, otherwise)


def is_provided(name: str) -> bool:
    """Whether there is something for `{{name}}`."""
    return name in _providers


def filled_in(told: Any, company: Company | None) -> Any:
    """The schema with every placeholder replaced. Each is looked up once."""
    known: dict[str, Any] = {}

    def value_of(name: str) -> Any:
        if name not in known:
            found = _providers[name].of(company) if company else None
            known[name] = _providers[name].otherwise if found is None else found
        return known[name]

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [filled(inner) for inner in part]
        if isinstance(part, str) and part.startswith("{{") and is_provided(part[2:-2]):
            return value_of(part[2:-2])
        return part

    return filled(told)


def company_of(request: Any) -> Company | None:
    """The company of whoever reads the schema."""
    if request is None:
        return None
    if isinstance(request.auth, ApiKey):
        return request.auth.company
    user = request.user
    return companies_of(user).order_by("pk").first() if isinstance(user, User) else None


def first(rows: Any, field: str = "pk") -> Callable[[Company], Any]:
    """The first row of the company: `of=first(Branch.objects)`."""
    return lambda company: rows.for_company(company).order_by("pk").values_list(field, flat=True).first()


provide("branches", of=first(Branch.objects), otherwise=1)
provide("staff", of=first(Staff.objects.filter(is_bookable=True)), otherwise=1)
