"""Asking questions of history, and going back to what it says."""
