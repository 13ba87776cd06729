"""JSON whose numbers are what is stored: none is rounded to a float."""

from __future__ import annotations

import functools
import json
from decimal import Decimal
from typing import Any


class ExactDecoder(json.JSONDecoder):
    """Makes ``Decimal`` of numbers with a fraction.

    PostgreSQL writes the numbers of a ``jsonb`` with all of their digits (manual, 8.14).
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"parse_float": Decimal, **options})


def dumps(value: Any, indent: str | None = None, *, _before: str = "\n") -> str:
    """Return JSON; a ``Decimal`` is a number with all of its digits.

    Args:
        value: What a decoder has made of JSON; decimals are finite.
        indent: What a level is indented by; None for a single line.
    """
    if isinstance(value, Decimal):
        return str(value)
    if not value or not isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    inner = None if indent is None else _before + indent
    write = functools.partial(dumps, indent=indent, _before=inner or "")
    if isinstance(value, dict):
        items = [
            f"{json.dumps(name, ensure_ascii=False)}: {write(item)}" for name, item in value.items()
        ]
        opening, closing = "{}"
    else:
        items = [write(item) for item in value]
        opening, closing = "[]"
    if inner is None:
        return f"{opening}{', '.join(items)}{closing}"
    return f"{opening}{inner}{f',{inner}'.join(items)}{_before}{closing}"
