"""What an event changed: the expression behind ``EventQuerySet.with_changes``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.expressions import F, Func, Value
from psycopg import adapters, postgres
from psycopg.adapt import Transformer
from psycopg.pq import Format

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.queries.compared import Compared, changed, compared, quoted
from pghistory_ops.queries.kinds import kinds_of
from pghistory_ops.queries.partners import (
    PARTNER,
    PARTNER_LABEL,
    Columns,
    Fragment,
    Windows,
    always_before,
    labels_in,
    lookup,
    partner_column,
)
from pghistory_ops.registry.event_models import history_of


def typed_array(items: Sequence[Compared], old: Sequence[str], new: Sequence[str]) -> Fragment:
    """Return the old and the new value of each field, in a field's place NULL if it is the same.

    They are in PostgreSQL's text form, as the result of a query would have them, after a first
    element with the types that the database alone knows. A JSON object of them takes twice the time
    to make and to read.
    """
    values = [_types([item for item in items if item.oid is None])]
    for item, a, b in zip(items, old, new, strict=True):
        condition = changed(item, a, b)
        values += [f"CASE WHEN {condition} THEN {_output(item, value)} END" for value in (a, b)]
    return f"ARRAY[{', '.join(values)}]", []


def _types(items: Sequence[Compared]) -> str:
    """Return the numbers that only the database knows of the columns' types, asked for once."""
    if not items:
        return "''::text"
    types = ", ".join(f"pg_typeof((NULL::{item.table}).{item.column})::oid" for item in items)
    return f"(SELECT ARRAY[{types}]::oid[]::text)"


def _output(item: Compared, value: str) -> str:
    if item.plain:
        return f"({value})::text"
    # A cast to text is not always what a type's output function makes of a value.
    return f"CASE WHEN num_nulls({value}) = 0 THEN concat({value}) END"


def json_pairs(items: Sequence[Compared], old: Sequence[str], new: Sequence[str]) -> Fragment:
    """Return an object of [old, new] by name, of the values that differ."""
    if not items:
        return "'{}'::jsonb", []
    rows, params = [], []
    for item, a, b in zip(items, old, new, strict=True):
        pair = f"jsonb_build_array(to_jsonb({a}), to_jsonb({b}))"
        rows.append(f"(%s::text, CASE WHEN {changed(item, a, b)} THEN {pair} END)")
        params.append(item.name)
    text = (
        "(SELECT COALESCE(jsonb_object_agg(c.name, c.pair), '{}') "
        f"FROM (VALUES {', '.join(rows)}) AS c (name, pair) WHERE c.pair IS NOT NULL)"
    )
    return text, params


Build = Callable[[Sequence[Compared], Sequence[str], Sequence[str]], Fragment]


def windowed_sql(history: History, event: str, build: Build, connection: Any) -> Fragment:
    """Return what an event of ``Windows`` changed, whose partner is there too.

    Args:
        history: The event model's history, whose events' partners are always those before.
        event: The alias of the windows, with a dot.
        build: Makes the result of the old and the new values.
        connection: The connection.
    """
    removals = kinds_of(history).removals
    items = compared(history, connection)
    own = [f"{event}{item.column}" for item in items]
    other = [f"{event}{partner_column(number)}" for number, _ in enumerate(items)]
    text, params = build(items, other, own)
    labels: list[Any] = []
    known = f"{event}{PARTNER} IS NOT NULL"
    if removals:
        condition, labels = labels_in(f"{event}{PARTNER_LABEL}", removals)
        known += f" AND NOT ({condition})"
    return f"CASE WHEN {known} THEN {text} END", [*labels, *params]


def changes_sql(
    history: History, event: str, partner: Fragment, build: Build, connection: Any
) -> Fragment:
    """Return what an event changed; NULL if there is nothing to compare it with.

    Args:
        history: The event model's history.
        event: The alias of the event's row, with a dot.
        partner: The key of the event that it is compared with.
        build: Makes the result of the old and the new values.
        connection: The connection.
    """
    kinds = kinds_of(history)
    columns = Columns(history, connection)
    items = compared(history, connection)
    own = [f"{event}{item.column}" for item in items]
    other = [f"p.{item.column}" for item in items]

    def of_partner(found: str, values: list[Any]) -> Fragment:
        return (
            f"(SELECT {found} FROM {columns.table} AS p WHERE p.{columns.id} = {partner[0]})",
            [*values, *partner[1]],
        )

    text, params = build(items, other, own)
    if kinds.removals:
        condition, labels = labels_in(f"p.{columns.label}", kinds.removals)
        text, params = f"CASE WHEN NOT ({condition}) THEN {text} END", [*labels, *params]
    text, params = of_partner(text, params)
    if kinds.old:
        condition, labels = labels_in(f"{event}{columns.label}", kinds.old)
        since, values = of_partner(*build(items, own, other))
        live = _live(history, columns, event, build, items, own, connection)
        if live is not None:
            since, values = f"COALESCE({since}, {live[0]})", [*values, *live[1]]
        text = f"CASE WHEN {condition} THEN {since} ELSE {text} END"
        params = [*labels, *values, *params]
    if kinds.removals:
        condition, labels = labels_in(f"{event}{columns.label}", kinds.removals)
        text, params = f"CASE WHEN NOT ({condition}) THEN {text} END", [*labels, *params]
    return text, params


