from django.db import migrations, models

import pghistory_ops as pgh

MODELS = {"Tracked": None, "TrackedRow": pgh.Row, "TrackedStatement": pgh.Statement}


def fields():
    return [
        ("id", models.BigAutoField(primary_key=True)),
        ("customer", models.IntegerField()),
        ("status", models.CharField(max_length=20)),
        ("total", models.DecimalField(max_digits=10, decimal_places=2)),
        ("note", models.TextField()),
        ("created", models.DateTimeField()),
    ]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("pghistory_ops", "0001_initial")]
    operations = [
        operation
        for name, level in MODELS.items()
        for operation in (
            migrations.CreateModel(name, fields()),
            pgh.CreateEventModel(f"{name}Event", tracks=f"ours.{name}"),
            pgh.AddTracker(f"{name}Event", pgh.Snapshot(level=level)),
            pgh.AddTracker(f"{name}Event", pgh.AfterDelete(level=level)),
        )
    ]
