import pghistory_ops.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            pausable=True,
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