def _live(
    history: History,
    columns: Columns,
    event: str,
    build: Build,
    items: Sequence[Compared],
    own: Sequence[str],
    connection: Any,
) -> Fragment | None:
    """Return what has changed between an event with an old row and the row as it is now."""
    tracked = history.tracked_model
    if tracked is None:
        return None
    keys = [quoted(connection, str(field.column)) for field in tracked._meta.pk_fields]
    found, params = build(items, own, [f"l.{item.live}::{item.type}" for item in items])
    condition = " AND ".join(
        f"l.{key} = {event}{name}" for key, name in zip(keys, columns.identity, strict=True)
    )
    table = quoted(connection, tracked._meta.db_table)
    return f"(SELECT {found} FROM {table} AS l WHERE {condition})", params


class ChangesField(models.JSONField):
    """The type of ``pgh_changes``: a dictionary of (old, new) by field name, or None."""

    def __init__(self, model: type[models.Model], **options: Any) -> None:
        self.event_model = model
        super().__init__(null=True, **options)

    def __reduce__(self) -> Any:
        return type(self), (self.event_model,)

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        """Return what makes the dictionaries: asked once for each query."""
        loads = Loads(self.event_model, connection)

        def from_array(value: Any, expression: Any, connection: Any) -> Any:
            if not isinstance(value, list):
                return self.from_db_value(value, expression, connection)
            return {
                name: (load(value[place]), load(value[place + 1]))
                for place, name, load in loads.of(value[0])
                if value[place] is not None or value[place + 1] is not None
            }

        return [from_array]


Load = Callable[[str | None], Any]


def _loads() -> Iterator[tuple[int, Load]]:
    for name in ("text", "varchar"):
        yield postgres.types[name].oid, lambda text: text
    for name in ("int2", "int4", "int8"):
        yield postgres.types[name].oid, lambda text: text and int(text)
    yield postgres.types["numeric"].oid, lambda text: text and Decimal(text)


# What the driver's own loaders do, but without a detour over bytes.
_DIRECT = dict(_loads())


class Loads:
    """What makes Python values of PostgreSQL's text forms, as the results of a query are made.

    Args:
        model: The event model.
        connection: The connection that the values are from.
    """

    def __init__(self, model: type[models.Model], connection: Any) -> None:
        self._options: Any = model._meta
        self._items = compared(history_of(model), connection)
        self._connection = connection
        self._adapters = connection.connection.adapters
        self._transformer = Transformer(connection.connection)
        self._found: dict[str, list[tuple[int, str, Load]]] = {}

    def of(self, types: str) -> list[tuple[int, str, Load]]:
        """Return the fields with what makes their values, for the types that the database knows.

        Each has the place of its old value, before the new one. The values are those that a query
        of the columns has.
        """
        try:
            return self._found[types]
        except KeyError:
            asked = (int(number) for number in types.strip("{}").split(","))
            found = [
                (
                    1 + 2 * number,
                    item.name,
                    self._load_for(item.name, next(asked) if item.oid is None else item.oid),
                )
                for number, item in enumerate(self._items)
            ]
            self._found[types] = found
            return found

    def _load_for(self, name: str, kind: int) -> Load:
        field = self._options.get_field(name)
        load = self._transformer.get_loader(kind, Format.TEXT).load
        loader = self._adapters.get_loader(kind, Format.TEXT)
        known = loader is not None
        converters = field.get_db_converters(self._connection)
        if kind in _DIRECT and not converters and loader is adapters.get_loader(kind, Format.TEXT):
            return _DIRECT[kind]

        def loaded(text: str | None) -> Any:
            return None if text is None else load(text.encode())

        def converted(text: str | None) -> Any:
            value = loaded(text)
            for convert in converters:
                value = convert(value, Value(None, output_field=field), self._connection)
            return value

        if converters:
            return converted
        # A domain, whose own type no result has, or a type that the driver leaves as text.
        return loaded if known else lambda text: field.to_python(loaded(text))


class Changes(Func):
    """What an event changed.

    Where the query reads ``Windows``, the partner of each event is there; else it is looked up.

    Args:
        model: The event model.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        super().__init__(F(event_fields.ID), output_field=ChangesField(model))

    reads_partner = True  # see ``scope``

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        """Return JSON, for filters: ``{"status": ["new", "paid"]}``."""
        return self._made(json_pairs, compiler, connection)

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:
        """Return what becomes a dictionary of Python values."""
        return self._made(typed_array, compiler, compiler.connection)

    def _made(self, build: Build, compiler: Any, connection: Any) -> Fragment:
        key: Any = self.model._meta.get_field(event_fields.ID)
        windowed = self._is_windowed(compiler.query)
        id_sql, _ = compiler.compile(self.source_expressions[0])
        event = id_sql.removesuffix(connection.ops.quote_name(key.column))
        history = history_of(self.model)
        place = Changes, event, windowed, build
        if place not in history.made:
            if windowed and always_before(kinds_of(history)):
                found = windowed_sql(history, event, build, connection)
            else:
                partner: Fragment = f"{event}{PARTNER}", []
                if not windowed:
                    partner = lookup(history, event, connection)
                found = changes_sql(history, event, partner, build, connection)
            history.made[place] = found
        text, params = history.made[place]
        return text, list(params)

    def _is_windowed(self, query: Any) -> bool:
        """Return whether the event is a row of the windows that the query reads.

        It is not in a subquery, where it is of the query around.
        """
        source = getattr(query, "source", None)
        if not isinstance(source, Windows):
            return False
        alias = getattr(self.source_expressions[0], "alias", None)
        return alias == next(iter(query.alias_map), None) and source.is_read_by(query)
