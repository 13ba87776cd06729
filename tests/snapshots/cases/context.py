"""The operation of the library's own first migration."""

from django.db.migrations.operations import RunSQL

from pghistory_ops.operations.context import CreateContextRecorder
from snapshots.case import Case

CASES = [
    Case(
        "create_context_recorder/context_recorder",
        CreateContextRecorder(),
        # The test database is migrated.
        (("pghistory_ops", RunSQL("DROP FUNCTION pghistory_ops_record_context()")),),
        app_label="pghistory_ops",
    ),
]
