"""What all of Cal.com's bodies share: tolerant types, and the base class. Unknown keys are passed over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

MAX_ATTENDEES = 1000
_BIGGEST = 2**63 - 1


def in_plausible_years(instant: datetime) -> datetime:
    """The instant itself. Raises ValueError outside 1970 to 2199."""
    if not 1970 <= instant.year < 2200:
        raise ValueError("not a plausible time: the year must lie between 1970 and 2199")
    return instant


def text(value: Any) -> Any:
    """Nothing is the empty text."""
    return "" if value is None else value


def _id(value: Any) -> Any:
    """Ids of a booking without a user come as the text "unknown". What cannot be an id is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _BIGGEST else None


def clip(length: int) -> AfterValidator:
    """Keep the first `length` characters."""
    return AfterValidator(lambda value: value[:length])


Instant = Annotated[AwareDatetime, AfterValidator(in_plausible_years)]
Id = Annotated[int, Field(ge=0, le=_BIGGEST)]
LooseId = Annotated[Id | None, BeforeValidator(_id)]
Uid = Annotated[str, Field(min_length=1, max_length=200)]
OptionalUid = Annotated[str, BeforeValidator(text), Field(max_length=200)]
Email = Annotated[str, BeforeValidator(text), Field(max_length=254)]
Text = Annotated[str, BeforeValidator(text)]
ShortText = Annotated[str, BeforeValidator(text), clip(255)]


class Wire(BaseModel):
    """Base of everything that Cal.com sends."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True, frozen=True)
