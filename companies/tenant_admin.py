"""Portal pages that know tenants and roles.

    class CustomerAdmin(TenantAdmin, ModelAdmin):          # unfold.admin.ModelAdmin; this mixin first
        list_display = ["name", "email", "company"]        # the company's column and field appear only where
        fields = ["name", "email", "home_branch"]          # a user has several; nobody needs to list the field
        list_filter = ["home_branch"]                      # filters on relations are limited by themselves
        inlines = [NoteInline]                             # class NoteInline(TenantInline, TabularInline)

Lists, pages, choices, filters, autocompletes, actions and inlines show what the user's roles allow (companies.roles),
row by row: an owner of A who is staff in B edits rows of A and reads those of B. The company is set when a row is
made and never changes. A relation to a model without a company (other than User) offers nothing to non-operators.

An action names what it needs and is given only rows where the user holds it:

    has_replay_permission = role_permission("replay")      # webhooks.replay_webhookevent

    @action(description=_("Process again"), permissions=["replay"])
    def replay(self, request, queryset): ...

Unfold checks `actions_row` without looking at the row: take it by `self.permitted(request, object_id, "change")`.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import PROTECT, Model
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from companies.models import Company
from companies.roles import companies_where, company_ids_where, roles_of, visible_rows
from companies.tenancy import COMPANY_SECRETS
from companies.tenant_filters import TenantAutocompleteFilter, TenantRelatedFilter, tenant_filters
from companies.tenant_forms import tenant_form, tenant_formset
from companies.tenant_lists import ListAdmin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin.options import InlineModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest

    Inline = InlineModelAdmin[Any, Any]
else:
    Inline = object

__all__ = [
    "RoleAdmin",
    "TenantAdmin",
    "TenantAutocompleteFilter",
    "TenantInline",
    "TenantRelatedFilter",
    "role_permission",
]


def role_permission(action: str) -> Callable[..., bool]:
    """A `has_<action>_permission` method: granted where the role holds `app.<action>_<model>`."""

    def has_permission(self: RoleAdmin, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_allowed(request, action, obj)

    return has_permission


class RoleAdmin(ListAdmin):
    """Permissions, lists, filters and actions by role; for rows that are or have a company."""

    company_lookup = "company"

    def permission(self, action: str) -> str:
        """The full name of a permission on this model; a full name stays as it is."""
        return action if "." in action else f"{self.opts.app_label}.{get_permission_codename(action, self.opts)}"

    def is_allowed(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """Whether the user may do this: to this row (or the row with this id), or without one to any."""
        if isinstance(obj, str | int):  # Unfold asks for its actions on a page with the id alone
            obj = self.get_object(request, unquote(str(obj)))
            if obj is None:
                return False
        return request.user.has_perm(self.permission(action), obj)

    def permitted(self, request: HttpRequest, object_id: str | int, action: str) -> Any:
        """The row with this id. Raises Http404 where the user cannot see it, PermissionDenied where only that."""
        obj = self.get_object(request, unquote(str(object_id)))
        if obj is None:
            raise Http404
        if not self.is_allowed(request, action, obj):
            raise PermissionDenied
        return obj

    def back_to(self, obj: Any) -> HttpResponse:
        """The answer of an action with a dialog: its form posts through htmx, which follows this header only."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponse(headers={"HX-Redirect": reverse(name, args=[obj.pk])})

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role; Django's own looks at no row."""
        return self.is_allowed(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By role, in any of the user's companies."""
        return self.is_allowed(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the row's company."""
        return self.is_allowed(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the row's company."""
        return self.is_allowed(request, "delete", obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows of the companies in which the user may see this model."""
        return visible_rows(request.user, super().get_queryset(request))

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """Choices of a relation: what the user may see."""
        return _choices(super().get_field_queryset(db, db_field, request), db_field, request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Filters on relations respect tenancy, whatever their class."""
        return tenant_filters(self.model, super().get_list_filter(request) or ())

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each action gets only the rows on which the user holds the permissions it names."""
        actions = super().get_actions(request)
        return {name: (self._narrowed(entry[0]), name, entry[2]) for name, entry in actions.items() if entry}

    def _narrowed(self, run: Callable[..., Any]) -> Callable[..., Any]:
        needed = [self.permission(name) for name in getattr(run, "allowed_permissions", None) or ()]

        @wraps(run)
        def narrowed(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
            return run(admin, request, self._rows_where(request, queryset, needed))

        return narrowed

    def _rows_where(self, request: HttpRequest, rows: QuerySet[Any], needed: list[str]) -> QuerySet[Any]:
        if request.user.is_superuser or not needed:
            return rows
        ids = set(roles_of(request.user)).intersection(*(company_ids_where(request.user, name) for name in needed))
        permitted = rows.filter(**{f"{self.company_lookup}__in": ids})
        if left_out := rows.count() - permitted.count():
            messages.warning(
                request,
                ngettext(
                    "%(count)d row was left out: your role does not allow this there.",
                    "%(count)d rows were left out: your role does not allow this there.",
                    left_out,
                )
                % {"count": left_out},
            )
        return permitted


class TenantAdmin(RoleAdmin):
    """A page for a TenantModel. See the module's docstring."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows of the companies in which the user may see this model."""
        rows = super().get_queryset(request).select_related("company")
        return rows.defer(*(f"company__{name}" for name in COMPANY_SECRETS))

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """A new row's company is one in which the user may add this model."""
        if db_field.name == "company":
            return companies_where(request.user, self.permission("add")).defer(*COMPANY_SECRETS)
        return super().get_field_queryset(db, db_field, request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role; and not while appointments, say, hang on the row: the button is there only where it would work."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (isinstance(obj, Model) and _is_held(obj))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The company's column is for those who see several."""
        columns = super().get_list_display(request)
        return [name for name in columns if name != "company" or self._sees_several(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The company of a row never changes."""
        fields = [*super().get_readonly_fields(request, obj)]
        return fields if obj is None or "company" in fields else [*fields, "company"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The company comes first where there is one to choose or to tell apart, else it is left out."""
        shown = self._only_company(request) is None if obj is None else self._sees_several(request)
        first = ["company"] if shown else []
        fieldsets: list[Any] = []
        for title, options in super().get_fieldsets(request, obj):
            fieldsets.append((title, {**options, "fields": [*first, *_without_company(options["fields"])]}))
            first = []
        return fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows its company: the row's, or the only one the user may add to."""
        kwargs["form"] = tenant_form(kwargs.get("form", self.form))
        form = super().get_form(request, obj, change=change, **kwargs)
        form.tenant_id = self._only_company(request) if obj is None else obj.company_id  # type: ignore[attr-defined]  # a TenantForm
        return form

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Rows edited in the list obey the same rules."""
        kwargs.setdefault("form", tenant_form(self.form))
        return super().get_changelist_form(request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The last check, after every form: the role in the row's company allows it, and the row stays there."""
        moved = change and obj.company_id != form.company_before
        if moved or not self.is_allowed(request, "change" if change else "add", obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Inline rows of a new row: its company was chosen a moment ago, so the role there is checked now."""
        name = f"{formset.model._meta.app_label}.{get_permission_codename('add', formset.model._meta)}"
        if not change and formset.has_changed() and not request.user.has_perm(name, form.instance):
            raise PermissionDenied
        super().save_formset(request, form, formset, change)

    def _only_company(self, request: HttpRequest) -> int | None:
        ids = companies_where(request.user, self.permission("add")).order_by("pk").values_list("pk", flat=True)[:2]
        return ids[0] if len(ids) == 1 else None

    def _sees_several(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser) or len(roles_of(request.user)) > 1


class TenantInline(Inline):
    """Rows below a TenantAdmin's row: `class AttendeeInline(TenantInline, TabularInline)`. Their company is its."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the company of the row above."""
        return self._is_allowed(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the company of the row above."""
        return self._is_allowed(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the company of the row above."""
        return self._is_allowed(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the company of the row above."""
        return self._is_allowed(request, "delete", obj)

    def _is_allowed(self, request: HttpRequest, action: str, parent: Any) -> bool:
        name = f"{self.opts.app_label}.{get_permission_codename(action, self.opts)}"
        return request.user.has_perm(name, parent)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The company is that of the row above, never a field."""
        excluded = [*(super().get_exclude(request, obj) or ())]
        return excluded if self.parent_model is Company else [*excluded, "company"]

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """Choices of a relation: what the user may see."""
        return _choices(super().get_field_queryset(db, db_field, request), db_field, request)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Forms and formset that keep to the company of the row above."""
        kwargs["form"] = tenant_form(kwargs.get("form", self.form))
        kwargs["formset"] = tenant_formset(kwargs.get("formset", self.formset))
        return super().get_formset(request, obj, **kwargs)


def _is_held(row: Model) -> bool:
    """Whether rows of another table forbid to delete this one."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).exists()
        for relation in row._meta.related_objects
        if getattr(relation, "on_delete", None) is PROTECT
    )


def _choices(rows: QuerySet[Any] | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
    if rows is None:  # the related model has no order of its own in the portal
        rows = db_field.remote_field.model._default_manager.all()
    return visible_rows(request.user, rows)


def _without_company(fields: Any) -> list[Any]:
    kept = [_without_company(field) if isinstance(field, list | tuple) else field for field in fields]
    return [field for field in kept if field not in ("company", [])]
