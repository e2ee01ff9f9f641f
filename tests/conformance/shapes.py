"""The shape of a JSON value: types and keys, recursively; the elements of a list together make one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_NAMES = {
    dict: "object",
    list: "list",
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}


@dataclass
class Shape:
    """`types` seen in one place, the shapes below the keys of objects, and the common one of lists' elements."""

    types: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    elements: Shape | None = None

    def add(self, value: Any) -> Shape:
        """Widen by one more value."""
        self.types.add(_NAMES[type(value)])
        if isinstance(value, dict):
            for key, one in value.items():
                self.keys.setdefault(key, Shape()).add(one)
        elif isinstance(value, list):
            for one in value:
                self.elements = (self.elements or Shape()).add(one)
        return self


def shape_differences(recorded: Any, answered: Any) -> Iterator[tuple[str, str, str]]:
    """(kind, where, what) of each difference; kind is "shape" for keys and "type" for types."""
    yield from _differences(Shape().add(recorded), Shape().add(answered), "")


def _differences(recorded: Shape, answered: Shape, where: str) -> Iterator[tuple[str, str, str]]:
    if recorded.types != answered.types:
        yield "type", where, f"{_names(recorded)} recorded, {_names(answered)} answered"
        return
    for key in sorted(recorded.keys.keys() - answered.keys.keys()):
        yield "shape", f"{where}.{key}", "is missing"
    for key in sorted(answered.keys.keys() - recorded.keys.keys()):
        yield "shape", f"{where}.{key}", "is not in the recording"
    for key in recorded.keys.keys() & answered.keys.keys():
        yield from _differences(recorded.keys[key], answered.keys[key], f"{where}.{key}")
    if recorded.elements and answered.elements:
        yield from _differences(recorded.elements, answered.elements, f"{where}[]")
    elif recorded.elements or answered.elements:
        yield "shape", f"{where}[]", "is empty" if recorded.elements else "is empty in the recording"


def _names(shape: Shape) -> str:
    return " or ".join(sorted(shape.types))
