"""Who did it, and why: from ``with context(...)`` to the settings that triggers read."""
