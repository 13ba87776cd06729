"""The tracked models of this library: one shape, a table each; their migration says the rest."""

from __future__ import annotations

from contenders.shape import Shape


class Tracked(Shape):
    pass


class TrackedRow(Shape):
    pass


class TrackedStatement(Shape):
    pass
