"""Identifiers and literals in SQL text: the one place that quotes."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def identifier(name: str) -> str:
    """Quote ``name`` as an identifier (manual, 4.1.1)."""
    if "\x00" in name:
        raise ValueError(f"The name {name!r} holds a NUL byte, which PostgreSQL does not allow.")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote ``value`` as a string constant, whatever ``standard_conforming_strings`` says.

    A backslash is only unambiguous in an escape string (manual, 4.1.2.2). So is a line break where
    the lines of a statement are indented.
    """
    if "\x00" in value:
        raise ValueError(f"The text {value!r} holds a NUL byte, which PostgreSQL does not allow.")
    quoted = value.replace("'", "''")
    if "\\" in quoted or "\n" in quoted:
        return "E'" + quoted.replace("\\", "\\\\").replace("\n", "\\n") + "'"
    return f"'{quoted}'"


def indent(text: str, prefix: str = "    ") -> str:
    """Indent the lines of ``text``; unlike ``textwrap``, a line ends at a line feed alone."""
    return "\n".join(prefix + line if line else line for line in text.split("\n"))


def parenthesized(text: str) -> str:
    """Return ``text`` in parentheses, on lines of its own if it has several, or a comment."""
    return f"(\n{indent(text)}\n)" if "\n" in text or "--" in text else f"({text})"


def qualified(schema: str, name: str) -> str:
    """Quote ``schema.name``."""
    return f"{identifier(schema)}.{identifier(name)}"


def dollar_quoted(body: str, tag: str = "pgh") -> str:
    """Quote ``body`` as a dollar-quoted constant with a tag that does not occur in it."""
    while f"${tag}$" in body:
        tag += "_"
    return f"${tag}$\n{body}\n${tag}$"


def unquoted(name: str) -> str:
    """Return the identifier that Django makes of a ``db_column``.

    Django takes a name that comes with its own double quotes as it is.
    """
    match = _QUOTED.fullmatch(name)
    return match[1].replace('""', '"') if match else name


def split_table(db_table: str) -> tuple[str | None, str]:
    """Return the schema, if any, and the name that a ``db_table`` stands for.

    Django puts quotes around a ``db_table`` that has none, so ``audit"."order`` and
    ``"audit"."order"`` are the two common ways to name a table in a schema.
    """
    text = db_table if db_table.startswith('"') and db_table.endswith('"') else f'"{db_table}"'
    parts = _QUOTED.findall(text)
    if len(parts) == 2 and text == ".".join(f'"{part}"' for part in parts):
        schema, name = parts
        return schema.replace('""', '"'), name.replace('""', '"')
    return None, unquoted(text)
