from django.db import migrations, models

import pghistory_ops as pgh


class Migration(migrations.Migration):
    """A new column. Earlier events do not know it, so theirs takes NULL."""

    dependencies = [("shop", "0004_user_history")]

    operations = [
        migrations.AddField("order", "note", models.TextField(default="", blank=True)),
        migrations.AddField("orderevent", "note", models.TextField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
    ]
