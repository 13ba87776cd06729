"""Database objects: each knows the statements that create, replace and drop it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pghistory_ops.names import digest
from pghistory_ops.sql.quoting import identifier, literal, qualified, split_table

# Statements after it name everything with its schema; who executes them restores the path.
SET_SEARCH_PATH = "SET LOCAL search_path = "


def table_name(db_table: str) -> str:
    """Quote a ``db_table`` as Django does."""
    schema, name = split_table(db_table)
    return identifier(name) if schema is None else qualified(schema, name)


def _signed(template: int, text: str) -> str:
    """Return the comment that tells an object's text."""
    return f"django-pghistory-ops, template {template}, digest {digest(text, length=16)}"


@dataclass(frozen=True)
class Installed:
    """What the database says of a trigger, and of the function that it executes.

    Attributes:
        comment: The trigger's comment; None without one.
        function_schema, function_name, function_comment: Those of the function.
    """

    comment: str | None
    function_schema: str
    function_name: str
    function_comment: str | None


@dataclass(frozen=True)
class Function:
    """A trigger function.

    Attributes:
        schema, name: Its name.
        definition: What follows the name in ``CREATE FUNCTION``.
        template: The version of the template that made it.
        types: The types of the columns that it takes from a row variable. When they change,
            sessions must plan anew, so the function is replaced though its text is the same.
        grantees: The roles that default privileges would let execute it, quoted.
    """

    schema: str
    name: str
    definition: str
    template: int
    types: str = ""
    grantees: tuple[str, ...] = field(default=(), compare=False)

    @property
    def reference(self) -> str:
        """The quoted, qualified name."""
        return qualified(self.schema, self.name)

    @property
    def comment(self) -> str:
        """The comment that tells its text."""
        return _signed(self.template, self.definition + self.types)

    def _commented(self) -> str:
        return f"COMMENT ON FUNCTION {self.reference}() IS {literal(self.comment)};"

    def create(self) -> list[str]:
        """Create the function.

        Nobody else may execute it: whoever may could put it on a table of their own, and have it
        write events of their making (manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions
        Safely").
        """
        others = ", ".join(["PUBLIC", *self.grantees])
        return [
            f"CREATE FUNCTION {self.reference}(){self.definition};",
            f"REVOKE ALL ON FUNCTION {self.reference}() FROM {others};",
            self._commented(),
        ]

    def replace(self, old: Function) -> list[str]:
        """Turn ``old`` into this function; its triggers stay on it, and no table is locked."""
        if old == self:
            return []
        statements = []
        if old.name != self.name:
            statements.append(
                f"ALTER FUNCTION {old.reference}() RENAME TO {identifier(self.name)};"
            )
        if old.schema != self.schema:
            statements.append(
                f"ALTER FUNCTION {qualified(old.schema, self.name)}() "
                f"SET SCHEMA {identifier(self.schema)};"
            )
        if (old.definition, old.template, old.types) != (
            self.definition,
            self.template,
            self.types,
        ):
            statements += [
                f"CREATE OR REPLACE FUNCTION {self.reference}(){self.definition};",
                self._commented(),
            ]
        return statements

    def drop(self) -> list[str]:
        """Drop the function."""
        return [f"DROP FUNCTION {self.reference}();"]


@dataclass(frozen=True)
class Condition:
    """Which rows a trigger records.

    Attributes:
        text: The SQL.
        rows: The rows that it has: ``OLD``, ``NEW``.
        search_path: The ``search_path`` under which PostgreSQL reads it.
        in_when: Whether it stands in the ``WHEN`` of the trigger, or in its function.
        types: The schemas, other than PostgreSQL's own, on that path.
    """

    text: str
    rows: tuple[str, ...]
    search_path: str
    in_when: bool
    types: tuple[str, ...]


@dataclass(frozen=True)
class Trigger:
    """A trigger, and the function that it alone executes.

    Attributes:
        name: Its name, unique on its table.
        event: When it fires: ``AFTER UPDATE``.
        clauses: What stands between the table and the function.
        function: What it executes.
        written: The clauses as they were compiled; a rename of columns may have changed them since.
        condition: Which rows it records; None for all.
    """

    name: str
    event: str
    clauses: str
    function: Function
    written: str
    condition: Condition | None = None

    def _definition(self, verb: str, table: str) -> list[str]:
        """Return what creates the trigger.

        PostgreSQL binds the operators of ``WHEN`` as it reads them: those of the migrating
        session's ``search_path`` could be anybody's.
        """
        path = []
        if self.condition is not None and self.condition.in_when:
            path.append(f"{SET_SEARCH_PATH}{self.condition.search_path};")
        definition = (
            f"{verb} TRIGGER {identifier(self.name)}\n"
            f"    {self.event} ON {table}\n"
            f"{self.clauses}\n"
            f"    EXECUTE FUNCTION {self.function.reference}();"
        )
        return [*path, definition]

    @property
    def comment(self) -> str:
        """The comment that tells its text."""
        return _signed(self.function.template, f"{self.event}\n{self.written}")

    def _commented(self, table: str) -> str:
        return f"COMMENT ON TRIGGER {identifier(self.name)} ON {table} IS {literal(self.comment)};"

    def found(self, installed: Installed) -> Trigger:
        """Return the trigger as the database has it.

        Where its comment or the function's is another, that one has a text that is not known, which
        is never the text that is wanted.
        """
        function = replace(
            self.function, schema=installed.function_schema, name=installed.function_name
        )
        if installed.function_comment != self.function.comment:
            function = replace(function, definition="", types="")
        found = replace(self, function=function)
        if installed.comment != self.comment:
            found = replace(found, clauses="", written="")
        return found

    def create(self, table: str) -> list[str]:
        """Create the function, and the trigger on ``table`` (quoted)."""
        return [
            *self.function.create(),
            *self._definition("CREATE", table),
            self._commented(table),
        ]

    def replace(self, old: Trigger, table: str) -> list[str]:
        """Turn ``old``, a trigger of the same name, into this one.

        Writes of the table wait only if the trigger itself changes, not for its function or its
        comment alone.
        """
        statements = self.function.replace(old.function)
        if (self.event, self.clauses) != (old.event, old.clauses):
            statements += self._definition("CREATE OR REPLACE", table)
        if self.comment != old.comment:
            statements.append(self._commented(table))
        return statements

    def drop(self, table: str) -> list[str]:
        """Drop the trigger and its function."""
        return [f"DROP TRIGGER {identifier(self.name)} ON {table};", *self.function.drop()]


def create_all(triggers: Iterable[Trigger], table: str) -> list[str]:
    """Create ``triggers`` on ``table``."""
    return [statement for trigger in triggers for statement in trigger.create(table)]


def drop_all(triggers: Iterable[Trigger], table: str) -> list[str]:
    """Drop ``triggers`` from ``table``, the last one first."""
    return [statement for trigger in reversed([*triggers]) for statement in trigger.drop(table)]


def replace_all(old: Iterable[Trigger], new: Iterable[Trigger], table: str) -> list[str]:
    """Turn the triggers ``old`` on ``table`` into ``new``, matched by name."""

    def statements() -> Iterator[str]:
        before = {trigger.name: trigger for trigger in old}
        for trigger in new:
            previous = before.pop(trigger.name, None)
            yield from (
                trigger.create(table) if previous is None else trigger.replace(previous, table)
            )
        yield from drop_all(before.values(), table)

    return list(statements())
