"""Free time as OpenAPI is told of it. What is answered is made by free_shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from appointments.availability import Kind, Reason
from companies.api.problems import MEDIA_TYPE

if TYPE_CHECKING:
    Serializer = serializers.Serializer[Any]
else:
    Serializer = serializers.Serializer

AVAILABILITY = [
    ("available", _("It is free.")),
    ("unavailable", _("It is not; the reason says why.")),
    ("unknown", _("Cal.com did not answer: it may be free or not.")),
]

NOT_KNOWN = {
    (424, MEDIA_TYPE): OpenApiResponse(
        OpenApiTypes.OBJECT,
        description="Cal.com does not answer, and `require_confirmed_availability` is set; `Retry-After` says when.",
    )
}
"""Of operations that ask Cal.com first."""


class TimesSerializer(Serializer):
    """From when to when, in UTC and on the branch's clocks."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    starts_at_local = serializers.DateTimeField()
    ends_at_local = serializers.DateTimeField()


class SlotSerializer(TimesSerializer):
    """A free time. `staff` is null where Cal.com chooses somebody; `also_free` are others, in turn."""

    staff = serializers.IntegerField(allow_null=True)
    also_free = serializers.ListField(child=serializers.IntegerField())
    is_stale = serializers.BooleanField(help_text="From an old answer: Cal.com does not answer at present.")
    is_doubtful = serializers.BooleanField(help_text="Clocks change about then, and Cal.com may be an hour wrong.")


class RefusalSerializer(Serializer):
    """Why nothing can be free."""

    reason = serializers.ChoiceField(choices=Reason.choices)
    sentence = serializers.CharField()


class AnswerSerializer(Serializer):
    """What every answer tells. Where `unknown` is a sentence, a time that is missing may be free."""

    time_zone = serializers.CharField()
    unknown = serializers.CharField(help_text="Why something is not known; empty where all is.")
    retry_at = serializers.DateTimeField(allow_null=True)
    refused = RefusalSerializer(allow_null=True)
    is_stale = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)


class SlotsSerializer(AnswerSerializer):
    """Free times, soonest first."""

    slots = SlotSerializer(many=True)


class CellSerializer(TimesSerializer):
    """A time of a grid."""

    duration_ok = serializers.BooleanField(help_text="Free for the length that was asked for.")
    is_free = serializers.BooleanField(help_text="Free, be it for a shorter length.")
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True)
    sentence = serializers.CharField()
    staff = serializers.IntegerField(allow_null=True)
    also_free = serializers.ListField(child=serializers.IntegerField())
    is_doubtful = serializers.BooleanField()


class DaySerializer(Serializer):
    """One day of a week, in the zone of the branch."""

    date = serializers.DateField()
    cells = CellSerializer(many=True)


class WeekSerializer(AnswerSerializer):
    """Monday to Sunday, slot by slot."""

    days = DaySerializer(many=True)


class NamedSerializer(Serializer):
    """A row's id, and what people call it."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class ColumnSerializer(Serializer):
    """One staff member's day."""

    staff = NamedSerializer()
    unknown = serializers.CharField()
    retry_at = serializers.DateTimeField(allow_null=True)
    refused = RefusalSerializer(allow_null=True)
    is_stale = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)
    cells = CellSerializer(many=True)


class DayViewSerializer(Serializer):
    """A day over all staff."""

    date = serializers.DateField()
    time_zone = serializers.CharField()
    columns = ColumnSerializer(many=True)


class NextFreeSerializer(AnswerSerializer):
    """The first free time; null where there is none before `searched_until`, or (`unknown`) nobody could be asked."""

    slot = SlotSerializer(allow_null=True)
    searched_until = serializers.DateTimeField()


class AlternativeSerializer(SlotSerializer):
    """Another time than the one that was asked for. Somebody has to agree to it."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    sentence = serializers.CharField()
    is_same_clock_time = serializers.BooleanField()


class AlternativesSerializer(Serializer):
    """Other times, the best first."""

    alternatives = AlternativeSerializer(many=True)
    alternatives_unknown = serializers.CharField(help_text="Why there may be more; empty where all is known.")


class StepSerializer(Serializer):
    """One thing that was looked at; `passed` null: not known."""

    name = serializers.CharField()
    passed = serializers.BooleanField(allow_null=True)
    sentence = serializers.CharField()


class ExplanationSerializer(Serializer):
    """Why a time is or is not offered."""

    time_zone = serializers.CharField()
    steps = StepSerializer(many=True)
    availability = serializers.ChoiceField(choices=AVAILABILITY)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True)
    sentence = serializers.CharField()
    retry_at = serializers.DateTimeField(allow_null=True)
    slot = SlotSerializer(allow_null=True)
