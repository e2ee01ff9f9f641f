"""What a caller may do: keys by scope, people by the role they have in the company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission

from companies.api.problems import Problem
from companies.keys import Scope

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


def needed_scope(view: Any, method: str) -> Scope:
    """The scope an action needs: what the view says; else reading needs `read`, and all the rest `manage`."""
    action = getattr(view, "action", None) or method.lower()
    declared: Scope | None = view.scopes.get(action)
    return declared or (Scope.READ if method in SAFE_METHODS else Scope.MANAGE)


class HasScope(BasePermission):
    """The permission of every view of the API. A view that is not a TenantView is closed."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raise a problem that names what is missing."""
        caller = getattr(view, "caller", None)
        if caller is None:
            return False
        scope = needed_scope(view, request.method or "")
        rights: Sequence[str] = cast("Any", view).rights(scope)
        if not caller.may(scope) or not all(caller.holds(right) for right in rights):
            raise too_small(scope, is_key=caller.key is not None)
        return True


def too_small(scope: Scope, *, is_key: bool) -> Problem:
    """What is said to whoever may not do something."""
    sentence = (
        _("This needs a key with the scope “%(scope)s”.") % {"scope": scope.value}
        if is_key
        else _("Your role in this company does not allow this.")
    )
    return Problem(sentence, status=403, code="scope", title=_("Not allowed"), more={"needed_scope": scope.value})
