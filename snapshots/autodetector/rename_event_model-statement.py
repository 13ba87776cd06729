import pghistory_ops.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.RenameModel(
            old_name='OrderEvent',
            new_name='History',
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='History',
        ),
    ]
