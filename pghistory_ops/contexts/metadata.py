"""What a context says, as JSON that the column type ``jsonb`` takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pghistory_ops import conf


def encode(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return the JSON text of each key with its value.

    Raises:
        TypeError: The encoder does not know a value's type.
        ValueError: A value is NaN, infinite or contains itself, or a text of it holds a NUL byte
            or half of a surrogate pair, which ``jsonb`` does not take (manual, 8.14 "JSON Types").
    """
    encoded: dict[str, str] = {}
    if not metadata:
        return encoded
    written = conf.runtime().json_encoder(allow_nan=False).encode
    for key, value in metadata.items():
        if not isinstance(key, str):
            raise TypeError(f"The context's key {key!r} is not a str.")
        try:
            text = written(value)
        except (TypeError, ValueError, RecursionError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(
                f"The context's {key!r} cannot be written as JSON: {error}. Give a plain value, "
                'or a class that can encode it as PGHISTORY_OPS = {"json_encoder": …}.'
            ) from error
        pair = f"{json.dumps(key)}: {text}"
        _refuse_what_jsonb_refuses(key, pair)
        encoded[key] = pair
    return encoded


def joined(encoded: Mapping[str, str]) -> str:
    """Return one JSON object of encoded keys and values."""
    return "{" + ", ".join(encoded.values()) + "}"


def _refuse_what_jsonb_refuses(key: str, pair: str) -> None:
    if "\\u0000" not in pair and "\\ud" not in pair.lower() and pair.isascii():
        return
    for string in _strings(json.loads(f"{{{pair}}}")):
        if "\x00" in string:
            raise ValueError(
                f"The context's {key!r} holds a NUL byte, which PostgreSQL does not store. "
                "Leave it out."
            )
        if any("\ud800" <= character <= "\udfff" for character in string):
            raise ValueError(
                f"The context's {key!r} holds half of a surrogate pair, which is no character. "
                "Decode the text it comes from with errors='replace'."
            )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
