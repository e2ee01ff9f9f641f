"""Rows for tests, all invented."""

from __future__ import annotations

from typing import Any

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from companies.models import Branch, Company, Membership, Staff, User

PASSWORD = "correct-horse-battery"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence("person{}@example.com".format)
    name = Sequence("Person {}".format)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        """Through the manager, as in life. Give `password` to somebody who has to log in by form."""
        return model_class.objects.create_user(*args, **kwargs)


class OperatorFactory(UserFactory):
    is_superuser = True


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = Sequence("Company {}".format)
    slug = Sequence("company-{}".format)
    business_type = Company.BusinessType.HAIR_SALON


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    company = SubFactory(CompanyFactory)
    user = SubFactory(UserFactory)
    role = Membership.Role.OWNER


class BranchFactory(DjangoModelFactory[Branch]):
    class Meta:
        model = Branch

    company = SubFactory(CompanyFactory)
    name = Sequence("Branch {}".format)


class StaffFactory(DjangoModelFactory[Staff]):
    class Meta:
        model = Staff

    company = SubFactory(CompanyFactory)
    name = Sequence("Stylist {}".format)
