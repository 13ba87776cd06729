"""Something that is wrong with an event model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with an event model.

    Attributes:
        event_model: Its label.
        fact: What is wrong.
        remedy: What to do about it.
        migration: The migration that leaves it so, or None for the end of all.
    """

    event_model: str
    fact: str
    remedy: str
    migration: str | None = None

    def __str__(self) -> str:
        where = f"After the migration {self.migration}: " if self.migration else ""
        return f"{where}{self.fact} {self.remedy}".rstrip()
