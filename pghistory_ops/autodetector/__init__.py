"""The autodetector: what changes elsewhere mean for history."""

from pghistory_ops.autodetector.mixin import AutodetectorMixin, with_history

__all__ = ["AutodetectorMixin", "with_history"]
