from django.db import migrations

import pghistory_ops as pgh


class Migration(migrations.Migration):
    dependencies = [("shop", "0006_order_delivery_note")]

    # A label for events that a program writes itself.
    operations = [pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.reminded"))]
