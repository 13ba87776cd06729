"""SQL text, from values alone: no connection, no settings, no clock.

``objects`` has the functions and triggers and how each is created, replaced and dropped; a module
per template version (``v1``) says what is in them. The SQL of a released version never changes.
"""
