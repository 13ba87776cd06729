from django.db import migrations

import pghistory_ops as pgh


class Migration(migrations.Migration):
    """A renamed column, on both sides."""

    dependencies = [("shop", "0005_order_note")]

    operations = [
        migrations.RenameField("order", "note", "delivery_note"),
        migrations.RenameField("orderevent", "note", "delivery_note"),
        pgh.RefreshTrackers("OrderEvent"),
    ]
