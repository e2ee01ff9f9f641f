"""JSON columns without some of what they hold, as PostgreSQL computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, F, Func, JSONField, Value


class _TextArray(Func):
    template = "(%(expressions)s)::text[]"

    def __init__(self, texts: Sequence[str]) -> None:
        held: Any = ArrayField(CharField())
        super().__init__(Value(list(texts), output_field=held))


_ONLY = """CASE WHEN {column} IS NULL THEN NULL ELSE (
    SELECT COALESCE(jsonb_object_agg(held.key, held.value), '{{}}')
    FROM jsonb_each(CASE jsonb_typeof({column}) WHEN 'object' THEN {column} ELSE '{{}}' END) held
    WHERE held.key = ANY({keys})
) END"""


class OnlyKeys(Func):
    """Of a JSON object only these keys; nothing of what is no object, and null of null."""

    output_field = JSONField()

    def __init__(self, column: str, keys: Sequence[str]) -> None:
        super().__init__(F(column), _TextArray(keys))

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, tuple[Any, ...]]:
        """The column stands in it several times."""
        column, column_params = compiler.compile(self.source_expressions[0])
        keys, key_params = compiler.compile(self.source_expressions[1])
        return _ONLY.format(column=column, keys=keys), (*column_params * 3, *key_params)


class WithoutPath(Func):
    """A JSON object without one value further in."""

    template = "(%(expressions)s)"
    arg_joiner = " #- "
    output_field = JSONField()

    def __init__(self, column: Func | F, path: Sequence[str]) -> None:
        super().__init__(column, _TextArray(path))
