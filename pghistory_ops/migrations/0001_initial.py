from django.db import migrations, models

from pghistory_ops.operations.context import CreateContextRecorder


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Context",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("metadata", models.JSONField()),
                ("created_at", models.DateTimeField()),
                (
                    "parent",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="children",
                        to="pghistory_ops.context",
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="pghistory_ops.context",
                    ),
                ),
            ],
        ),
        CreateContextRecorder(),
    ]
