"""Forms whose rows stay inside one company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from companies.roles import company_id_of
from companies.tenancy import TenantModel

if TYPE_CHECKING:
    Form = forms.ModelForm[Any]
    FormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    Form = forms.ModelForm
    FormSet = object


class TenantForm(Form):
    """A form of one company's row: choices of other companies are not offered, and refused when posted all the same."""

    tenant_id: int | None = None

    def __init__(self, *args: Any, tenant_parent: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company_before: int | None = self.instance.company_id
        self._parent = tenant_parent
        self._settle()

    def full_clean(self) -> None:
        """Inline forms are made before the form above has chosen the company: look again."""
        self._settle()
        super().full_clean()

    def _settle(self) -> None:
        if self.instance.company_id is None:
            self.instance.company_id = company_id_of(self._parent) or self.tenant_id
        if self.instance.company_id is None:
            return
        for field in self.fields.values():
            rows = getattr(field, "queryset", None)
            if isinstance(rows, QuerySet) and issubclass(rows.model, TenantModel):
                field.queryset = rows.filter(company=self.instance.company_id)  # type: ignore[attr-defined]  # a choice

    def clean(self) -> dict[str, Any] | None:
        """Refuse whatever belongs to another company than the row itself, an operator's choice as well."""
        cleaned = super().clean()
        company_id = self._company_id()
        for name, value in list(self.cleaned_data.items()):
            if company_id is not None and _companies_of(value) - {company_id}:
                self.add_error(name, _("This belongs to another company."))
        return cleaned

    def _company_id(self) -> int | None:
        if "company" in self.fields:
            return company_id_of(self.cleaned_data.get("company"))
        company_id: int | None = self.instance.company_id
        return company_id

    def _get_validation_exclusions(self) -> set[str]:
        # The company is not on the form where it is given, but constraints such as "name once per company" need it.
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        if "company" not in self.fields and self.instance.company_id is not None:
            exclusions.discard("company")
        return exclusions


class TenantFormSet(FormSet):
    """Inline rows take the company of the row they hang on."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand the row above to each form."""
        return {**super().get_form_kwargs(index), "tenant_parent": self.instance}


def tenant_form(form: type[Any]) -> type[Any]:
    """This form class as a TenantForm."""
    return form if issubclass(form, TenantForm) else type(form.__name__, (TenantForm, form), {})


def tenant_formset(formset: type[Any]) -> type[Any]:
    """This formset class as a TenantFormSet."""
    return formset if issubclass(formset, TenantFormSet) else type(formset.__name__, (TenantFormSet, formset), {})


def _companies_of(value: Any) -> set[int]:
    if isinstance(value, TenantModel):
        return {value.company_id}
    if isinstance(value, QuerySet) and issubclass(value.model, TenantModel):
        return set(value.values_list("company_id", flat=True))
    return set()
