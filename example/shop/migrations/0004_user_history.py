from django.db import migrations

import pghistory_ops as pgh


class Migration(migrations.Migration):
    """Django's own users: another app's models, tracked from here."""

    dependencies = [
        ("shop", "0003_history"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        pgh.CreateEventModel(
            "UserEvent",
            tracks="auth.User",
            exclude=["password", "last_login"],
            append_only=True,
        ),
        # The table is in use: give up after two seconds rather than make every login wait.
        pgh.AddTracker("UserEvent", pgh.Snapshot(), lock_timeout="2s"),
        pgh.AddTracker("UserEvent", pgh.AfterDelete(), lock_timeout="2s"),
        pgh.CreateEventModel("UserGroupEvent", tracks="auth.User_groups"),
        pgh.AddTracker("UserGroupEvent", pgh.AfterInsert("group.added"), lock_timeout="2s"),
        pgh.AddTracker("UserGroupEvent", pgh.AfterDelete("group.removed"), lock_timeout="2s"),
    ]
