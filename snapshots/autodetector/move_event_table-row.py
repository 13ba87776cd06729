import pghistory_ops.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelTable(
            name='orderevent',
            table='history',
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
