import pghistory_ops.conditions
import pghistory_ops.operations
import pghistory_ops.trackers
import uuid
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.AddTracker(
            event_model='ParcelEvent',
            tracker=pghistory_ops.trackers.AfterUpdate('selected', condition=pghistory_ops.conditions.Q(('new__token', uuid.UUID('6e2f4b8a-93f6-4f0c-8f35-0a9f2f6d3c11')))),
        ),
    ]
