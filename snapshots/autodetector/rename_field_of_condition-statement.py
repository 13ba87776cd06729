import pghistory_ops.conditions
import pghistory_ops.operations
import pghistory_ops.trackers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.RenameField(
            model_name='order',
            old_name='total',
            new_name='amount',
        ),
        migrations.RenameField(
            model_name='orderevent',
            old_name='total',
            new_name='amount',
        ),
        pghistory_ops.operations.RemoveTracker(
            event_model='OrderEvent',
            label='after_insert',
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.AfterInsert(condition=pghistory_ops.conditions.Q(('new__amount__gt', 4))),
        ),
    ]
