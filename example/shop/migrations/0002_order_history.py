from django.db import migrations

import pghistory_ops as pgh


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0001_initial"),
        ("pghistory_ops", "0001_initial"),
    ]

    operations = [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
    ]
