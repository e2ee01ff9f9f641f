"""A page that is read, not edited: tabs of facts, tables and folded text. Rendered by templates/admin/record.html."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

Text = str | Promise


@dataclass(frozen=True)
class Facts:
    """Names and values. Values that are empty are left out."""

    rows: Sequence[tuple[Text, Any]]
    title: Text = ""
    kind: str = "facts"

    @property
    def shown(self) -> list[tuple[Text, Any]]:
        """The rows that say something."""
        return [(name, value) for name, value in self.rows if value not in (None, "")]


@dataclass(frozen=True)
class Table:
    """Rows of cells under headings."""

    headings: Sequence[Text]
    rows: Sequence[Sequence[Any]]
    title: Text = ""
    kind: str = "table"

    @property
    def labelled(self) -> list[list[tuple[Text, Any]]]:
        """Each cell with its heading: on a telephone every row is a card."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Folded:
    """Long text that opens when asked for."""

    title: Text
    text: str
    kind: str = "folded"


Block = Facts | Table | Folded


@dataclass(frozen=True)
class Tab:
    """One tab. `slug` is the part of the address after "#"; the sentence `empty` stands where there is nothing."""

    slug: str
    title: Text
    blocks: Sequence[Block] = field(default_factory=list)
    empty: Text = ""
    count: int | None = None

    @property
    def shown(self) -> list[Block]:
        """The blocks that hold something."""
        return [block for block in self.blocks if _is_filled(block)]


def _is_filled(block: Block) -> bool:
    if isinstance(block, Facts):
        return bool(block.shown)
    return bool(block.rows if isinstance(block, Table) else block.text)


class RecordPage:
    """Mixin for a ModelAdmin whose rows are read in the portal and never written there."""

    change_form_template: Any = "admin/record.html"

    if TYPE_CHECKING:

        def tabs(self, request: HttpRequest, obj: Any) -> list[Tab]:
            """What the page shows: for the admin to say."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Hand the tabs to the template."""
        obj = context["original"]
        context["record_tabs"] = self.tabs(request, obj)
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return page

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody makes one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one here."""
        return False
